//! Speaks Microsoft Graph and Entra correctly; knows no database, no policy, no page.
//!
//! [`Graph`] holds what all calls share: the [`Transport`](transport::Transport) that was handed
//! in, the [`Hosts`] of the cloud, and a cap over the whole server. [`Graph::session`] makes a
//! [`Session`] for one mailbox and one token; every operation of Graph that MailDesk needs is a
//! method of it, written in a file of its own under `op/`. [`Login`] does the same for Entra.
//!
//! Foreign shapes stop here: the serde types in `wire/` are private and are turned once into the
//! nouns of `maildesk-model` or the plain structs of this crate. Errors are decisions
//! ([`GraphError`], [`LoginError`]); [`retry`] says, without doing it, how long to wait.
//!
//! To add an operation: one file in `op/` that names its route in a `Simulator:` line, its wire
//! type in `wire/`, and a story in `tests/`. Nothing here retries on its own (but for one case,
//! see [`gate`]), stores anything, or decides what an answer means for a mailbox.

pub mod draft;
pub mod error;
pub mod folder;
pub mod gate;
pub mod hosts;
pub mod link;
pub mod login;
pub mod message;
pub mod notification;
pub mod reply;
pub mod retry;
pub mod session;
pub mod subscription;
pub mod transport;

mod call;
mod op;
mod query;
mod wire;

pub use draft::{DraftMail, NewFile, Part, Upload};
pub use error::{GraphError, Said};
pub use folder::RemoteFolder;
pub use gate::{MailboxGate, Urgency};
pub use hosts::Hosts;
pub use link::DeltaLink;
pub use login::{Login, LoginError, Scopes, Tokens};
pub use message::{
    BodiesFrom, DeltaFrom, DeltaItem, DeltaNext, DeltaPage, MessagePatch, NewMail, Page, Want,
};
pub use op::{AttachmentBytes, Me};
pub use reply::Reply;
pub use session::{Graph, Session, Settings, Who};
pub use subscription::{NewSubscription, RemoteSubscription};
