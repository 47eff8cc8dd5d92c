//! The one alarm of the installation: Microsoft does not accept the app itself (C3).
//!
//! It is kept in the store, so that every node and the pages see it; mailboxes only wait.

use std::sync::Mutex;
use std::time::Duration;

use maildesk_graph::LoginError;
use maildesk_model::Timestamp;

use crate::Connect;
use crate::client::Client;
use crate::error::{self, ConnectError};

/// After a refusal the app's credentials are left alone for this long: a thousand mailboxes that
/// each ask would only add their own refusals, and Entra slows clients that loop.
const PAUSE: Duration = Duration::from_secs(30);

/// What this process knows of the alarm.
#[derive(Debug, Default)]
pub(crate) struct AppAlarm(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    /// Nothing asked since the start, or since the registration was changed: an alarm may be kept
    /// from before.
    #[default]
    Unknown,
    /// The last request was accepted.
    Quiet,
    /// The last request was refused.
    Ringing { until: Timestamp, error: LoginError },
}

impl AppAlarm {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0
            .lock()
            .expect("nothing panics while it holds this lock")
    }
}

impl Connect {
    /// Refuses at once while the app was refused a moment ago.
    pub(crate) fn check_app(&self, client: &Client) -> Result<(), ConnectError> {
        match &*client.app_alarm.state() {
            State::Ringing { until, error } if self.shared.clock.now() < *until => {
                Err(error::app_refused(error))
            }
            _ => Ok(()),
        }
    }

    /// Writes the alarm down if `error` is the app's, not the mailbox's.
    pub(crate) async fn note_refusal(
        &self,
        client: &Client,
        error: &LoginError,
    ) -> Result<(), ConnectError> {
        // Other trouble with the registration (a tenant that does not fit, a scope) may well be
        // that of one kind of connection only; it shows on the mailboxes it strikes.
        if !matches!(error, LoginError::InvalidClient { .. }) {
            return Ok(());
        }
        let until = self.shared.clock.now().plus(PAUSE);
        *client.app_alarm.state() = State::Ringing {
            until,
            error: error.clone(),
        };
        tracing::error!(error = %error, "Microsoft does not accept the app; all mailboxes wait");
        let alarm = error.trouble();
        self.shared.store.set_app_alarm(Some(&alarm)).await?;
        Ok(())
    }

    /// Takes the alarm back: the app was accepted.
    pub(crate) async fn note_acceptance(&self, client: &Client) -> Result<(), ConnectError> {
        if matches!(*client.app_alarm.state(), State::Quiet) {
            return Ok(());
        }
        if self.shared.store.app_notice().await?.alarm.is_some() {
            self.shared.store.set_app_alarm(None).await?;
        }
        *client.app_alarm.state() = State::Quiet;
        Ok(())
    }
}
