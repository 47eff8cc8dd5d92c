//! `GET /mailboxes/{id}/folders`

use axum::Json;
use axum::extract::State;
use maildesk_model::{FolderId, MailboxId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::cursor::{self, Place};
use crate::api::page::{self, Limit};
use crate::api::shape::{FolderBody, Page};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Problem;
use crate::request::id::One;
use crate::request::query::Asked;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FoldersQuery {
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
    /// Items on a page; without it all folders come at once.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// After this folder.
struct AfterFolder(FolderId);

impl Place for AfterFolder {
    const LIST: &'static str = "folders";

    fn to_bytes(&self) -> Vec<u8> {
        self.0.0.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let id = i64::from_be_bytes(bytes.try_into().ok()?);
        Some(Self(FolderId(id)))
    }
}

/// List the folders of a mailbox
///
/// All in scope, parents before children; a tree is drawn from `parentId`.
#[utoipa::path(
    get,
    path = "/mailboxes/{id}/folders",
    tag = "Mailboxes",
    operation_id = "listFolders",
    params(("id" = String, Path, description = "The mailbox."), FoldersQuery),
    responses((status = 200, description = "The folders.", body = Page<FolderBody>)),
)]
pub(crate) async fn folders(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
    asked: Asked,
) -> Result<Json<Page<FolderBody>>, Problem> {
    let folders = app.store.folders(caller.viewer, id).await?;
    let mut folders = folders.ok_or_else(Problem::not_found)?;
    let query: FoldersQuery = asked.read()?;
    let filters = id.to_string();
    if let Some(text) = query.cursor {
        let AfterFolder(after) = cursor::read(&text, &filters)?;
        page::skip(&mut folders, |folder| folder.id == after)?;
    }
    let Some(limit) = query.limit else {
        return Ok(Json(Page {
            items: folders.into_iter().map(Into::into).collect(),
            next_cursor: None,
        }));
    };
    let limit = Limit::new(Some(limit))?;
    Ok(Json(
        limit.page(folders, &filters, |last| AfterFolder(last.id)),
    ))
}
