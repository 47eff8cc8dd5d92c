//! Graph as a whole, and one mailbox of it.

use std::fmt;
use std::sync::Arc;

use maildesk_model::{Clock, Entropy, Secret};

use crate::error::GraphError;
use crate::error::classify;
use crate::gate::{MailboxGate, ServerCap, Urgency};
use crate::hosts::Hosts;
use crate::link::DeltaLink;
use crate::query::Address;
use crate::reply::Reply;
use crate::transport::Transport;

/// The limits of one server's calls to Graph.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Calls at once over all mailboxes. Graph itself would allow far more (13,000 a second,
    /// facts.md 6); this bounds sockets and memory.
    pub in_flight_max: usize,
    /// How many of them may be history, so that clicks and notifications find a place.
    pub history_in_flight_max: usize,
    /// No JSON answer may be larger than this. Attachments are streamed and not bounded here.
    pub answer_max_bytes: usize,
    /// Sent as `User-Agent`; Microsoft asks for one that names the product.
    pub user_agent: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            in_flight_max: 64,
            history_in_flight_max: 48,
            answer_max_bytes: 64 * 1024 * 1024,
            user_agent: concat!("MailDesk/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Graph: the way out, its hosts, and the cap over all calls of this server. Clones share it.
#[derive(Clone, Debug)]
pub struct Graph {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) hosts: Hosts,
    pub(crate) settings: Settings,
    pub(crate) cap: ServerCap,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// Whose mailbox: which path form is called.
#[derive(Clone, PartialEq, Eq)]
pub enum Who {
    /// The person the token belongs to (`me`).
    Me,
    /// A user by address or Graph id (`users/{…}`).
    User(String),
}

/// The address stays out of logs.
impl fmt::Debug for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Me => "Me",
            Self::User(_) => "User(…)",
        })
    }
}

/// One mailbox, one token: every operation is a method, see `op/`. Cheap to clone; it does not
/// notice that its token ages, so take a new one from whoever hands them out for each piece of work.
#[derive(Clone, Debug)]
pub struct Session {
    pub(crate) graph: Graph,
    pub(crate) who: Who,
    pub(crate) token: Secret,
    pub(crate) gate: MailboxGate,
    pub(crate) urgency: Urgency,
}

impl Graph {
    /// Takes everything it needs; `transport` must follow no redirects.
    pub fn new(
        transport: Arc<dyn Transport>,
        hosts: Hosts,
        settings: Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let cap = ServerCap::new(settings.in_flight_max, settings.history_in_flight_max);
        Self {
            shared: Arc::new(Shared {
                transport,
                hosts,
                settings,
                cap,
                clock,
                entropy,
            }),
        }
    }

    /// The hosts it talks to.
    pub fn hosts(&self) -> &Hosts {
        &self.shared.hosts
    }

    /// A session for one mailbox. `gate` must be the one gate of this mailbox and lane.
    pub fn session(&self, who: Who, token: Secret, gate: MailboxGate) -> Session {
        Session {
            graph: self.clone(),
            who,
            token,
            gate,
            urgency: Urgency::Now,
        }
    }
}

impl Session {
    /// The same session, its calls as urgent as said.
    #[must_use]
    pub fn with_urgency(&self, urgency: Urgency) -> Self {
        Self {
            urgency,
            ..self.clone()
        }
    }

    /// Whose mailbox it is.
    pub const fn who(&self) -> &Who {
        &self.who
    }

    /// The token, to tell whether a newer one is at hand.
    pub const fn token(&self) -> &Secret {
        &self.token
    }

    /// How many calls of this mailbox run now, in this lane.
    pub fn in_flight(&self) -> usize {
        self.gate.in_flight()
    }

    /// `/v1.0`, without the mailbox.
    pub(crate) fn root(&self) -> Address {
        Address::new(self.graph.hosts().graph_base()).then("v1.0")
    }

    /// `/v1.0/me` or `/v1.0/users/{…}`.
    pub(crate) fn mailbox(&self) -> Address {
        match &self.who {
            Who::Me => self.root().then("me"),
            Who::User(user) => self.root().then("users").id(user),
        }
    }

    /// `…/mailFolders/{id}`; `folder` is an id or a well-known name.
    pub(crate) fn at_folder(&self, folder: &str) -> Address {
        self.mailbox().then("mailFolders").id(folder)
    }

    /// `…/messages/{id}`.
    pub(crate) fn at_message(&self, message: &str) -> Address {
        self.mailbox().then("messages").id(message)
    }

    /// The reply, if the link in it leads to the Graph host; nothing else may be stored or
    /// followed.
    pub(crate) fn checked<T>(
        &self,
        reply: Reply<T>,
        link: impl FnOnce(&T) -> Option<&DeltaLink>,
    ) -> Result<Reply<T>, GraphError> {
        let leads_away =
            link(&reply.value).is_some_and(|link| !self.graph.hosts().is_graph(link.expose()));
        if leads_away {
            return Err(classify::foreign_link(reply.request_id, reply.date));
        }
        Ok(reply)
    }
}
