//! The opaque tokens in delta links: everything a round needs to go on, so that nothing is remembered per client.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::hash::Hash;

/// Writes a token. `owner` makes those of one mailbox useless in another.
pub(crate) fn seal(owner: u64, state: &impl Serialize) -> String {
    let json = serde_json::to_vec(state).expect("tokens have string keys only");
    let check = Hash::new(owner).bytes(&json).finish().to_be_bytes();
    // Scrambled with its own check value: nobody should be tempted to look inside.
    let noise = Hash::new(u64::from_be_bytes(check)).noise(json.len());
    let scrambled: Vec<u8> = check
        .into_iter()
        .chain(json.iter().zip(noise).map(|(byte, noise)| byte ^ noise))
        .collect();
    URL_SAFE_NO_PAD.encode(scrambled)
}

/// Reads a token; `None` when it is not one of this owner's.
pub(crate) fn open<T: DeserializeOwned>(owner: u64, token: &str) -> Option<T> {
    let scrambled = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (check, body) = scrambled.split_first_chunk::<8>()?;
    let noise = Hash::new(u64::from_be_bytes(*check)).noise(body.len());
    let json: Vec<u8> = body
        .iter()
        .zip(noise)
        .map(|(byte, noise)| byte ^ noise)
        .collect();
    let valid = Hash::new(owner).bytes(&json).finish().to_be_bytes() == *check;
    valid.then(|| serde_json::from_slice(&json).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_only_for_its_owner_and_only_unchanged() {
        let token = seal(1, &("inbox", 5));
        assert_eq!(
            open::<(String, u32)>(1, &token),
            Some(("inbox".to_owned(), 5))
        );
        assert_eq!(open::<(String, u32)>(2, &token), None);
        assert_eq!(open::<(String, u32)>(1, &token[1..]), None);
        assert_eq!(open::<(String, u32)>(1, ""), None);
    }
}
