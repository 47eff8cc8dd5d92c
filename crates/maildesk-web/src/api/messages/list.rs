//! `GET /messages`

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use maildesk_model::search::{About, Remark, Search};
use maildesk_model::{FolderId, MailboxId, MessageId, Timestamp, Viewer};
use maildesk_store::contract::{Found, MessageQuery};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::cursor::{self, Place};
use crate::api::mailboxes;
use crate::api::page::Limit;
use crate::api::shape::{MessageItem, Page};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::reach;
use crate::error::Problem;
use crate::request::query::{Asked, value};

/// More words than anybody types; each costs a look-up.
pub(crate) const WORDS_MAX: usize = 200;
/// Mailboxes looked through for a folder nobody named the mailbox of.
const MAILBOXES_MAX: i64 = 200;

/// Which messages. An empty value counts as none.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct MessagesQuery {
    /// Of this mailbox; otherwise of all the caller may see.
    mailbox: Option<String>,
    /// Of this folder; otherwise of all folders.
    folder: Option<String>,
    /// What to look for: words in subject, people and text, all of which must occur, the last as a
    /// beginning; `"a phrase"`; and `from:` `to:` `subject:` with a word or a phrase,
    /// `has:attachment`, `is:unread`, `is:read`, `is:flagged`, `in:` with the name of a folder,
    /// `before:` and `after:` with a date such as `2026-08-31`, `2026-08` or `2026`, which begins
    /// at midnight UTC; `after:` includes it.
    #[param(max_length = 200)]
    q: Option<String>,
    /// Only unread ones (`true`) or only read ones (`false`).
    #[param(value_type = Option<bool>)]
    unread: Option<String>,
    /// Only flagged ones (`true`) or only others (`false`).
    #[param(value_type = Option<bool>)]
    flagged: Option<String>,
    /// Only those with attachments (`true`) or only others (`false`).
    #[param(value_type = Option<bool>)]
    attachments: Option<String>,
    /// The `nextCursor` of the page before, with the same filters.
    cursor: Option<String>,
    /// Items on a page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
}

/// After this message, newest first.
pub(crate) struct AfterMessage(pub(crate) Timestamp, pub(crate) MessageId);

impl Place for AfterMessage {
    const LIST: &'static str = "messages";

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.0.as_micros().to_be_bytes().to_vec();
        bytes.extend(self.1.0.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, id) = bytes.split_first_chunk()?;
        let id = i64::from_be_bytes(id.try_into().ok()?);
        let at = Timestamp::from_micros(i64::from_be_bytes(*at));
        Some(Self(at, MessageId(id)))
    }
}

