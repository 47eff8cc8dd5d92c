//! Subscriptions and their notifications, through the front door: HTTP on a port of its own, the clock turned, nothing slept.

mod create;
mod deliver;
mod endpoint;
mod fault;
mod hook;
mod keep;
mod lifecycle;
mod list;
mod signin;
mod stage;
mod validate;
