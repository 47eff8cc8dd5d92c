//! Sign-in, mail, delta, limits and the control side, through the front door: HTTP on a port of its own, the clock turned, nothing slept.

mod attachments;
mod batch;
mod control;
mod delta;
mod delta_options;
mod faults;
mod folders;
mod limits;
mod meetings;
mod messages;
mod metadata;
mod outbox;
mod page;
mod permissions;
mod sending;
mod shapes;
mod signin;
mod stage;
mod throttling;
mod tokens;
