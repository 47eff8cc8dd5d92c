//! The ids that clients see: opaque, case-sensitive, of the length and alphabet of Exchange's, and checked when they come back.
//!
//! An id holds what it names and a check value, so none has to be remembered. A default message id also holds how often the message
//! has moved, so it dies with the next move; an immutable id does not.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;

use crate::hash::Hash;

/// What an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdKind {
    /// A message in the folder it is in: (message, moves so far).
    Message,
    /// A message wherever it is: (message, 0).
    Immutable,
    /// A folder: (folder, 0).
    Folder,
    /// A conversation: its number in two halves.
    Conversation,
    /// An attachment: (message, position).
    Attachment,
}

impl IdKind {
    const ALL: [Self; 5] = [
        Self::Message,
        Self::Immutable,
        Self::Folder,
        Self::Conversation,
        Self::Attachment,
    ];

    /// How ids of this kind begin, and how many bytes of the mailbox's mark follow.
    const fn shape(self) -> (&'static str, usize) {
        match self {
            Self::Message => ("AAMkAD", 90),
            Self::Immutable => ("AAkALg", 66),
            Self::Folder => ("AQMkAD", 63),
            Self::Conversation => ("AAQkAD", 30),
            Self::Attachment => ("AAMkAF", 96),
        }
    }
}

/// Payload after the mark: two numbers, the check value, and one byte that makes every id end in `=`.
const PAYLOAD: usize = 17;
const PAYLOAD_TEXT: usize = 24;

/// What a returned id turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// One of this mailbox's.
    Own(IdKind, u32, u32),
    /// Well formed, but another mailbox's.
    Foreign,
    /// Not an id at all.
    Malformed,
}

/// Writes and reads the ids of one mailbox.
pub(crate) struct Ids {
    owner: u64,
    /// The beginning of each kind of id, mark included.
    heads: [String; 5],
}

impl Ids {
    /// `owner` distinguishes this mailbox from every other.
    pub(crate) fn new(owner: u64) -> Self {
        let heads = IdKind::ALL.map(|kind| {
            let (start, mark) = kind.shape();
            format!(
                "{start}{}",
                URL_SAFE.encode(Hash::new(owner).text("mark").noise(mark))
            )
        });
        Self { owner, heads }
    }

    /// The id of something.
    pub(crate) fn encode(&self, kind: IdKind, a: u32, b: u32) -> String {
        let mut payload = [0_u8; PAYLOAD];
        payload[1..5].copy_from_slice(&b.to_be_bytes());
        payload[5..9].copy_from_slice(&a.to_be_bytes());
        payload[9..].copy_from_slice(&self.check(kind, a, b).to_be_bytes());
        let head = &self.heads[kind as usize];
        let mut id = String::with_capacity(head.len() + PAYLOAD_TEXT);
        id.push_str(head);
        URL_SAFE.encode_string(payload, &mut id);
        id
    }

    /// The id of a conversation.
    pub(crate) fn conversation(&self, number: u64) -> String {
        self.encode(IdKind::Conversation, (number >> 32) as u32, number as u32)
    }

    /// Reads an id back.
    pub(crate) fn decode(&self, id: &str) -> Decoded {
        let Some(kind) = IdKind::ALL
            .into_iter()
            .find(|kind| id.starts_with(kind.shape().0))
        else {
            return Decoded::Malformed;
        };
        let head = &self.heads[kind as usize];
        if id.len() != head.len() + PAYLOAD_TEXT || !id.is_ascii() {
            return Decoded::Malformed;
        }
        let Ok(payload) = URL_SAFE.decode(&id[head.len()..]) else {
            return Decoded::Malformed;
        };
        if !id.starts_with(head.as_str()) {
            return Decoded::Foreign;
        }
        let number = |from: usize| {
            payload[from..from + 4]
                .iter()
                .fold(0, |sum, byte| sum << 8 | u32::from(*byte))
        };
        let (a, b) = (number(5), number(1));
        if payload[9..] == self.check(kind, a, b).to_be_bytes() {
            Decoded::Own(kind, a, b)
        } else {
            Decoded::Malformed
        }
    }

    fn check(&self, kind: IdKind, a: u32, b: u32) -> u64 {
        Hash::new(self.owner)
            .number(kind as u64)
            .number(u64::from(a))
            .number(u64::from(b))
            .finish()
    }

    /// The change key of a message after so many changes.
    pub(crate) fn change_key(&self, message: u32, changes: u32) -> String {
        let mut bytes = [0_u8; 16];
        bytes[0..2].copy_from_slice(&[0x16, 0]);
        bytes[2..8].copy_from_slice(&self.owner.to_be_bytes()[..6]);
        bytes[8..12].copy_from_slice(&changes.to_be_bytes());
        bytes[12..].copy_from_slice(&message.to_be_bytes());
        let mut key = String::with_capacity(32);
        let _ = write!(key, "CQAAABYA");
        base64::engine::general_purpose::STANDARD.encode_string(bytes, &mut key);
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_as_what_they_were_and_nothing_else_passes() {
        let (ids, other) = (Ids::new(1), Ids::new(2));
        let id = ids.encode(IdKind::Message, 70_000, 3);
        assert_eq!(ids.decode(&id), Decoded::Own(IdKind::Message, 70_000, 3));
        assert_eq!(other.decode(&id), Decoded::Foreign);
        assert_eq!(ids.decode(&id.to_lowercase()), Decoded::Malformed);
        assert_eq!(ids.decode("inbox"), Decoded::Malformed);
        assert_eq!((id.len(), id.ends_with('=')), (150, true));
        assert_ne!(id, ids.encode(IdKind::Message, 70_000, 4));
    }
}
