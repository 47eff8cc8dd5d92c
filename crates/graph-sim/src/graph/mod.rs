//! `/v1.0`: the pipeline that every call goes through, and the operations behind it.
//!
//! Who is asking (`auth`), may this mailbox take another call (`throttle`), does a fault strike, then the operation.
//! A batch item goes through the same pipeline as a request of its own.

mod auth;
mod batch;
mod call;
mod desk;
mod filter;
mod link;
mod op;
mod order;
mod pipeline;
mod render;
mod reshape;
mod search;
mod select;
mod strike;
mod throttle;
mod token;

pub(crate) use auth::{CLAIMS, Caller};
pub(crate) use call::Call;
pub(crate) use desk::mailbox_of;
pub(crate) use op::{UploadRoom, put_chunk};
pub(crate) use pipeline::{base_url, elapsed_ms, http_date, serve};
pub(crate) use render::preview_of;
pub(crate) use throttle::Throttle;
