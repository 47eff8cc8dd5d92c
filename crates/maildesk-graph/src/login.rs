//! Entra: signing people in, and getting tokens, as a person or as the organisation.
//!
//! [`Login`] knows the app registration and the login host and nothing of mailboxes: each of its
//! operations is a file in `op/`. Tokens are opaque (C5): they are taken, kept, sent, and never
//! looked into. What was granted is known from the answer's `scope`.

pub(crate) mod ask;
mod certificate;
mod error;
mod meaning;
mod pkce;
mod scopes;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use maildesk_model::{Clock, Entropy, Secret};

use crate::hosts::Hosts;
use crate::query::Address;
use crate::transport::Transport;

pub use certificate::{BadCertificate, Certificate, certificate_ends_at};
pub use error::LoginError;
pub use pkce::Pkce;
pub use scopes::Scopes;

/// How the app proves that it is itself.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A client secret.
    Secret(Secret),
    /// A certificate with its key; Microsoft recommends it.
    Certificate(Arc<Certificate>),
}

/// The app registration (C1).
#[derive(Clone, Debug)]
pub struct App {
    /// The application (client) id.
    pub client_id: String,
    /// The tenant: a GUID, a domain, or `common`, `organizations`, `consumers`.
    pub tenant: String,
    /// What the app proves itself with. More than one while they are rotated: when Microsoft
    /// refuses one, the next is tried and remembered.
    pub credentials: Vec<Credential>,
}

/// What the token endpoint gave.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token.
    pub access: Secret,
    /// A new refresh token, where one was given. The old one stays good (facts.md 8.3), but only
    /// the newest keeps the connection alive.
    pub refresh: Option<Secret>,
    /// How long the access token lives, from now on.
    pub expires_in: Duration,
    /// What was granted; as the organisation Entra does not say.
    pub scope: Option<Scopes>,
}

/// What a sign-in page is asked for.
#[derive(Clone, Debug)]
pub struct Authorize<'a> {
    /// Where Microsoft sends the person back to; must be registered letter for letter.
    pub redirect_uri: &'a str,
    /// The single-use state.
    pub state: &'a str,
    /// What is asked for, by short name (`Mail.ReadWrite`).
    pub scopes: &'a [&'a str],
    /// The proof that whoever redeems the code also began the sign-in.
    pub pkce: &'a Pkce,
    /// The address to offer.
    pub login_hint: Option<&'a str>,
    /// Claims an earlier refusal asked for, as it gave them.
    pub claims: Option<&'a str>,
    /// `select_account`, `consent`, …; none by default, so that a person who is signed in is not
    /// asked again.
    pub prompt: Option<&'a str>,
}

/// Entra, for one app registration. Clones share it.
#[derive(Clone)]
pub struct Login {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) hosts: Hosts,
    pub(crate) app: App,
    pub(crate) user_agent: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Which credential Microsoft accepted last.
    pub(crate) accepted: AtomicUsize,
}

impl Login {
    /// Takes everything it needs; `transport` must follow no redirects.
    pub fn new(
        transport: Arc<dyn Transport>,
        hosts: Hosts,
        app: App,
        user_agent: impl Into<String>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                transport,
                hosts,
                app,
                user_agent: user_agent.into(),
                clock,
                entropy,
                accepted: AtomicUsize::new(0),
            }),
        }
    }

    /// The app registration.
    pub fn app(&self) -> &App {
        &self.shared.app
    }

    /// `{login}/{tenant}`.
    pub(crate) fn tenant(&self) -> Address {
        Address::new(self.shared.hosts.login_base()).id(&self.shared.app.tenant)
    }

    /// `{login}/{tenant}/oauth2/v2.0/token`.
    pub(crate) fn token_url(&self) -> String {
        self.tenant()
            .then("oauth2")
            .then("v2.0")
            .then("token")
            .finish()
    }

    /// Short scope names as a request spells them: with the cloud's Graph in front, because the
    /// bare name means the global Graph (facts.md 8.1). The OpenID ones stand for themselves.
    pub(crate) fn spelled(&self, scopes: &[&str]) -> String {
        let base = self.shared.hosts.scope_base();
        let full = |name: &&str| match *name {
            "offline_access" | "openid" | "profile" | "email" => (*name).to_owned(),
            named if named.contains("://") => named.to_owned(),
            short => format!("{base}/{short}"),
        };
        scopes.iter().map(full).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("hosts", &self.shared.hosts)
            .field("client_id", &self.shared.app.client_id)
            .finish_non_exhaustive()
    }
}
