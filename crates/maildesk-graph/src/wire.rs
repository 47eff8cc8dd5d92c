//! Graph's and Entra's JSON, field for field. Private: what leaves this room are model types.
//!
//! Every struct here derives `Serialize` too, although most are only read: a test writes a fully
//! filled value of each and compares the names with Microsoft's own metadata, so a misspelled
//! field goes red instead of being silently absent.

pub(crate) mod attachment;
pub(crate) mod draft;
pub(crate) mod error;
pub(crate) mod folder;
pub(crate) mod message;
pub(crate) mod page;
pub(crate) mod subscription;
pub(crate) mod token;
pub(crate) mod user;

#[cfg(test)]
mod names;

use serde::{Deserialize, Deserializer};

/// Reads a field that may be missing, null, or have a value: with `#[serde(default)]` a missing
/// one is `None`, null is `Some(None)`. Delta items need the difference (S2).
#[expect(
    clippy::option_option,
    reason = "missing, null and a value are three different things in a delta item"
)]
pub(crate) fn said<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
