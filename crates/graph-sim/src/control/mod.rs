//! `/sim`: the control side. No fault strikes here, no token is asked for, nothing is journaled.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, patch, post};

use crate::world::World;

mod answer;
mod apps;
mod deliver;
mod faults;
mod fill;
mod mailboxes;
mod outlook;
mod snapshot;

pub(crate) use answer::ControlError;
pub(crate) use deliver::{Mail, deliver};

/// The longest body of a delivered message, in bytes.
const LONGEST: usize = 256 * 1024 * 1024;

/// All routes below `/sim`.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/sim/apps", post(apps::put).get(apps::list))
        .route(
            "/sim/mailboxes",
            post(mailboxes::create).get(mailboxes::list),
        )
        .route(
            "/sim/mailboxes/{address}",
            patch(mailboxes::change).delete(mailboxes::remove),
        )
        .route(
            "/sim/mailboxes/{address}/messages",
            post(deliver::receive).get(outlook::list),
        )
        .route(
            "/sim/mailboxes/{address}/messages/{id}",
            patch(outlook::change)
                .delete(outlook::delete)
                .get(outlook::show),
        )
        .route(
            "/sim/mailboxes/{address}/messages/{id}/move",
            post(outlook::move_message),
        )
        .route(
            "/sim/mailboxes/{address}/folders",
            post(outlook::create_folder),
        )
        .route(
            "/sim/mailboxes/{address}/folders/{id}",
            patch(outlook::change_folder).delete(outlook::delete_folder),
        )
        .route("/sim/mailboxes/{address}/fill", post(fill::run))
        .route("/sim/mailboxes/{address}/snapshot", get(snapshot::run))
        .layer(axum::extract::DefaultBodyLimit::max(LONGEST))
        .merge(faults::routes())
        .merge(crate::subscription::control())
}

/// Reads a JSON body; an unreadable one is refused in words.
fn body<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ControlError> {
    serde_json::from_slice(body).map_err(ControlError::bad)
}

/// The mailbox with an address or user id.
fn mailbox(world: &World, name: &str) -> Result<Arc<crate::world::MailboxCell>, ControlError> {
    world
        .directory
        .mailbox(name)
        .ok_or_else(|| ControlError::missing("mailbox"))
}
