//! A pretend Microsoft 365 over HTTP, strict by default; depends on no maildesk crate.
//!
//! # Rooms
//! | room | what is in it |
//! |---|---|
//! | `sim` | the value that others start: `Sim`, `Config` |
//! | `clock`, `outbound`, `hash`, `sync` | what is handed in, and what makes runs repeatable |
//! | `world` | the tenant: apps, accounts, tokens given out |
//! | `mailbox` | one mailbox: folders, messages, log of changes, edits; no HTTP, no permissions, no faults |
//! | `fault` | the document of `PUT /sim/faults` and the decision whether a fault strikes |
//! | `journal` | what happened on the wire |
//! | `answer` | answers and refusals in Graph's shape |
//! | `graph` | `/v1.0`: the pipeline and the operations |
//! | `signin` | `/{tenant}/oauth2/v2.0/…` and `/{tenant}/adminconsent` |
//! | `subscription` | `/v1.0/subscriptions…`, validation of webhooks |
//! | `delivery` | from a change to a delivered notification |
//! | `control` | `/sim/…` |
//! | `page` | `/`, the mailbox in a browser |
//! | `keep`, `tls` | the world on disk; serving over https |

mod answer;
mod clock;
mod control;
mod delivery;
mod fault;
mod graph;
mod hash;
mod journal;
mod json;
mod keep;
mod mailbox;
mod outbound;
mod page;
mod plain;
mod signin;
mod sim;
mod subscription;
mod sync;
mod tls;
mod world;

pub use clock::{Clock, Sleep, SystemClock};
pub use fault::{Cloud, Death, DeleteTo, MailFaults};
pub use fault::{
    DeltaFaults, Faults, GraphFaults, NotificationFaults, Rate, SubscriptionFaults, TokenFaults,
    UnknownKeys, ValidationFaults, Year,
};
pub use journal::{Entry, Side};
pub use keep::KeepError;
pub use outbound::{HttpOutbound, Outbound, OutboundCall, OutboundError};
pub use sim::{Config, Secure, Sim};
