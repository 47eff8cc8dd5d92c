//! `POST /sim/mailboxes/{address}/fill`: history in the past, made lazily.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ControlError;
use crate::mailbox::FolderNo;
use crate::world::World;

/// The most messages of one fill.
const MOST: u32 = 20_000_000;
/// The most folders that a fill makes.
const MOST_FOLDERS: usize = 5_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fill {
    count: u32,
    #[serde(default)]
    folders: Folders,
    #[serde(default)]
    seed: u64,
    #[serde(default = "usual_body")]
    body_bytes: u32,
}

const fn usual_body() -> u32 {
    1_200
}

/// How many folders of the mailbox's own share the rest, or which: ids, well-known names, or names to be made.
#[derive(Deserialize)]
#[serde(untagged)]
enum Folders {
    Count(usize),
    Names(Vec<String>),
}

impl Default for Folders {
    fn default() -> Self {
        Self::Count(0)
    }
}

/// Fills.
pub(super) async fn run(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ControlError> {
    let fill: Fill = super::body(&body)?;
    let folders = match &fill.folders {
        Folders::Count(count) => *count,
        Folders::Names(names) => names.len(),
    };
    if fill.count > MOST || folders > MOST_FOLDERS || fill.body_bytes > 10_000_000 {
        return Err(ControlError::bad(format!(
            "at most {MOST} messages, {MOST_FOLDERS} folders and bodies of 10 MB"
        )));
    }
    let cell = super::mailbox(&world, &address)?;
    let now = world.clock.now();
    world.edit(&cell, |mailbox| {
        let own: Vec<FolderNo> = match &fill.folders {
            Folders::Count(count) => mailbox.fill_folders(*count),
            Folders::Names(names) => names
                .iter()
                .filter_map(|name| mailbox.folder_named(name))
                .collect(),
        };
        mailbox.fill(fill.count, fill.seed, fill.body_bytes, &own, now);
    });
    Ok((StatusCode::CREATED, Json(json!({ "count": fill.count }))))
}
