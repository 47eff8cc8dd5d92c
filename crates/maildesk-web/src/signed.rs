//! What this server has written into an address, for one session: whoever is sent such an address by
//! somebody else gets nothing by it.
//!
//! The key is the session's own secret for forms.

use maildesk_model::Secret;
use ring::hmac;

use crate::auth::hex;

/// The sign of a text, for an address.
pub(crate) fn sign(key: &Secret, text: &str) -> String {
    hex(hmac::sign(&hmac_key(key), text.as_bytes()).as_ref())
}

/// Whether we have signed this text for this session; compared in constant time.
pub(crate) fn is_signed(key: &Secret, text: &str, sign: &str) -> bool {
    let bytes = (0..sign.len()).step_by(2).map(|at| {
        let pair = sign.get(at..at + 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes: Option<Vec<u8>> = bytes.collect();
    bytes.is_some_and(|bytes| hmac::verify(&hmac_key(key), text.as_bytes(), &bytes).is_ok())
}

fn hmac_key(key: &Secret) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.expose().as_bytes())
}
