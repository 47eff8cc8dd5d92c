//! Subscriptions and their notifications, through the front door: HTTP on a port of its own, the clock turned, nothing slept.

mod create;
mod deliver;
mod endpoint;
mod fault;
mod form;
mod handshake;
mod hook;
mod keep;
mod lifecycle;
mod list;
mod nobody;
mod object;
mod permission;
mod rules;
mod signin;
mod stage;
mod validate;
mod withdrawn;
