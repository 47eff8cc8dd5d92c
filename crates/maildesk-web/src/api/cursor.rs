//! Cursors: opaque to clients, versioned, and of use only for the list they came from.
//!
//! A cursor grants nothing (every page asks anew what the viewer may see), so it is not signed; it
//! carries a check over its content, the list and the filters, and whatever does not fit is 400.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::error::Problem;

/// The version of the form; changes when the meaning of a payload does.
const VERSION: u8 = 1;
const CHECK_BYTES: usize = 8;
/// No cursor of ours is longer: a name of 200 letters and a key.
const LENGTH_MAX: usize = 2048;

/// A place in a list, as the list understands it.
pub(crate) trait Place: Sized {
    /// The list's name.
    const LIST: &'static str;

    /// As bytes.
    fn to_bytes(&self) -> Vec<u8>;

    /// From [`Place::to_bytes`].
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

/// Writes a cursor. `filters` is any text that tells apart lists with different filters.
pub(crate) fn write<P: Place>(place: &P, filters: &str) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend(place.to_bytes());
    let check = check::<P>(&bytes, filters);
    bytes.extend(check);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a cursor; 400 if it is not one of this list with these filters.
pub(crate) fn read<P: Place>(text: &str, filters: &str) -> Result<P, Problem> {
    parse(text, filters)
        .ok_or_else(|| Problem::parameter("cursor", "This is no cursor of this list."))
}

fn parse<P: Place>(text: &str, filters: &str) -> Option<P> {
    if text.len() > LENGTH_MAX {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (content, shown) = bytes.split_last_chunk::<CHECK_BYTES>()?;
    if *shown != check::<P>(content, filters) {
        return None;
    }
    let (version, payload) = content.split_first()?;
    (*version == VERSION).then(|| P::from_bytes(payload))?
}

fn check<P: Place>(content: &[u8], filters: &str) -> [u8; CHECK_BYTES] {
    let mut digest = Sha256::new();
    for part in [P::LIST.as_bytes(), filters.as_bytes(), content] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let digest: [u8; 32] = digest.finalize().into();
    *digest
        .first_chunk()
        .expect("a SHA-256 is longer than the check")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq)]
    struct Here(u8);

    impl Place for Here {
        const LIST: &'static str = "here";

        fn to_bytes(&self) -> Vec<u8> {
            vec![self.0]
        }

        fn from_bytes(bytes: &[u8]) -> Option<Self> {
            let [n] = bytes else { return None };
            Some(Self(*n))
        }
    }

    #[derive(Debug)]
    struct There;

    impl Place for There {
        const LIST: &'static str = "there";

        fn to_bytes(&self) -> Vec<u8> {
            vec![1]
        }

        fn from_bytes(_: &[u8]) -> Option<Self> {
            Some(Self)
        }
    }

    #[test]
    fn a_cursor_comes_back_only_where_it_came_from() {
        let text = write(&Here(1), "a");
        assert_eq!(parse(&text, "a"), Some(Here(1)));
        assert_eq!(parse::<Here>(&text, "b"), None, "other filters");
        assert!(parse::<There>(&text, "a").is_none(), "another list");
    }

    #[test]
    fn what_was_tampered_with_is_refused() {
        let text = write(&Here(1), "");
        for place in 0..text.len() {
            let mut letters = text.clone().into_bytes();
            letters[place] = if letters[place] == b'A' { b'B' } else { b'A' };
            let tampered = String::from_utf8(letters).unwrap();
            assert_eq!(parse::<Here>(&tampered, ""), None, "{tampered}");
        }
        for text in ["", "A", "!", &"A".repeat(3000)] {
            assert_eq!(parse::<Here>(text, ""), None, "{text}");
        }
    }
}
