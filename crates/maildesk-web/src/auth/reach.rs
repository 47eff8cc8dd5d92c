//! A Mailbox Administrator reaches every mailbox; reading one that is not shared with them leaves
//! a line in the audit log.
//!
//! One line for each person and mailbox in [`REMEMBERED`], not one for each message: the log says
//! who looked where and when, and a list of fifty messages does not bury it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use maildesk_model::id::{MailboxId, UserId};
use maildesk_model::{Timestamp, Viewer};
use maildesk_store::StoreError;
use maildesk_store::contract::AuditEntry;

use crate::app::App;

/// For how long one line stands for further reading.
const REMEMBERED: Duration = Duration::from_mins(10);
/// Pairs remembered at a time; when there are more, somebody gets a second line.
const PAIRS_MAX: usize = 4096;

/// Who was noted as reading what, and until when that counts.
#[derive(Debug, Default)]
pub(crate) struct Reach(Mutex<HashMap<(UserId, MailboxId), Timestamp>>);

impl Reach {
    fn is_fresh(&self, pair: (UserId, MailboxId), now: Timestamp) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&pair).is_some_and(|until| now < *until)
    }

    fn remember(&self, pair: (UserId, MailboxId), now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= PAIRS_MAX {
            known.retain(|_, until| now < *until);
        }
        if known.len() >= PAIRS_MAX {
            known.clear();
        }
        known.insert(pair, now.plus(REMEMBERED));
    }
}

/// Writes the line, if there is one to write, before the mail is handed out.
pub(crate) async fn note(app: &App, viewer: Viewer, mailbox: MailboxId) -> Result<(), StoreError> {
    let now = app.clock.now();
    let pair = (viewer.user, mailbox);
    if !viewer.sees_every_mailbox() || app.reach.is_fresh(pair, now) {
        return Ok(());
    }
    let shared = app.store.access(viewer, mailbox).await?;
    if shared.is_some_and(|users| users.contains(&viewer.user)) {
        return Ok(());
    }
    let entry = AuditEntry {
        id: 0,
        at: now,
        user: Some(viewer.user),
        action: "mail.read".to_owned(),
        mailbox: Some(mailbox),
        detail: "Opened mail of a mailbox that is not shared with them.".to_owned(),
    };
    app.store.audit(entry).await?;
    app.reach.remember(pair, now);
    Ok(())
}
