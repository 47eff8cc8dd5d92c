//! App registrations.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which accounts may sign in to an app (`signInAudience` in Entra).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Audience {
    /// Work accounts of any tenant, and personal accounts.
    #[default]
    Any,
    /// Work accounts of any tenant.
    Organizations,
    /// Accounts of the app's own tenant only.
    Single,
    /// Personal accounts only.
    Consumers,
}

/// An app registration: the document of `POST /sim/apps`. Consent is given for what is listed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct App {
    pub(crate) client_id: String,
    /// A public client has none.
    #[serde(default)]
    pub(crate) client_secret: Option<String>,
    /// A second secret that is also good, for rotation.
    #[serde(default)]
    pub(crate) second_secret: Option<String>,
    /// Whether it signs assertions with a certificate.
    #[serde(default)]
    pub(crate) certificate: bool,
    #[serde(default)]
    pub(crate) redirect_uris: Vec<String>,
    /// Redirect URIs of single-page apps: the proof key is a must, and refresh tokens live for a day.
    #[serde(default)]
    pub(crate) spa_redirect_uris: Vec<String>,
    /// Delegated permissions with consent.
    #[serde(default)]
    pub(crate) delegated: Vec<String>,
    /// Application permissions with consent.
    #[serde(default)]
    pub(crate) application: Vec<String>,
    #[serde(default)]
    pub(crate) audience: Audience,
    /// When given, app-only calls reach these addresses only; the rest answers 403 as under an application access policy.
    #[serde(default, rename = "appOnlyMailboxes")]
    pub(crate) fence: Option<Vec<String>>,
    /// Whether an administrator consented since `adminConsentRequired` was switched on.
    #[serde(default)]
    pub(crate) admin_consented: bool,
    /// The fence before its last change, and until when that still holds.
    #[serde(skip)]
    pub(crate) former_fence: Option<(Timestamp, Option<Vec<String>>)>,
}

impl App {
    /// Whether an app-only token of this app may reach a mailbox.
    pub(crate) fn reaches(&self, address: &str, now: Timestamp) -> bool {
        let former = self.former_fence.as_ref();
        let fence = match former {
            Some((until, former)) if *until > now => former,
            _ => &self.fence,
        };
        fence.as_ref().is_none_or(|fence| {
            fence
                .iter()
                .any(|inside| inside.eq_ignore_ascii_case(address))
        })
    }

    /// Whether a redirect URI is a single-page app's.
    pub(crate) fn is_spa(&self, redirect_uri: &str) -> bool {
        self.spa_redirect_uris
            .iter()
            .any(|known| known == redirect_uri)
    }

    /// Whether a secret is one of the app's.
    pub(crate) fn secret_is(&self, secret: &str) -> bool {
        [&self.client_secret, &self.second_secret]
            .into_iter()
            .flatten()
            .any(|own| own == secret)
    }
}
