//! MailDesk in a real Chromium, against the simulator on another site (`localhost` and `127.0.0.1`).

mod assistant;
mod compose;
mod first_start;
mod harness;
mod list;
mod live;
mod nasty;
mod people;
mod steps;
mod walk;
