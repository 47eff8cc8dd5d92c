//! Keys inside, opaque ids outside.
//!
//! Inside, a row is known by an `i64`. Outside, the same key is written as an opaque string: a
//! letter for the kind and thirteen letters for a scrambled key. The scrambling hides counts and
//! order from people who are tempted to calculate with ids; it protects nothing, access does.

use std::fmt;

/// An odd number: multiplying by it modulo 2^64 is a permutation of all keys.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
/// The inverse of [`SPREAD`] modulo 2^64.
const GATHER: u64 = 0xF1DE_83E1_9937_733D;
const MASK: u64 = 0x5DEE_CE66_D1CE_4E5B;
/// Crockford's alphabet in lower case: no letter is mistaken for another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LETTERS: usize = 13;

fn encode(kind: char, key: i64) -> String {
    let mut mixed = (key.cast_unsigned() ^ MASK).wrapping_mul(SPREAD);
    mixed ^= mixed >> 32;
    let mut text = String::with_capacity(LETTERS + 1);
    text.push(kind);
    for place in (0..LETTERS).rev() {
        text.push(char::from(ALPHABET[((mixed >> (place * 5)) & 31) as usize]));
    }
    text
}

fn decode(kind: char, text: &str) -> Option<i64> {
    let letters = text.strip_prefix(kind)?.as_bytes();
    if letters.len() != LETTERS {
        return None;
    }
    let mut mixed: u128 = 0;
    for letter in letters {
        let digit = ALPHABET.iter().position(|known| known == letter)?;
        mixed = (mixed << 5) | digit as u128;
    }
    let mut mixed = u64::try_from(mixed).ok()?;
    mixed ^= mixed >> 32;
    Some((mixed.wrapping_mul(GATHER) ^ MASK).cast_signed())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl $name {
            /// Reads the opaque form; `None` if it was never one of ours.
            pub fn parse(text: &str) -> Option<Self> {
                decode($kind, text).map(Self)
            }
        }

        /// The opaque form, as it stands in URLs, JSON and logs.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&encode($kind, self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )*};
}

ids! {
    /// A mailbox.
    MailboxId, 'b';
    /// A folder of a mailbox.
    FolderId, 'f';
    /// A message of a mailbox.
    MessageId, 'm';
    /// A conversation of a mailbox.
    ConversationId, 'c';
    /// An attachment of a message.
    AttachmentId, 'a';
    /// A user's change on its way to Graph.
    IntentId, 'i';
    /// A mail that somebody is writing.
    DraftId, 'd';
    /// A file of a draft.
    DraftFileId, 'e';
    /// A person who signs in.
    UserId, 'u';
    /// A subscription row of ours (Graph's own id is text).
    SubscriptionId, 's';
    /// Something that needs a person.
    AlertId, 'l';
    /// Alerts that are told in one go.
    NoticeId, 'n';
}

/// One running `maildesk serve`, as leases name it: unique for each start of the program.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NodeId(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_comes_back() {
        assert_eq!(SPREAD.wrapping_mul(GATHER), 1);
        for key in [0, 1, 2, 77, i64::MAX, i64::MIN, -1, 1 << 40] {
            let text = MessageId(key).to_string();
            assert_eq!(MessageId::parse(&text), Some(MessageId(key)), "{text}");
            assert_eq!(FolderId::parse(&text), None);
        }
    }

    #[test]
    fn foreign_text_is_no_id() {
        for text in [
            "",
            "m",
            "m123",
            "mzzzzzzzzzzzzz",
            "m000000000000!",
            "m0000000000000\n",
        ] {
            assert_eq!(MessageId::parse(text), None, "{text}");
        }
    }
}
