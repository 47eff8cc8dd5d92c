//! What went wrong with a sign-in or a token, as the decision that is the caller's.

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_model::mailbox::Trouble;

use super::meaning;
use crate::error::Said;
use crate::error::mask::mask;
use crate::transport::TransportError;
use crate::wire::token::TokenErrorBody;

/// Numbers that mean "not now", whatever `error` they come with (facts.md 8.7).
const TRANSIENT: [u32; 4] = [50_033, 90_033, 90_024, 50_196];
/// Numbers that mean "an administrator of the tenant has to consent" (C7).
const ADMIN_CONSENT: [u32; 2] = [90_094, 90_095];
/// "Not consented", "declined", and the misconfigured consents (facts.md 8.7).
const CONSENT: [u32; 5] = [65_001, 65_004, 65_005, 650_056, 650_057];
/// A refresh token that is not valid, which also strikes good ones now and then (facts.md 8.7).
const SPORADIC: u32 = 70_000;

/// A sign-in or token request that did not end well.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LoginError {
    /// The refresh token or code is worth nothing any more: the person signs in again.
    #[error("Microsoft no longer accepts the sign-in ({})", numbered(.said, .codes))]
    InvalidGrant {
        /// Entra's `suberror`, such as `basic_action` or `bad_token`.
        suberror: Option<String>,
        /// The `AADSTS` numbers.
        codes: Vec<u32>,
        /// What the next sign-in must satisfy, as JSON; passed on in the authorize URL.
        claims: Option<String>,
        /// Entra's words.
        said: Box<Said>,
    },
    /// The person has to do something (a second factor, a policy) that only a sign-in page can ask.
    #[error("Microsoft wants the person to sign in ({})", .said.code)]
    InteractionRequired {
        /// What the next sign-in must satisfy.
        claims: Option<String>,
        /// Entra's words.
        said: Box<Said>,
    },
    /// The app's own secret or certificate was refused: one alarm for the installation (C3).
    #[error("Microsoft does not accept the app's secret ({})", numbered(.said, .codes))]
    InvalidClient {
        /// The `AADSTS` numbers; 7000222 is an expired secret, 7000215 a wrong one.
        codes: Vec<u32>,
        /// Entra's words.
        said: Box<Said>,
    },
    /// A permission was not consented to.
    #[error("a permission was not consented to ({})", .said.code)]
    Consent {
        /// Only an administrator of the tenant can consent (90094, 90095).
        by_admin: bool,
        /// Entra's words.
        said: Box<Said>,
    },
    /// The app registration, the tenant or the request itself is wrong; a person must mend it.
    #[error("the app registration does not fit ({})", .said.code)]
    Config {
        /// Entra's words, or ours.
        said: Box<Said>,
    },
    /// Nobody's fault: again later.
    #[error("the sign-in service could not answer ({})", .said.code)]
    Later {
        /// How long it asks to wait.
        retry_after: Option<Duration>,
        /// Its words.
        said: Box<Said>,
    },
}

fn numbered(said: &Said, codes: &[u32]) -> String {
    codes.first().map_or_else(
        || said.code.clone(),
        |number| format!("{}, AADSTS{number}", said.code),
    )
}

impl LoginError {
    /// What Entra said.
    pub const fn said(&self) -> &Said {
        match self {
            Self::InvalidGrant { said, .. }
            | Self::InteractionRequired { said, .. }
            | Self::InvalidClient { said, .. }
            | Self::Consent { said, .. }
            | Self::Config { said }
            | Self::Later { said, .. } => said,
        }
    }

    /// Entra's `error` word, or ours where it gave none.
    pub fn code(&self) -> &str {
        &self.said().code
    }

    /// Entra's own words, masked; they begin with the `AADSTS` number.
    pub fn message(&self) -> &str {
        &self.said().message
    }

    /// Whether the same refresh may be tried once more before anybody is troubled (C3).
    pub fn may_be_sporadic(&self) -> bool {
        matches!(self, Self::InvalidGrant { codes, .. } if codes.contains(&SPORADIC))
    }

    /// The claims to pass on to the next sign-in.
    pub fn claims(&self) -> Option<&str> {
        match self {
            Self::InvalidGrant { claims, .. } | Self::InteractionRequired { claims, .. } => {
                claims.as_deref()
            }
            _ => None,
        }
    }

