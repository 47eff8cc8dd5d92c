//! Reading requests, late: a handler first learns who asks and what they may see, and only then
//! looks at what they sent.
//!
//! That order (401 → 404 → 403 → 400/422) is why bodies and queries are not ordinary extractors
//! here: [`body::Unread`] and [`query::Asked`] hold them until the handler asks.

pub(crate) mod body;
pub(crate) mod client;
pub(crate) mod id;
pub(crate) mod query;
