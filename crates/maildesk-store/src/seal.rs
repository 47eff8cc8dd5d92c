//! Secrets at rest: XChaCha20-Poly1305 with a key that is not in the database.
//!
//! A sealed value is one byte of form, eight bytes naming the key, a nonce of 24 bytes, and the
//! ciphertext. Table, column and row are bound to it as associated data, so that a value copied
//! into another row does not open there.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use maildesk_model::clock::Entropy;
use maildesk_model::secret::Secret;
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};

use crate::contract::{Result, StoreError};

const FORM: u8 = 1;
const KEY_ID: usize = 8;
const NONCE: usize = 24;
const HEAD: usize = 1 + KEY_ID + NONCE;

/// The key that secrets in the database are encrypted with: 32 bytes, kept outside of it.
pub struct SecretKey(SecretBox<[u8; 32]>);

impl SecretKey {
    /// Takes the key into custody.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// Reads the key as it stands in a setting: base64 of 32 bytes. `None` if it is not that.
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        Some(Self::from_bytes(bytes.try_into().ok()?))
    }

    /// Makes a new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self::from_bytes(bytes)
    }

    /// The form [`SecretKey::from_base64`] reads, for the file it is kept in.
    pub fn to_base64(&self) -> Secret {
        Secret::new(STANDARD.encode(self.0.expose_secret()))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// What a sealed value belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Table and column, as `table.column`.
    pub(crate) column: &'static str,
    /// The row's key.
    pub(crate) row: &'a str,
}

/// Seals and opens.
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
    key_id: [u8; KEY_ID],
    entropy: Arc<dyn Entropy>,
}

impl Sealer {
    pub(crate) fn new(key: &SecretKey, entropy: Arc<dyn Entropy>) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"maildesk key id");
        hash.update(key.0.expose_secret());
        let hash = hash.finalize();
        let mut key_id = [0; KEY_ID];
        key_id.copy_from_slice(&hash[..KEY_ID]);
        Self {
            cipher: XChaCha20Poly1305::new(key.0.expose_secret().into()),
            key_id,
            entropy,
        }
    }

    /// Encrypts `secret` for one place.
    pub(crate) fn seal(&self, place: Place<'_>, secret: &Secret) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        self.entropy.fill(&mut nonce);
        let mut sealed = Vec::with_capacity(HEAD + secret.expose().len() + 16);
        sealed.push(FORM);
        sealed.extend(self.key_id);
        sealed.extend(nonce);
        let aad = self.bound_to(place);
        let payload = Payload {
            msg: secret.expose().as_bytes(),
            aad: &aad,
        };
        let text = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("encrypting fails only beyond 256 GiB");
        sealed.extend(text);
        sealed
    }

    /// Decrypts what was sealed for the same place with the same key.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret> {
        let wrong = |why: &str| StoreError::Corrupt(format!("{} {why}", place.column));
        let (head, text) = sealed
            .split_at_checked(HEAD)
            .filter(|(head, _)| head[0] == FORM)
            .ok_or_else(|| wrong("is not an encrypted value"))?;
        if head[1..=KEY_ID] != self.key_id {
            return Err(wrong("was encrypted with another key"));
        }
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&head[1 + KEY_ID..]);
        let aad = self.bound_to(place);
        let plain = self
            .cipher
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: text,
                    aad: &aad,
                },
            )
            .map_err(|_| wrong("does not open: it was changed, or moved from another row"))?;
        let text = String::from_utf8(plain).map_err(|_| wrong("is not text"))?;
        Ok(Secret::new(text))
    }

    fn bound_to(&self, place: Place<'_>) -> Vec<u8> {
        let mut aad = self.key_id.to_vec();
        aad.extend(place.column.as_bytes());
        aad.push(0);
        aad.extend(place.row.as_bytes());
        aad
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Counting(std::sync::atomic::AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    fn sealer(key: u8) -> Sealer {
        let entropy = Arc::new(Counting(std::sync::atomic::AtomicU8::new(1)));
        Sealer::new(&SecretKey::from_bytes([key; 32]), entropy)
    }

    const HERE: Place<'_> = Place {
        column: "connection.refresh_token",
        row: "7",
    };

    #[test]
    fn opens_only_where_it_was_sealed() {
        let sealer = sealer(1);
        let sealed = sealer.seal(HERE, &Secret::new("geheim"));
        assert!(!sealed.windows(6).any(|piece| piece == b"geheim"));
        assert_eq!(sealer.open(HERE, &sealed).unwrap().expose(), "geheim");
        let elsewhere = Place { row: "8", ..HERE };
        assert!(sealer.open(elsewhere, &sealed).is_err());
        assert_ne!(sealed, sealer.seal(HERE, &Secret::new("geheim")));
    }

    #[test]
    fn refuses_another_key_and_a_changed_byte() {
        let sealed = sealer(1).seal(HERE, &Secret::new("geheim"));
        let error = sealer(2).open(HERE, &sealed).unwrap_err();
        assert!(error.to_string().contains("another key"), "{error}");
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(sealer(1).open(HERE, &changed).is_err());
        assert!(sealer(1).open(HERE, &sealed[..20]).is_err());
    }

    #[test]
    fn keys_travel_as_base64() {
        let key = SecretKey::from_bytes([9; 32]);
        let text = key.to_base64();
        let again = SecretKey::from_base64(&format!(" {}\n", text.expose())).unwrap();
        assert_eq!(again.0.expose_secret(), &[9; 32]);
        assert!(SecretKey::from_base64("c2hvcnQ=").is_none());
        assert_eq!(format!("{key:?}"), "SecretKey(…)");
    }
}
