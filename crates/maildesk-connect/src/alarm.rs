//! The one alarm of the installation: Microsoft does not accept the app itself (C3).
//!
//! It is kept as a memo of the store, so that every node and the pages see it; mailboxes only wait.

use std::sync::Mutex;
use std::time::Duration;

use maildesk_graph::LoginError;
use maildesk_model::Timestamp;
use maildesk_model::mailbox::Trouble;

use crate::Connect;
use crate::error::{self, ConnectError};

/// The memo's key.
pub const MEMO: &str = "alarm.microsoft_app";

/// After a refusal the app's credentials are left alone for this long: a thousand mailboxes that
/// each ask would only add their own refusals, and Entra slows clients that loop.
const PAUSE: Duration = Duration::from_secs(30);

/// What this process knows of the alarm.
#[derive(Debug, Default)]
pub(crate) struct AppAlarm(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    /// Nothing asked since the start: a memo may be there from before.
    #[default]
    Unknown,
    /// The last request was accepted.
    Quiet,
    /// The last request was refused.
    Ringing { until: Timestamp, error: LoginError },
}

/// The alarm as a memo keeps it: code, message and remedy, a line each.
pub fn write(trouble: &Trouble) -> String {
    let line = |text: &str| text.replace(['\r', '\n'], " ");
    [&trouble.code, &trouble.message, &trouble.remedy]
        .map(|text| line(text))
        .join("\n")
}

/// Reads [`write()`]; `None` for an empty memo, which means that all is well.
pub fn read(memo: &str) -> Option<Trouble> {
    let mut lines = memo.splitn(3, '\n').map(str::to_owned);
    let code = lines.next().filter(|code| !code.is_empty())?;
    Some(Trouble {
        code,
        message: lines.next().unwrap_or_default(),
        remedy: lines.next().unwrap_or_default(),
    })
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
    pub(crate) fn check_app(&self) -> Result<(), ConnectError> {
        match &*self.shared.app_alarm.state() {
            State::Ringing { until, error } if self.shared.clock.now() < *until => {
                Err(error::app_refused(error))
            }
            _ => Ok(()),
        }
    }

    /// Writes the alarm down if `error` is the app's, not the mailbox's.
    pub(crate) async fn note_refusal(&self, error: &LoginError) -> Result<(), ConnectError> {
        // Other trouble with the registration (a tenant that does not fit, a scope) may well be
        // that of one kind of connection only; it shows on the mailboxes it strikes.
        if !matches!(error, LoginError::InvalidClient { .. }) {
            return Ok(());
        }
        let until = self.shared.clock.now().plus(PAUSE);
        *self.shared.app_alarm.state() = State::Ringing {
            until,
            error: error.clone(),
        };
        tracing::error!(error = %error, "Microsoft does not accept the app; all mailboxes wait");
        let memo = write(&error.trouble());
        self.shared.store.set_memo(MEMO, &memo).await?;
        Ok(())
    }

    /// Takes the alarm back: the app was accepted.
    pub(crate) async fn note_acceptance(&self) -> Result<(), ConnectError> {
        if matches!(*self.shared.app_alarm.state(), State::Quiet) {
            return Ok(());
        }
        let memo = self.shared.store.memo(MEMO).await?;
        if memo.is_some_and(|memo| !memo.is_empty()) {
            self.shared.store.set_memo(MEMO, "").await?;
        }
        *self.shared.app_alarm.state() = State::Quiet;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_survives_being_written_down() {
        let trouble = error::trouble("invalid_client", "AADSTS7000222:\r\nexpired", "Do this.");
        let back = read(&write(&trouble)).unwrap();
        assert_eq!(back.code, "invalid_client");
        assert_eq!(back.message, "AADSTS7000222:  expired");
        assert_eq!(back.remedy, "Do this.");
        assert_eq!(read(""), None);
    }
}
