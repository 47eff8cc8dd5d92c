//! API tokens: made once, shown once, kept only as their SHA-256.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maildesk_model::{Entropy, Secret};

/// So that a secret scanner, and a person, sees what it is.
const PREFIX: &str = "md_";
/// 256 bits: such a token needs no slow hash, because it cannot be guessed.
const TOKEN_BYTES: usize = 32;

/// A new API token. Whoever makes it shows [`ApiToken::secret`] once and keeps [`ApiToken::hash`].
#[derive(Clone, Debug)]
pub struct ApiToken {
    secret: Secret,
}

impl ApiToken {
    /// Makes one of 32 unpredictable bytes, written as `md_` and 43 letters of base64url.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; TOKEN_BYTES];
        entropy.fill(&mut bytes);
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        Self {
            secret: Secret::new(text),
        }
    }

    /// The token itself, for the person who asked for it.
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// What the store keeps and finds it by.
    pub fn hash(&self) -> [u8; 32] {
        super::sha256(self.secret.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Sevens;

    impl Entropy for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_token_is_recognisable_and_hashed_as_it_is_written() {
        let token = ApiToken::new(&Sevens);
        assert_eq!(
            token.secret().expose(),
            "md_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"
        );
        assert_eq!(token.hash(), crate::auth::sha256(token.secret().expose()));
        assert!(!format!("{token:?}").contains("Bwc"));
    }
}
