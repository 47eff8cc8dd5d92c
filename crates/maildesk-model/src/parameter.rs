//! System parameters: the settings that live in the database and are changed while running.

/// What is known about a parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Its key, as on the command line and the settings page.
    pub key: &'static str,
    /// What it is for, one sentence.
    pub about: &'static str,
}

/// The public address of this server; the webhook URL is built from it.
pub const WEB_BASE_URL: &str = "web.base.url";
/// The public address for the webhook alone, where only that is public.
pub const PUSH_BASE_URL: &str = "push.base.url";

/// Every parameter there is; an unknown key is refused.
pub const PARAMETERS: [Parameter; 2] = [
    Parameter {
        key: WEB_BASE_URL,
        about: "The public HTTPS address of this server, without a trailing slash.",
    },
    Parameter {
        key: PUSH_BASE_URL,
        about: "The public HTTPS address for the webhook alone; empty means web.base.url.",
    },
];

/// Looks a key up.
pub fn find(key: &str) -> Option<Parameter> {
    PARAMETERS.into_iter().find(|known| known.key == key)
}
