//! `/sim`: the control side. No fault strikes here, no token is asked for, nothing is journaled.

use std::sync::Arc;

use axum::Router;

use crate::world::World;

mod answer;
mod faults;

pub(crate) use answer::ControlError;

/// All routes below `/sim`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .merge(faults::routes())
        .merge(crate::subscription::control())
}
