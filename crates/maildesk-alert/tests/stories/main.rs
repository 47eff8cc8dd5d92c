//! Alerts at work: a real store, and a Microsoft that answers as a story says.

mod mailing;
mod world;
