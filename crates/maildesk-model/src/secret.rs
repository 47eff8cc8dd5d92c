//! Text that must never be printed: tokens, client secrets, a subscription's `clientState`.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A secret text. `Debug` shows nothing of it, it is wiped when dropped, and there is no `Display`.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself. Every call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Compares in time that depends on the lengths only, so that an attacker learns nothing
    /// from how long a wrong guess took.
    pub fn matches(&self, other: &str) -> bool {
        use subtle::ConstantTimeEq;
        self.expose().as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_nothing_and_compares_whole() {
        let secret = Secret::new("abc");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert!(secret.matches("abc"));
        assert!(!secret.matches("ab") && !secret.matches("abd") && !secret.matches(""));
    }
}
