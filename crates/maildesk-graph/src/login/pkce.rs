//! PKCE: the code alone is worth nothing to whoever did not begin the sign-in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maildesk_model::{Entropy, Secret};
use sha2::{Digest, Sha256};

/// A code verifier; its hash goes into the authorize URL, itself into the token request.
#[derive(Clone, Debug)]
pub struct Pkce {
    verifier: Secret,
}

impl Pkce {
    /// A fresh one: 32 random bytes as 43 letters, as RFC 7636 (4.1) suggests.
    pub fn fresh(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 32];
        entropy.fill(&mut bytes);
        Self::stored(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// One that was kept between the start and the callback.
    pub const fn stored(verifier: Secret) -> Self {
        Self { verifier }
    }

    /// The verifier, to keep it or to redeem with it.
    pub const fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// The `S256` challenge.
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        let pkce = Pkce::stored(Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert_eq!(
            pkce.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
