//! What went wrong with a call to Graph, as the decision that is the caller's.

pub(crate) mod classify;
pub(crate) mod mask;
mod remedy;

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_model::mailbox::Trouble;

/// What Graph said, made safe to show: addresses and links are masked, the length is bounded.
/// Where Graph said nothing, the code is one of ours and the message says what happened.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Said {
    /// The HTTP status; 0 where no answer came.
    pub status: u16,
    /// Graph's code as it spelled it, or one of ours in `snake_case`.
    pub code: String,
    /// Graph's message, or ours.
    pub message: String,
    /// The `request-id` header, which Microsoft's support asks for.
    pub request_id: Option<String>,
    /// Graph's `Date` header.
    pub date: Option<Timestamp>,
}

/// A call that did not end well. The variant is what the caller can do about it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GraphError {
    /// Too many calls (429, 509). The call was not carried out.
    #[error("Microsoft asks to slow down ({})", .said.code)]
    Throttled {
        /// How long Graph asks to wait, where it says so.
        retry_after: Option<Duration>,
        /// Too many at once for this mailbox, rather than too many in a while. The session has
        /// already waited for its own calls to end.
        concurrency: bool,
        /// Graph's words.
        said: Box<Said>,
    },
    /// Nobody's fault (5xx, network, no answer in time): the same call may well succeed later.
    #[error("Microsoft could not answer ({})", .said.code)]
    Later {
        /// A write may have been carried out all the same: look before writing again (S6).
        maybe_done: bool,
        /// How long Graph asks to wait, where it says so.
        retry_after: Option<Duration>,
        /// Graph's words.
        said: Box<Said>,
    },
    /// The token was not accepted: take a fresh one and try once more (401).
    #[error("Microsoft did not accept the token ({})", .said.code)]
    TokenRejected {
        /// Graph's words.
        said: Box<Said>,
    },
    /// A person has to sign in again; a fresh token would be refused too.
    #[error("Microsoft wants a new sign-in ({})", .said.code)]
    SignInAgain {
        /// What the sign-in must satisfy, as JSON; passed on in the authorize URL.
        claims: Option<String>,
        /// Graph's words.
        said: Box<Said>,
    },
    /// Permission or policy is missing, or a quota is used up (403). Asking again changes nothing
    /// until a person has changed something.
    #[error("Microsoft does not allow this ({})", .said.code)]
    NotAllowed {
        /// Graph's words.
        said: Box<Said>,
    },
    /// The thing is not there: gone, moved out of sight, or not readable yet (404). For a
    /// subscription: it has ended, create a new one.
    #[error("Microsoft does not know it ({})", .said.code)]
    NotFound {
        /// Graph's words.
        said: Box<Said>,
    },
    /// The delta link is worth nothing any more: reconcile the folder from scratch (S3).
    #[error("Microsoft has dropped the state behind the delta link ({})", .said.code)]
    DeltaExpired {
        /// Graph's words.
        said: Box<Said>,
    },
    /// There is a twin of the subscription already (409): delete it, then create again (P10).
    #[error("Microsoft has such a subscription already")]
    Conflict {
        /// The twin's id, where Graph named it.
        existing: Option<String>,
        /// Graph's words.
        said: Box<Said>,
    },
    /// The subscription was asked for too long a life: ask for less (P12).
    #[error("Microsoft refuses so long a life of the subscription")]
    TooLong {
        /// The longest Graph says it allows, in minutes, where it says so.
        max_minutes: Option<u32>,
        /// Graph's words.
        said: Box<Said>,
    },
    /// Microsoft's probe of our public address did not get the right answer (facts.md 1.7).
    #[error("Microsoft could not validate the public address")]
    ValidationFailed {
        /// Graph's words, which say what its probe saw.
        said: Box<Said>,
    },
    /// Anything else Graph will not do. The same call will be refused again.
    #[error("Microsoft refused ({})", .said.code)]
    Refused {
        /// Graph's words.
        said: Box<Said>,
    },
}

impl GraphError {
    /// What Graph said.
    pub const fn said(&self) -> &Said {
        match self {
            Self::Throttled { said, .. }
            | Self::Later { said, .. }
            | Self::TokenRejected { said }
            | Self::SignInAgain { said, .. }
            | Self::NotAllowed { said }
            | Self::NotFound { said }
            | Self::DeltaExpired { said }
            | Self::Conflict { said, .. }
            | Self::TooLong { said, .. }
            | Self::ValidationFailed { said }
            | Self::Refused { said } => said,
        }
    }

    /// Graph's code, or ours where it gave none.
    pub fn code(&self) -> &str {
        &self.said().code
    }

    /// Graph's own words. Safe to show to administrators: addresses and links are masked.
    pub fn message(&self) -> &str {
        &self.said().message
    }

    /// What to do, in plain words.
    pub fn remedy(&self) -> &'static str {
        remedy::of(self)
    }

    /// The HTTP status; 0 where no answer came.
    pub const fn status(&self) -> u16 {
        self.said().status
    }

    /// The `request-id` header.
    pub fn request_id(&self) -> Option<&str> {
        self.said().request_id.as_deref()
    }

    /// Code, message and remedy, as screens and rows keep them.
    pub fn trouble(&self) -> Trouble {
        Trouble {
            code: self.code().to_owned(),
            message: self.message().to_owned(),
            remedy: self.remedy().to_owned(),
        }
    }
}
