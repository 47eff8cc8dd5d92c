//! What to do, decided without doing it: no waiting, no database, no time of day.
//!
//! Each file answers one question from what it is handed, and is tested by tables. `run` performs
//! what is decided here and has no opinions of its own. A new decision is a new function here.

pub(crate) mod consequence;
pub(crate) mod counts;
pub(crate) mod draft;
pub(crate) mod hint;
pub(crate) mod intent;
pub(crate) mod next;
pub(crate) mod page;
pub(crate) mod scope;
pub(crate) mod sweep;
