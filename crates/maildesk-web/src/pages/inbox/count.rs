//! `/found`: how many messages a search found, in words. The page asks when its results are shown, so
//! that they do not wait for the number; by the address of the view, which means dates as its reader does.

use axum::extract::State;
use http::Uri;
use maildesk_store::contract::{COUNT_MAX, Counted};

use super::view::{Filter, View};
use crate::api::messages::list::note_reach;
use crate::api::{mailboxes, messages};
use crate::app::App;
use crate::error::Problem;
use crate::pages::person::Person;
use crate::pages::time;
use crate::words::Words;

/// The number of what the view finds.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    uri: Uri,
) -> Result<String, Problem> {
    let view = View::read(uri.query().unwrap_or_default())?;
    let viewer = person.caller.viewer;
    if let Some(mailbox) = view.mailbox {
        mailboxes::visible(&app, viewer, mailbox).await?;
    }
    let query = view.query(&time::zone(&person.user.time_zone))?;
    let Counted {
        count,
        is_at_least,
        mailboxes,
    } = messages::how_many(&app, viewer, &query).await?;
    note_reach(&app, viewer, mailboxes).await?;
    Ok(text(Words::english(), &view, count, is_at_least))
}

/// Where a page asks for the number.
pub(super) fn path(view: &View) -> String {
    format!("/found{}", view.top().path().trim_start_matches('/'))
}

/// The number in words, and what it is of where a filter is on.
pub(super) fn text(words: Words, view: &View, count: i64, is_at_least: bool) -> String {
    let number = match (is_at_least, count) {
        (true, COUNT_MAX..) => words.say("found-very-many"),
        (true, _) => words.fill("found-at-least", count),
        (false, _) => words.fill("found-count", count),
    };
    match view.filter {
        None => number,
        Some(Filter::Unread) => words.fill("found-unread", &*number),
        Some(Filter::Flagged) => words.fill("found-flagged", &*number),
        Some(Filter::Attachments) => words.fill("found-attachments", &*number),
    }
    .into_owned()
}