    /// What to do, in plain words: what Entra's number asks for, else what the case does.
    pub fn remedy(&self) -> &'static str {
        meaning::of(&numbers_in(self.message())).unwrap_or_else(|| self.usual_remedy())
    }

    const fn usual_remedy(&self) -> &'static str {
        match self {
            Self::InvalidGrant { .. } | Self::InteractionRequired { .. } => {
                "Reconnect the mailbox: its owner has to sign in to Microsoft once more. Mail that is here stays, and sync goes on where it stopped."
            }
            Self::InvalidClient { .. } => {
                "Create a new client secret (or upload the certificate) in the Microsoft Entra admin center under App registrations, and enter it in MailDesk's Microsoft app settings. All mailboxes wait until then."
            }
            Self::Consent { by_admin: true, .. } => {
                "An administrator of the Microsoft 365 tenant has to consent first: send them the admin consent link, then sign in again."
            }
            Self::Consent { .. } => {
                "Sign in again and accept the permissions MailDesk asks for; where the tenant does not allow that, an administrator has to consent first."
            }
            Self::Config { .. } => {
                "Check the Microsoft app settings against the app registration in the Microsoft Entra admin center: client id, tenant, account types, redirect URI and permissions."
            }
            Self::Later { .. } => {
                "Nothing to do at once: MailDesk tries again by itself. If it lasts, check that this server can reach Microsoft's sign-in service."
            }
        }
    }

    /// Code, message and remedy, as screens and rows keep them.
    pub fn trouble(&self) -> Trouble {
        Trouble {
            code: self.code().to_owned(),
            message: self.message().to_owned(),
            remedy: self.remedy().to_owned(),
        }
    }

    /// What the callback was sent instead of a code: `error` and `error_description` of its query
    /// (facts.md 8.7). The numbers stand in the description only.
    pub fn of_callback(error: &str, description: &str) -> Self {
        let body = TokenErrorBody {
            error: Some(error.to_owned()),
            error_description: Some(description.to_owned()),
            error_codes: Some(numbers_in(description)),
            ..TokenErrorBody::default()
        };
        Self::of_body(body, 0, None, None)
    }

    /// No answer came.
    pub(crate) fn lost(error: &TransportError) -> Self {
        let code = match error {
            TransportError::Connect(_) => "no_connection",
            TransportError::Timeout => "no_answer",
            TransportError::Broken(_) => "connection_broke",
            TransportError::TooLarge { .. } => "answer_too_large",
        };
        Self::later(code, &error.to_string())
    }

    /// Trouble of ours on the way to the endpoint.
    pub(crate) fn config(code: &str, message: &str) -> Self {
        Self::Config {
            said: Box::new(ours(code, message)),
        }
    }

    pub(crate) fn later(code: &str, message: &str) -> Self {
        Self::Later {
            retry_after: None,
            said: Box::new(ours(code, message)),
        }
    }

    /// An error body. `error` (and `suberror`) decide; numbers only where the table of facts.md
    /// 8.7 gives them a meaning of their own.
    pub(crate) fn of_body(
        body: TokenErrorBody,
        status: u16,
        retry_after: Option<Duration>,
        date: Option<Timestamp>,
    ) -> Self {
        let codes = body.error_codes.unwrap_or_default();
        let error = body.error.unwrap_or_default();
        let said = Box::new(Said {
            status,
            code: if error.is_empty() {
                format!("http_{status}")
            } else {
                mask(&error)
            },
            message: words(body.error_description.as_deref(), status),
            request_id: body.trace_id.map(|id| mask(&id)),
            date,
        });
        let is = |known: &[u32]| codes.iter().any(|code| known.contains(code));
        let consent = body.suberror.as_deref() == Some("consent_required");
        if is(&TRANSIENT) || status == 429 || status >= 500 {
            return Self::Later { retry_after, said };
        }
        if is(&ADMIN_CONSENT) {
            let by_admin = true;
            return Self::Consent { by_admin, said };
        }
        if consent || is(&CONSENT) {
            let by_admin = false;
            return Self::Consent { by_admin, said };
        }
        match error.as_str() {
            "invalid_grant" => Self::InvalidGrant {
                suberror: body.suberror,
                codes,
                claims: body.claims,
                said,
            },
            "interaction_required" | "login_required" => Self::InteractionRequired {
                claims: body.claims,
                said,
            },
            // The app is unknown in the tenant: not its secret is wrong, but its id or tenant.
            "invalid_client" if !codes.contains(&700_016) => Self::InvalidClient { codes, said },
            "consent_required" | "access_denied" => Self::Consent {
                by_admin: false,
                said,
            },
            "temporarily_unavailable" | "server_error" => Self::Later { retry_after, said },
            _ => Self::Config { said },
        }
    }
}

fn ours(code: &str, message: &str) -> Said {
    Said {
        code: code.to_owned(),
        message: mask(message),
        ..Said::default()
    }
}

/// The description without the ids and the time behind it, which differ on every try.
fn words(description: Option<&str>, status: u16) -> String {
    let description = description.unwrap_or_default();
    let end = description.find("Trace ID:").unwrap_or(description.len());
    let text = mask(&description[..end]);
    if text.is_empty() {
        format!("The sign-in service answered {status} without saying why.")
    } else {
        text
    }
}

/// The numbers of `AADSTSnnn` in a text.
fn numbers_in(text: &str) -> Vec<u32> {
    text.split("AADSTS")
        .skip(1)
        .filter_map(|rest| {
            let digits: String = rest
                .chars()
                .take_while(char::is_ascii_digit)
                .take(9)
                .collect();
            digits.parse().ok()
        })
        .collect()
}