/// List messages
///
/// Newest first, of all folders unless one is named. A page may have few items, or none, and a
/// `nextCursor`: then words that are in very much mail were looked for so far, and the next page goes on.
#[utoipa::path(
    get,
    path = "/messages",
    tag = "Messages",
    operation_id = "listMessages",
    params(MessagesQuery),
    responses(
        (status = 200, description = "A page of messages.", body = Page<MessageItem>),
        (status = 404, description = "The mailbox or the folder does not exist, or not for the caller.", body = crate::error::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    asked: Asked,
) -> Result<Json<Page<MessageItem>>, Problem> {
    let asked: MessagesQuery = asked.read()?;
    let (mut query, limit) = which(&app, caller.viewer, &asked).await?;
    let filters = filters(&query);
    let text = asked.cursor.filter(|text| !text.is_empty());
    let after = text.map(|text| cursor::read(&text, &filters)).transpose()?;
    query.after = after.map(|AfterMessage(at, id)| (at, id));
    let Found { messages, ended_at } = super::find(&app, caller.viewer, &query).await?;
    if messages.is_empty() && query.after.is_none() {
        folder_exists(&app, caller.viewer, &query).await?;
    }
    let listed = messages.iter().map(|message| message.mailbox).collect();
    note_reach(&app, caller.viewer, listed).await?;
    let mut page = limit.page(messages, &filters, |last| {
        AfterMessage(last.received_at, last.id)
    });
    if let Some((at, id)) = ended_at {
        page.next_cursor = Some(cursor::write(&AfterMessage(at, id), &filters));
    }
    Ok(Json(page))
}

/// What is asked for: first what must exist (404), then what must make sense (400).
pub(super) async fn which(
    app: &App,
    viewer: Viewer,
    asked: &MessagesQuery,
) -> Result<(MessageQuery, Limit), Problem> {
    let mut query = MessageQuery::default();
    if let Some(text) = asked.mailbox.as_deref().filter(|text| !text.is_empty()) {
        let id = MailboxId::parse(text).ok_or_else(Problem::not_found)?;
        mailboxes::visible(app, viewer, id).await?;
        query.mailbox = Some(id);
    }
    if let Some(text) = asked.folder.as_deref().filter(|text| !text.is_empty()) {
        let id = FolderId::parse(text).ok_or_else(Problem::not_found)?;
        query.folder = Some(id);
    }
    query.unread = value("unread", asked.unread.as_deref())?;
    query.flagged = value("flagged", asked.flagged.as_deref())?;
    query.attachments = value("attachments", asked.attachments.as_deref())?;
    let limit = Limit::new(value("limit", asked.limit.as_deref())?)?;
    query.limit = limit.to_read();
    let words = asked.q.as_deref().map(str::trim).unwrap_or_default();
    if words.chars().count() > WORDS_MAX {
        let message = format!("must have at most {WORDS_MAX} characters");
        return Err(Problem::parameter("q", message));
    }
    if !words.is_empty() {
        query.search = Some(search(words)?);
    }
    Ok((query, limit))
}

/// Takes the words apart; what would be left out is an error to a program.
fn search(words: &str) -> Result<Search, Problem> {
    let search = Search::in_utc(words);
    let is_date = |remark: &&Remark| remark.about == About::NotADate;
    match search.remarks.iter().find(is_date) {
        Some(remark) => {
            let operator = remark.typed.split(':').next().unwrap_or_default();
            let operator = operator.to_ascii_lowercase();
            let message = format!("{operator}: takes a date such as 2026-08-31, 2026-08 or 2026");
            Err(Problem::parameter("q", message))
        }
        None => Ok(search),
    }
}

/// Tells lists with different filters apart, for their cursors.
pub(crate) fn filters(query: &MessageQuery) -> String {
    let MessageQuery {
        mailbox,
        folder,
        inboxes,
        search,
        unread,
        flagged,
        attachments,
        category,
        after: _,
        limit: _,
    } = query;
    let flags = format!("{unread:?} {flagged:?} {attachments:?} {category:?}");
    format!("{mailbox:?} {folder:?} {inboxes} {flags} {search:?}")
}

/// 404 for a folder that does not exist for this person. Asked only when nothing was found, so
/// that the usual list costs nothing for it.
pub(super) async fn folder_exists(
    app: &App,
    viewer: Viewer,
    query: &MessageQuery,
) -> Result<(), Problem> {
    let Some(folder) = query.folder else {
        return Ok(());
    };
    let mailboxes = if let Some(mailbox) = query.mailbox {
        vec![mailbox]
    } else {
        let all = app.store.mailboxes(viewer, None, MAILBOXES_MAX).await?;
        all.into_iter().map(|mailbox| mailbox.id).collect()
    };
    for mailbox in mailboxes {
        let folders = app.store.folders(viewer, mailbox).await?;
        if folders.is_some_and(|folders| folders.iter().any(|known| known.id == folder)) {
            return Ok(());
        }
    }
    Err(Problem::not_found())
}

/// Notes in the audit log whose mail an administrator sees in a list.
pub(crate) async fn note_reach(
    app: &App,
    viewer: Viewer,
    mailboxes: BTreeSet<MailboxId>,
) -> Result<(), Problem> {
    for mailbox in mailboxes {
        reach::note(app, viewer, mailbox).await?;
    }
    Ok(())
}
