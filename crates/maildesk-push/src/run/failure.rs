//! A call that did not succeed: its words for the panel, and what it is called by those who decide,
//! in `plan::refusal` and `readiness`.

use maildesk_connect::ConnectError;
use maildesk_graph::GraphError;
use maildesk_model::mailbox::Trouble;

use crate::plan::refusal::Refusal;
use crate::readiness::Failure;
use crate::words::trouble;

/// A call, or the session for it, failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// No session could be had. Never the store's trouble.
    Connect(ConnectError),
    /// Graph said no.
    Graph(GraphError),
    /// Graph did not accept a token that was issued because it had refused one before.
    TokenAgain(GraphError),
    /// A twin that is not ours stands in the way.
    ForeignTwin(GraphError),
}

impl Failed {
    /// Code, message and remedy: Graph's words where it spoke.
    pub(super) fn trouble(&self) -> Trouble {
        match self {
            Self::Connect(error) => error.trouble(),
            Self::Graph(error) | Self::TokenAgain(error) => error.trouble(),
            Self::ForeignTwin(error) => trouble(
                error.code(),
                error.message(),
                "Another installation that uses the same Microsoft app has a subscription on this mailbox already. Turn push off for the mailbox there, or give this server an app registration of its own.",
            ),
        }
    }

    /// Whether Microsoft heard an answer to its probe, though not the one it wants.
    pub(super) fn was_answered(&self) -> bool {
        let Self::Graph(error @ GraphError::ValidationFailed { .. }) = self else {
            return false;
        };
        // Where nothing was heard, no status is named (facts.md 1.7).
        error.message().contains("HTTP status code")
    }

    /// What it says about readiness.
    pub(super) const fn kind(&self) -> Failure {
        match self {
            Self::Connect(error) => match error {
                ConnectError::NotSignedIn | ConnectError::SignInAgain(_) => Failure::Token,
                ConnectError::Later { .. } => Failure::Unreachable,
                _ => Failure::Ours,
            },
            Self::Graph(error) => match error {
                GraphError::TokenRejected { .. } | GraphError::SignInAgain { .. } => Failure::Token,
                GraphError::NotAllowed { .. } => Failure::Permission,
                GraphError::Throttled { .. } | GraphError::Later { .. } => Failure::Unreachable,
                _ => Failure::Mailbox,
            },
            Self::TokenAgain(_) => Failure::Token,
            Self::ForeignTwin(_) => Failure::Ours,
        }
    }

    /// What the plan calls it.
    pub(super) fn refusal(&self) -> Refusal {
        match self {
            Self::Connect(error) => match error {
                ConnectError::NotSignedIn | ConnectError::SignInAgain(_) => Refusal::SignIn,
                ConnectError::Later { retry_after, .. } => {
                    Refusal::Later(retry_after.unwrap_or_default())
                }
                _ => Refusal::Installation,
            },
            Self::Graph(error) => of_graph(error),
            Self::TokenAgain(_) => Refusal::SignIn,
            Self::ForeignTwin(_) => Refusal::ForeignTwin,
        }
    }
}

/// What the plan calls an answer of Graph's.
pub(super) fn of_graph(error: &GraphError) -> Refusal {
    match error {
        GraphError::Throttled { retry_after, .. } | GraphError::Later { retry_after, .. } => {
            Refusal::Later(retry_after.unwrap_or_default())
        }
        GraphError::TokenRejected { .. } => Refusal::Token,
        GraphError::SignInAgain { .. } => Refusal::SignIn,
        GraphError::NotAllowed { .. } => Refusal::NotAllowed,
        GraphError::NotFound { .. } => Refusal::Gone,
        GraphError::Conflict { .. } => Refusal::Twin,
        GraphError::TooLong { .. } => Refusal::TooLong,
        GraphError::ValidationFailed { .. } => Refusal::Probe,
        GraphError::DeltaExpired { .. } | GraphError::Refused { .. } => Refusal::Refused,
    }
}
