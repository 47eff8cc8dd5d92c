//! Tells by a mail from one of the connected mailboxes.

use std::time::Duration;

use maildesk_connect::ConnectError;
use maildesk_graph::{GraphError, NewMail, retry};
use maildesk_model::MailboxId;
use maildesk_model::alert::{AlertSettings, Notice, RECIPIENTS_MAX};
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::Trouble;
use maildesk_store::StoreError;
use maildesk_store::contract::Lease;

use super::{Alerts, Shared, Told};
use crate::plan::senders;
use crate::words;

/// How long one mailbox may take over it.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a mailbox is borrowed: longer than sending takes. So long its push waits for a node that
/// died.
const LEASE: Duration = Duration::from_mins(1);
/// Mailboxes that are considered.
const CONSIDERED_MAX: i64 = 200;

/// Why a mailbox did not send it.
enum Unsent {
    /// Another one may.
    Here(Trouble),
    /// It may have gone all the same: trying another one now could only send it twice. A refusal is
    /// none of these, since it may be about that mailbox alone (its quota, say).
    Everywhere(Trouble),
}

impl Alerts {
    pub(super) async fn mail(&self, settings: &AlertSettings, notice: &Notice) -> Told<MailboxId> {
        let base_url = self.base_url().await?;
        let subject = words::subject(&notice.lines);
        let text = words::text(&notice.lines, &base_url);
        self.send(settings, subject, text).await
    }

    /// A test by this way.
    pub(super) async fn mail_test(&self, settings: &AlertSettings) -> Told<MailboxId> {
        let text = words::test_text(&self.base_url().await?);
        let subject = "MailDesk: a test of its alerts".to_owned();
        self.send(settings, subject, text).await
    }

    async fn send(
        &self,
        settings: &AlertSettings,
        subject: String,
        text: String,
    ) -> Told<MailboxId> {
        let to = self.recipients(settings).await?;
        if to.is_empty() {
            return Ok(Err(words::no_recipient()));
        }
        let mail = NewMail {
            to,
            subject,
            text,
            important: true,
        };
        let known = self.shared.store.alert_senders(CONSIDERED_MAX).await?;
        let mut last = words::no_sender();
        for mailbox in senders(settings.sender, &known) {
            match self.send_from(mailbox, &mail).await? {
                Ok(()) => return Ok(Ok(mailbox)),
                Err(Unsent::Here(trouble)) => last = trouble,
                Err(Unsent::Everywhere(trouble)) => return Ok(Err(trouble)),
            }
        }
        Ok(Err(last))
    }

    async fn recipients(&self, settings: &AlertSettings) -> Result<Vec<String>, StoreError> {
        let mut to = settings.recipients.clone();
        if to.is_empty() {
            let most = RECIPIENTS_MAX as i64;
            let administrators = self.shared.store.administrators(most).await?;
            to = administrators.into_iter().map(|user| user.email).collect();
        }
        to.truncate(RECIPIENTS_MAX);
        Ok(to)
    }

    /// Sends under a lease on the mailbox's push: this is one more call at once that Graph sees.
    async fn send_from(
        &self,
        mailbox: MailboxId,
        mail: &NewMail,
    ) -> Result<Result<(), Unsent>, StoreError> {
        let Shared {
            store, settings, ..
        } = &*self.shared;
        let now = self.now();
        let borrowed = store.borrow_push(mailbox, &settings.node, now, now.plus(LEASE));
        let Some(lease) = borrowed.await? else {
            return Ok(Err(Unsent::Here(words::sender_busy())));
        };
        let sent = tokio::select! {
            biased;
            sent = self.try_from(&lease, mail) => sent,
            () = self.shared.clock.sleep(PATIENCE) => {
                Ok(Err(Unsent::Everywhere(words::mail_too_slow())))
            }
        };
        match store.release_push(&lease).await {
            Ok(()) | Err(StoreError::LeaseLost) => sent,
            Err(error) => Err(error),
        }
    }

    async fn try_from(
        &self,
        lease: &Lease,
        mail: &NewMail,
    ) -> Result<Result<(), Unsent>, StoreError> {
        let Shared { connect, .. } = &*self.shared;
        let session = match connect.access(lease.mailbox, Lane::Push).await {
            Ok(session) => session,
            Err(error) => return no_session(error),
        };
        let mut sent = session.send_mail(mail).await;
        if let Err(GraphError::TokenRejected { .. }) = sent {
            let fresh = connect.access_after_rejection(lease.mailbox, Lane::Push, &session);
            match fresh.await {
                Ok(session) => sent = session.send_mail(mail).await,
                Err(error) => return no_session(error),
            }
        }
        let Err(error) = sent else {
            return Ok(Ok(()));
        };
        self.obey(lease, &error).await?;
        let trouble = error.trouble();
        Ok(Err(match error {
            GraphError::Later {
                maybe_done: true, ..
            } => Unsent::Everywhere(trouble),
            _ => Unsent::Here(trouble),
        }))
    }

    /// What Graph asked to wait holds for everything about the mailbox.
    async fn obey(&self, lease: &Lease, error: &GraphError) -> Result<(), StoreError> {
        let (GraphError::Throttled { retry_after, .. } | GraphError::Later { retry_after, .. }) =
            error
        else {
            return Ok(());
        };
        let Some(wait) = retry_after.and(retry::after(error, 1, 0.0).wait()) else {
            return Ok(());
        };
        let obeyed = self.shared.store.leave_alone(lease, self.now().plus(wait));
        match obeyed.await {
            Ok(()) | Err(StoreError::LeaseLost) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn no_session(error: ConnectError) -> Result<Result<(), Unsent>, StoreError> {
    match error {
        ConnectError::Store(why) => Err(why),
        error => Ok(Err(Unsent::Here(error.trouble()))),
    }
}
