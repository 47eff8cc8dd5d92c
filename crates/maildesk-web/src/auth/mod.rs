//! Who is asking: passwords, API tokens, sessions, and what may be tried how often.
//!
//! A request is let in by an API token (`Authorization: Bearer`) or by a session cookie; both are
//! kept only as SHA-256. The command line uses [`hash_password`] and [`ApiToken`] as well, so that
//! there is one way to make either. A new way to sign in becomes a [`credential`] of its own.

mod api_token;
pub(crate) mod caller;
pub(crate) mod credential;
pub(crate) mod known_browser;
mod password;
pub(crate) mod reach;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod throttle;
mod tries;

pub use api_token::ApiToken;
pub use password::{PasswordError, hash_password, verify_password};

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The form in which tokens and cookies are kept and looked up.
pub(crate) fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Bytes as hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
