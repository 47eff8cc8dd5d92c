//! Live views: the event stream, read from the journal and from nothing else.
//!
//! Each stream is one small task that reads the journal after its position, with the rights its
//! viewer has *now*, and hands one frame at a time to the connection. Nothing is queued: a reader
//! that does not keep up makes its own stream wait, and one that stands still is dropped. What was
//! missed is in the journal, so a reconnect with `Last-Event-ID` goes on where it broke off.

pub(crate) mod events;
mod feed;
mod position;
pub(crate) mod shown;
mod wire;
