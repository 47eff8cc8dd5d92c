//! What a call that did not succeed means: for the panel, for readiness, and for when to try again.

use std::time::Duration;

use maildesk_connect::ConnectError;
use maildesk_graph::GraphError;
use maildesk_model::mailbox::Trouble;

use crate::plan::backoff::{self, FAILURES_OF_A_REFUSAL};
use crate::readiness::Failure;
use crate::words::trouble;

/// A call, or the session for it, failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// No session could be had. Never the store's trouble.
    Connect(ConnectError),
    /// Graph said no.
    Graph(GraphError),
    /// A twin that is not ours stands in the way.
    ForeignTwin(GraphError),
}

impl Failed {
    /// Code, message and remedy: Graph's words where it spoke.
    pub(super) fn trouble(&self) -> Trouble {
        match self {
            Self::Connect(error) => error.trouble(),
            Self::Graph(error) => error.trouble(),
            Self::ForeignTwin(error) => trouble(
                error.code(),
                error.message(),
                "Another installation that uses the same Microsoft app has a subscription on this mailbox already. Turn push off for the mailbox there, or give this server an app registration of its own.",
            ),
        }
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
            Self::ForeignTwin(_) => Failure::Ours,
        }
    }

    /// Whether the same call may well succeed a little later, with nobody doing anything.
    pub(super) const fn may_pass(&self) -> bool {
        match self {
            Self::Graph(GraphError::ValidationFailed { .. }) => true,
            _ => matches!(self.kind(), Failure::Unreachable),
        }
    }

    /// The failures in a row after this one, which decide how long creating waits. What only a
    /// person can mend counts as many at once, so that a quota is never looped on (P16); and so
    /// does a wait that Graph asks for (S6).
    pub(super) fn failures_after(&self, before: i64) -> i64 {
        let next = before.saturating_add(1);
        if self.may_pass() {
            next.max(backoff::failures_for(self.asked_to_wait()))
        } else {
            next.max(FAILURES_OF_A_REFUSAL)
        }
    }

    /// How long Microsoft asks to wait.
    fn asked_to_wait(&self) -> Duration {
        let asked = match self {
            Self::Connect(ConnectError::Later { retry_after, .. })
            | Self::Graph(
                GraphError::Throttled { retry_after, .. } | GraphError::Later { retry_after, .. },
            ) => *retry_after,
            _ => None,
        };
        asked.unwrap_or_default()
    }

    /// Whether Microsoft's probe of our address did not get its answer, as far as Graph can tell.
    pub(super) const fn is_about_the_probe(&self) -> bool {
        matches!(self, Self::Graph(GraphError::ValidationFailed { .. }))
    }
}
