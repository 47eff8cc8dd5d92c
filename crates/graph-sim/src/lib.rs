//! A pretend Microsoft 365 over HTTP, strict by default; depends on no maildesk crate.
