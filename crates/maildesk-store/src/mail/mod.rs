//! Mail rows: what is kept of a message and how everything that hangs on it is kept in step.
//!
//! The rule of this room: whoever changes a message goes through [`intake`] or [`ledger`], so that
//! shown values, counts, conversations, search words and the journal change in the same transaction.

pub(crate) mod arrive;
pub(crate) mod body;
mod contents;
pub(crate) mod conversations;
pub(crate) mod correspondents;
pub(crate) mod fold;
pub(crate) mod folders;
pub(crate) mod hints;
pub(crate) mod intake;
pub(crate) mod kept;
pub(crate) mod labelled;
pub(crate) mod ledger;
pub(crate) mod meetings;
pub(crate) mod merge;
pub(crate) mod overlay;
pub(crate) mod people;
pub(crate) mod search;
pub(crate) mod texts;
pub(crate) mod threads;
