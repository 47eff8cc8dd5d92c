//! A body that is not here, because somebody opened its message (S9).

use maildesk_graph::{GraphError, Want};
use maildesk_store::contract::{IntentOutcome, IntentTarget};

use super::{Result, Visit, message_gone, take_in_seen};
use crate::run::fetch;

/// Brings the body and the attachment list.
pub(super) async fn fetch(visit: &Visit<'_>, target: &IntentTarget) -> Result<IntentOutcome> {
    match fetch::one(visit, &target.message, Want::ALL).await {
        Ok(seen) => {
            take_in_seen(visit, seen).await?;
            Ok(IntentOutcome::Done(None))
        }
        Err(GraphError::NotFound { .. }) => message_gone(visit, target).await,
        Err(error) => Err(error.into()),
    }
}
