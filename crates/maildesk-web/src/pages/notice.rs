//! What administrators are told of on every page: Microsoft does not accept the app, or its
//! credential ends soon (C1, C3).

use std::borrow::Cow;

use maildesk_model::microsoft::{ExpiryLevel, ExpiryWarning, expiry_warning};
use maildesk_model::{Role, Timestamp};
use maildesk_store::StoreError;
use maildesk_store::contract::User;

use crate::app::App;
use crate::words::Words;

/// A warning in words, and how loud it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Warning {
    /// The class of a notice: `warn` or `bad`.
    pub(crate) class: &'static str,
    /// The words.
    pub(crate) text: Cow<'static, str>,
}

/// That a credential ends, in words.
pub(crate) fn warning(words: Words, warning: ExpiryWarning) -> Warning {
    let class = match warning.level {
        ExpiryLevel::Soon | ExpiryLevel::Near => "warn",
        ExpiryLevel::Urgent | ExpiryLevel::Over => "bad",
    };
    let text = match warning.level {
        ExpiryLevel::Over => words.say("expiry-over"),
        _ => words.fill("expiry-days", warning.days),
    };
    Warning { class, text }
}

/// When the app in force stops working unless somebody renews its credential.
pub(crate) fn app_ends(app: &App, kept: Option<Timestamp>) -> Option<Timestamp> {
    match &app.settings.fixed_app.registration {
        Some(fixed) => fixed.expires_at(),
        None => kept,
    }
}

/// How many alerts stand, for those who can mend them.
pub(crate) async fn alerts(app: &App, user: &User) -> Result<i64, StoreError> {
    if user.role != Role::Administrator {
        return Ok(0);
    }
    let gauges = app.store.alert_gauges().await?;
    Ok(gauges.into_iter().map(|(_, count)| count).sum())
}

/// What this person is told of; nothing for those who cannot mend it.
pub(crate) async fn of(app: &App, user: &User) -> Result<Option<Warning>, StoreError> {
    if user.role != Role::Administrator {
        return Ok(None);
    }
    let words = Words::english();
    let notice = app.store.app_notice().await?;
    if notice.alarm.is_some() {
        return Ok(Some(Warning {
            class: "bad",
            text: words.say("banner-alarm"),
        }));
    }
    let ends = app_ends(app, notice.expires_at);
    let near = ends.and_then(|at| expiry_warning(at, app.clock.now()));
    Ok(near.map(|near| Warning {
        text: match near.level {
            ExpiryLevel::Over => words.say("banner-over"),
            _ => words.fill("banner-days", near.days),
        },
        ..warning(words, near)
    }))
}
