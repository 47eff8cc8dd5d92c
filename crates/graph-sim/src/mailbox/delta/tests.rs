//! A client that only follows rounds must end up with what is in the folder, whatever happens between and within rounds.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::message::{Content, Flag, FlagStatus, Importance, Person};
use super::super::{Arrival, INBOX, Mailbox, MessageNo, Patch};
use super::{Ask, Item, Place};
use crate::hash::Hash;
use crate::mailbox::FolderNo;

const ARCHIVE: FolderNo = FolderNo(8);

/// What a client knows of a message: read, flagged.
type Known = BTreeMap<String, (bool, bool)>;

struct Client {
    immutable: bool,
    known: Known,
    place: Place,
    upto: u64,
}

fn truth(mailbox: &Mailbox, immutable: bool) -> Known {
    let folder = mailbox.folder(INBOX).expect("the inbox");
    let facts = |no: &u32| {
        let no = MessageNo(*no);
        let state = mailbox.state(no).expect("there");
        (
            mailbox.message_id(no, state.moves, immutable),
            (state.is_read, state.flag.status == FlagStatus::Flagged),
        )
    };
    folder.index.iter().map(facts).collect()
}

impl Client {
    fn new(mailbox: &Mailbox, immutable: bool) -> Self {
        Self {
            immutable,
            known: Known::new(),
            place: Place::First(None),
            upto: mailbox.seq(),
        }
    }

    /// Takes one page; true at the end of a round.
    fn page(&mut self, mailbox: &Mailbox, limit: usize) -> bool {
        let ask = Ask {
            folder: INBOX,
            place: self.place,
            upto: self.upto,
            limit,
            since: None,
            immutable: self.immutable,
            back_is_told: false,
            loses: &|_| false,
        };
        let page = mailbox.delta_page(&ask);
        assert!(page.items.len() <= limit);
        for item in page.items {
            self.apply(mailbox, item);
        }
        if let Some(next) = page.next {
            self.place = next;
            return false;
        }
        self.place = Place::Later {
            from: self.upto,
            entry: 0,
            offset: 0,
        };
        self.upto = mailbox.seq();
        true
    }

    fn apply(&mut self, mailbox: &Mailbox, item: Item) {
        match item {
            Item::Removed(no, moves) => {
                self.known
                    .remove(&mailbox.message_id(no, moves, self.immutable));
            }
            Item::New(no) => {
                let state = mailbox.state(no).expect("there");
                let facts = (state.is_read, state.flag.status == FlagStatus::Flagged);
                self.known
                    .insert(mailbox.message_id(no, state.moves, self.immutable), facts);
            }
            Item::Changed(no, fields) => {
                let state = mailbox.state(no).expect("there");
                let id = mailbox.message_id(no, state.moves, self.immutable);
                let known = self.known.get_mut(&id).unwrap_or_else(|| {
                    panic!("a change of a message that the client was never given")
                });
                if fields & crate::mailbox::field::READ != 0 {
                    known.0 = state.is_read;
                }
                if fields & crate::mailbox::field::FLAG != 0 {
                    known.1 = state.flag.status == FlagStatus::Flagged;
                }
            }
        }
    }
}

fn arrival(received: i64, at: Timestamp) -> Arrival {
    let received = Timestamp::from_second(received).expect("in range");
    let content = Content {
        received,
        ..Content::default()
    };
    Arrival {
        content,
        folder: INBOX,
        at,
        is_read: false,
        importance: Importance::Normal,
        categories: Vec::new(),
        flag: Flag::default(),
        updates: 0,
    }
}

/// One random thing that happens in the mailbox.
fn happen(mailbox: &mut Mailbox, draw: Hash, at: Timestamp) {
    let there = mailbox.all().to_vec();
    let any = MessageNo(there[(draw.number(1).finish() % there.len() as u64) as usize]);
    match draw.finish() % 10 {
        0 | 1 => {
            mailbox.arrive(arrival(
                1_700_000_000 + (draw.number(2).finish() % 1_000_000) as i64,
                at,
            ));
        }
        2 | 3 => {
            let is_read = Some(!mailbox.is_read(any));
            mailbox.patch(
                any,
                Patch {
                    is_read,
                    ..Patch::default()
                },
                at,
            );
        }
        4 => {
            let flag = Flag {
                status: if draw.number(3).finish().is_multiple_of(2) {
                    FlagStatus::Flagged
                } else {
                    FlagStatus::NotFlagged
                },
                ..Flag::default()
            };
            mailbox.patch(
                any,
                Patch {
                    flag: Some(flag),
                    ..Patch::default()
                },
                at,
            );
        }
        5 | 6 => mailbox.move_message(any, ARCHIVE, at),
        7 | 8 => mailbox.move_message(any, INBOX, at),
        _ if draw.number(4).finish().is_multiple_of(4) => {
            mailbox.fill(5, draw.finish(), 100, &[], at);
        }
        _ => mailbox.purge(any, at),
    }
}

#[test]
fn rounds_end_in_the_truth_whatever_happens_meanwhile() {
    for seed in 0..200_u64 {
        let mut mailbox = Mailbox::new(seed, "user", Person::default());
        let at = Timestamp::from_second(1_760_000_000).expect("in range");
        mailbox.fill(30, seed, 100, &[], at);
        let mut clients = [Client::new(&mailbox, true), Client::new(&mailbox, false)];
        for step in 0..300 {
            let draw = Hash::new(seed).number(step);
            happen(&mut mailbox, draw, at);
            for client in &mut clients {
                if draw.number(5).finish().is_multiple_of(3) {
                    client.page(&mailbox, 1 + (draw.number(6).finish() % 7) as usize);
                }
            }
        }
        for client in &mut clients {
            // The round under way, and one more that sees everything.
            for _ in 0..2 {
                while !client.page(&mailbox, 10) {}
            }
            assert_eq!(
                client.known,
                truth(&mailbox, client.immutable),
                "seed {seed}, immutable {}",
                client.immutable
            );
        }
    }
}

#[test]
fn indexes_and_counts_follow_every_edit() {
    for seed in 0..100_u64 {
        let mut mailbox = Mailbox::new(seed, "user", Person::default());
        let at = Timestamp::from_second(1_760_000_000).expect("in range");
        mailbox.fill(50, seed, 100, &[], at);
        for step in 0..200 {
            happen(&mut mailbox, Hash::new(seed).number(step), at);
        }
        let live: Vec<(Vec<u32>, u32)> = mailbox
            .folders()
            .iter()
            .map(|folder| (folder.index.clone(), folder.unread))
            .collect();
        let kept = serde_json::to_string(&mailbox.keep()).expect("JSON");
        let mut again = Mailbox::new(seed, "user", Person::default());
        again.restore(serde_json::from_str(&kept).expect("what was written"));
        for (folder, (index, unread)) in again.folders().iter().zip(live) {
            assert_eq!(folder.index, index, "seed {seed}");
            let counted = index
                .iter()
                .filter(|no| !again.is_read(MessageNo(**no)))
                .count() as u32;
            assert_eq!(unread, counted, "seed {seed}");
        }
        assert_eq!(again.all(), mailbox.all());
    }
}
