//! A real Chromium, driven by WebDriver (W3C) as a person drives it: by roles, labels and texts.
//!
//! - [`driver`]: the chromedriver process and its session.
//! - [`page`]: what a person does and sees: going, clicking, filling in, reading.
//! - [`watch`]: what the browser itself says: requests, refusals, console, accessibility (axe-core).
//! - [`mod@story`]: a browser for one test, with a picture of the page when the test fails.
//! - [`trap`]: where every request ends that leaves this machine's own servers.
//!
//! The protocol is spoken here in a few lines of JSON over HTTP, because the ready clients bring a
//! second time library and an older `http` along.

pub mod driver;
pub mod page;
pub mod story;
pub mod trap;
pub mod watch;

pub use driver::{Browser, Options};
pub use story::story;
