//! System parameters: the settings that live in the database and are changed while running.

use crate::base_url::{self, BaseUrlRules};
use crate::mailbox::Trouble;

/// What is known about a parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Its key, as on the command line and the settings page.
    pub key: &'static str,
    /// What it is for, one sentence.
    pub about: &'static str,
    /// What its value is.
    pub kind: ParameterKind,
}

/// What the value of a parameter is. Empty means that none is set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParameterKind {
    /// A public address.
    BaseUrl,
    /// `true` or `false`.
    Switch,
    /// A number of days.
    Days,
}

impl Parameter {
    /// Looks at a value; an empty one is always right.
    pub fn check(&self, value: &str, rules: BaseUrlRules) -> Result<(), Trouble> {
        match self.kind {
            _ if value.is_empty() => Ok(()),
            ParameterKind::BaseUrl => base_url::check_as(self.key, value, rules),
            ParameterKind::Switch if ["true", "false"].contains(&value) => Ok(()),
            ParameterKind::Switch => Err(Trouble {
                code: "not_true_or_false".to_owned(),
                message: "This is neither true nor false.".to_owned(),
                remedy: "Write true or false.".to_owned(),
            }),
            ParameterKind::Days if days(Some(value)).is_some() => Ok(()),
            ParameterKind::Days => Err(Trouble {
                code: "not_days".to_owned(),
                message: "This is no number of days.".to_owned(),
                remedy: format!("Write a whole number from 1 to {DAYS_MAX}, or nothing."),
            }),
        }
    }

    /// A value as it is kept: without blanks around it, and a base URL in one way of writing.
    pub fn tidy(&self, value: &str) -> String {
        let value = value.trim();
        match self.kind {
            ParameterKind::BaseUrl => base_url::normalise(value),
            ParameterKind::Switch | ParameterKind::Days => value.to_owned(),
        }
    }
}

/// The public address of this server; the webhook URL is built from it.
pub const WEB_BASE_URL: &str = "web.base.url";
/// The public address for the webhook alone, where only that is public.
pub const PUSH_BASE_URL: &str = "push.base.url";
/// `true`: push is wanted for every mailbox that is added from then on.
pub const PUSH_REGISTER_NEW: &str = "push.register.new";
/// Of how many days bodies are kept here; those of older mail are fetched when somebody opens it (S9).
pub const SYNC_BODIES_DAYS: &str = "sync.bodies.days";

/// A hundred years.
const DAYS_MAX: i64 = 36_500;

/// `true`: this server brings the pictures of mail that lie elsewhere, so that senders see its address
/// and not those of people. Not unless it is set: it makes the server call whatever strangers have
/// written, which is for whoever runs it to want, and it reaches no pictures on a private network.
pub const IMAGES_PROXY: &str = "images.proxy";

/// Every parameter there is; an unknown key is refused.
pub const PARAMETERS: [Parameter; 5] = [
    Parameter {
        key: WEB_BASE_URL,
        about: "The public HTTPS address of this server, without a trailing slash.",
        kind: ParameterKind::BaseUrl,
    },
    Parameter {
        key: PUSH_BASE_URL,
        about: "The public HTTPS address for the webhook alone; empty means web.base.url.",
        kind: ParameterKind::BaseUrl,
    },
    Parameter {
        key: PUSH_REGISTER_NEW,
        about: "true: push is registered for every mailbox that is added from now on, as soon as it is ready.",
        kind: ParameterKind::Switch,
    },
    Parameter {
        key: SYNC_BODIES_DAYS,
        about: "Texts of mail of so many days are kept here, those of older mail are fetched when somebody opens it; empty means all.",
        kind: ParameterKind::Days,
    },
    Parameter {
        key: IMAGES_PROXY,
        about: "true: where somebody asks for the pictures of a mail, this server brings them, so that the sender does not learn that person's address.",
        kind: ParameterKind::Switch,
    },
];

/// The number of days a value says; `None` where it says none that counts.
pub fn days(value: Option<&str>) -> Option<i64> {
    let days = value?.parse().ok()?;
    (1..=DAYS_MAX).contains(&days).then_some(days)
}

/// Looks a key up.
pub fn find(key: &str) -> Option<Parameter> {
    PARAMETERS.into_iter().find(|known| known.key == key)
}

/// That a parameter was changed, for the audit log.
pub fn changed(key: &str, former: &str, new: &str) -> String {
    let shown = |value: &str| match value {
        "" => "(none)".to_owned(),
        value => value.to_owned(),
    };
    format!("{key}: {} → {}", shown(former), shown(new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_value_is_looked_at() {
        let rules = BaseUrlRules::default();
        for (key, value, fits) in [
            (WEB_BASE_URL, "https://mail.example.com", true),
            (WEB_BASE_URL, "true", false),
            (PUSH_REGISTER_NEW, "true", true),
            (PUSH_REGISTER_NEW, "false", true),
            (PUSH_REGISTER_NEW, "", true),
            (PUSH_REGISTER_NEW, "yes", false),
            (SYNC_BODIES_DAYS, "", true),
            (SYNC_BODIES_DAYS, "1", true),
            (SYNC_BODIES_DAYS, "36500", true),
            (SYNC_BODIES_DAYS, "36501", false),
            (SYNC_BODIES_DAYS, "0", false),
            (SYNC_BODIES_DAYS, "-1", false),
            (SYNC_BODIES_DAYS, "1.5", false),
            (SYNC_BODIES_DAYS, "a year", false),
        ] {
            let parameter = find(key).unwrap();
            assert_eq!(parameter.check(value, rules).is_ok(), fits, "{key} {value}");
        }
    }
}
