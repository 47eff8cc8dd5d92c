//! Tells by a mail from one of the connected mailboxes.

use std::future::Future;
use std::time::Duration;

use maildesk_connect::ConnectError;
use maildesk_graph::{GraphError, NewMail, Session, retry};
use maildesk_model::MailboxId;
use maildesk_model::alert::{AlertSettings, Notice, RECIPIENTS_MAX};
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::Trouble;
use maildesk_store::StoreError;
use maildesk_store::contract::Lease;

use super::{Alerts, Shared, Told, Untold};
use crate::plan::senders;
use crate::words;

/// How long Microsoft may take over a mail before nobody knows whether it was sent.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a token may take; until there is one nothing was sent, and another mailbox may try.
const TOKEN_PATIENCE: Duration = Duration::from_secs(10);
/// After so long no other mailbox is tried: a look must end.
const ENOUGH: Duration = Duration::from_secs(40);
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
            return Ok(Err(Untold::surely(words::no_recipient())));
        }
        let mail = NewMail {
            to,
            subject,
            text,
            important: true,
        };
        let known = self.shared.store.alert_senders(CONSIDERED_MAX).await?;
        let mut last = words::no_sender();
        let enough = self.now().plus(ENOUGH);
        for mailbox in senders(settings.sender, &known) {
            if self.now() > enough {
                break;
            }
            match self.send_from(mailbox, &mail).await? {
                Ok(()) => return Ok(Ok(mailbox)),
                Err(Unsent::Here(trouble)) => last = trouble,
                Err(Unsent::Everywhere(trouble)) => {
                    return Ok(Err(Untold {
                        trouble,
                        is_doubtful: true,
                    }));
                }
            }
        }
        Ok(Err(Untold::surely(last)))
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
        let sent = self.try_from(&lease, mail).await;
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
        let (connect, mailbox) = (&self.shared.connect, lease.mailbox);
        let access = connect.access(mailbox, Lane::Push);
        let session = match self.within_time(access).await? {
            Ok(session) => session,
            Err(trouble) => return Ok(Err(Unsent::Here(trouble))),
        };
        let mut sent = self.send_within_time(&session, mail).await;
        if let Some(Err(GraphError::TokenRejected { .. })) = sent {
            let fresh = connect.access_after_rejection(mailbox, Lane::Push, &session);
            match self.within_time(fresh).await? {
                Ok(session) => sent = self.send_within_time(&session, mail).await,
                Err(trouble) => return Ok(Err(Unsent::Here(trouble))),
            }
        }
        let error = match sent {
            Some(Ok(())) => return Ok(Ok(())),
            Some(Err(error)) => error,
            None => return Ok(Err(Unsent::Everywhere(words::mail_too_slow()))),
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

    /// A session, if it is there in time; why not.
    async fn within_time(
        &self,
        access: impl Future<Output = Result<Session, ConnectError>>,
    ) -> Result<Result<Session, Trouble>, StoreError> {
        tokio::select! {
            biased;
            session = access => match session {
                Ok(session) => Ok(Ok(session)),
                Err(ConnectError::Store(error)) => Err(error),
                Err(error) => Ok(Err(error.trouble())),
            },
            () = self.shared.clock.sleep(TOKEN_PATIENCE) => Ok(Err(words::token_too_slow())),
        }
    }

    /// What Microsoft said to it; `None`: nothing in time.
    async fn send_within_time(
        &self,
        session: &Session,
        mail: &NewMail,
    ) -> Option<Result<(), GraphError>> {
        tokio::select! {
            biased;
            sent = session.send_mail(mail) => Some(sent.map(drop)),
            () = self.shared.clock.sleep(PATIENCE) => None,
        }
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
