//! The bounded wait for an intent: the web asks for nothing at Microsoft, it writes down what is
//! wanted and waits a while for somebody to have done it.

use std::time::Duration;

use maildesk_model::intent::{IntentState, Want};
use maildesk_model::mailbox::Trouble;
use maildesk_model::{IntentId, MailboxId, Viewer};
use maildesk_store::contract::Bell;

use crate::app::App;
use crate::error::Problem;

/// Look that often although no bell rang; a lost ring costs this much and no more.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How the wait ended.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Settled {
    /// Carried out.
    Done,
    /// Refused.
    Refused(Trouble),
    /// Still under way when the patience was at its end; it goes on by itself.
    Waiting(IntentId),
}

/// Writes the intent and waits for it as long as the settings say. 404 when what it is about does
/// not exist for this person.
pub(crate) async fn carry_out(
    app: &App,
    viewer: Viewer,
    mailbox: MailboxId,
    want: Want,
) -> Result<Settled, Problem> {
    let now = app.clock.now();
    let until = now.plus(app.settings.patience);
    // Taken before the intent is written, so that no ring is missed.
    let mut bell = app.store.bell(Bell::Intent);
    let written = app.store.want(viewer, mailbox, &want, now).await?;
    let id = written.ok_or_else(Problem::not_found)?;
    loop {
        bell.borrow_and_update();
        let intent = app.store.intent(viewer, id).await?;
        match intent.ok_or_else(Problem::not_found)?.state {
            IntentState::Done => return Ok(Settled::Done),
            IntentState::Refused(trouble) => return Ok(Settled::Refused(trouble)),
            IntentState::Waiting if app.clock.now() >= until => return Ok(Settled::Waiting(id)),
            IntentState::Waiting => {}
        }
        tokio::select! {
            biased;
            rung = bell.changed() => {
                if rung.is_err() {
                    return Ok(Settled::Waiting(id));
                }
            }
            () = app.clock.sleep(LOOK_EVERY) => {}
            () = app.clock.sleep_until(until) => {}
            () = app.shutdown.cancelled() => return Ok(Settled::Waiting(id)),
        }
    }
}
