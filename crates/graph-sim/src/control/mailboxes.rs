//! Mailboxes and their accounts.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ControlError;
use crate::sync::Held;
use crate::world::{MailboxCell, MailboxKind, World};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct New {
    address: String,
    display_name: Option<String>,
    #[serde(default)]
    kind: MailboxKind,
    /// Addresses of people who may open it with `*.Shared` permissions.
    #[serde(default)]
    shared_with: Vec<String>,
}

/// `POST /sim/mailboxes`.
pub(super) async fn create(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ControlError> {
    let new: New = super::body(&body)?;
    if !new.address.contains('@') || new.address.contains(char::is_whitespace) {
        return Err(ControlError::bad("address is not an address"));
    }
    let display_name = new.display_name.unwrap_or_else(|| new.address.clone());
    let cell = world
        .directory
        .add_mailbox(&new.address, &display_name, new.kind);
    let cell =
        cell.ok_or_else(|| ControlError(StatusCode::CONFLICT, "that address is taken".to_owned()))?;
    *cell.shared_with.held() = new.shared_with;
    Ok((StatusCode::CREATED, Json(json!({ "userId": cell.user_id }))))
}

/// `GET /sim/mailboxes`.
pub(super) async fn list(State(world): State<Arc<World>>) -> Json<Vec<Value>> {
    Json(
        world
            .directory
            .mailboxes()
            .iter()
            .map(|cell| show(cell))
            .collect(),
    )
}

fn show(cell: &MailboxCell) -> Value {
    let messages = cell.content.held().all().len();
    json!({ "userId": cell.user_id, "address": cell.address, "displayName": cell.display_name, "kind": cell.kind, "sharedWith": *cell.shared_with.held(), "messages": messages })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    shared_with: Option<Vec<String>>,
    /// Every sign-in of the account is revoked, as an administrator does.
    #[serde(default)]
    revoke_sign_ins: bool,
}

/// `PATCH /sim/mailboxes/{address}`: who it is shared with; revoking its sign-ins.
pub(super) async fn change(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let change: Change = super::body(&body)?;
    let cell = super::mailbox(&world, &address)?;
    if let Some(shared_with) = change.shared_with {
        *cell.shared_with.held() = shared_with;
    }
    if change.revoke_sign_ins {
        world.tokens.held().revoke(&cell.user_id);
        world.delivery.look_again();
    }
    Ok(Json(show(&cell)))
}

/// `DELETE /sim/mailboxes/{address}`: the account leaves the organisation, and nothing finds it any more.
pub(super) async fn remove(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
) -> Result<StatusCode, ControlError> {
    let cell = super::mailbox(&world, &address)?;
    world.tokens.held().revoke(&cell.user_id);
    world.delivery.look_again();
    world.directory.remove_mailbox(&cell);
    Ok(StatusCode::NO_CONTENT)
}
