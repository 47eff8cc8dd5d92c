//! The program: subcommands, settings, wiring, start and stop.
//!
//! Nothing is decided here. The program reads the settings, builds the clock, the randomness and
//! the HTTP clients, hands them to the rooms, mounts the routers of web, push and connect side by
//! side, and stops everything in order. [`app::App`] is the whole of it in one process; `serve`,
//! `demo` and the tests start the same one.

pub mod app;
pub mod cli;
pub mod config;
