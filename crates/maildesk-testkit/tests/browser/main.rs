//! MailDesk in a real Chromium, against the simulator on another site (`localhost` and `127.0.0.1`).

mod assistant;
mod choosing;
mod compose;
mod conversations;
mod first_start;
mod harness;
mod list;
mod live;
mod marking;
mod moving;
mod nasty;
mod people;
mod reading;
mod searching;
mod shape;
mod signatures;
mod slow;
mod steps;
mod together;
mod walk;
