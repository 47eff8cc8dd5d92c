//! `/v1.0`: the pipeline that every call goes through, and the operations behind it.
//!
//! Who is asking (`auth`), may this mailbox take another call (`throttle`), does a fault strike, then the operation.
//! A batch item goes through the same pipeline as a request of its own.

mod auth;
mod call;
mod pipeline;
mod throttle;

pub(crate) use auth::Caller;
pub(crate) use call::Call;
pub(crate) use pipeline::serve;
pub(crate) use throttle::Throttle;
