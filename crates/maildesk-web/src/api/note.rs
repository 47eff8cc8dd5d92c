//! Writing what was done into the audit log.

use maildesk_model::MailboxId;
use maildesk_store::StoreError;
use maildesk_store::contract::AuditEntry;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Chain;

/// Notes something that has been done. It is done, so a log that cannot be written is a line in
/// the server's own log and no error for the person.
pub(crate) async fn done(app: &App, caller: &Caller, action: &str, mailbox: Option<MailboxId>) {
    if let Err(error) = before(app, caller, action, mailbox).await {
        tracing::error!(error = %Chain(&error), action, "the audit log could not be written");
    }
}

/// Notes something that is about to be done, and must not be if this fails.
pub(crate) async fn before(
    app: &App,
    caller: &Caller,
    action: &str,
    mailbox: Option<MailboxId>,
) -> Result<(), StoreError> {
    app.store
        .audit(AuditEntry {
            id: 0,
            at: app.clock.now(),
            user: Some(caller.viewer.user),
            action: action.to_owned(),
            mailbox,
            detail: String::new(),
        })
        .await
}
