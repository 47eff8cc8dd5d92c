//! One gate for each mailbox and lane, so that Graph's four calls at once are never exceeded.

use std::collections::HashMap;
use std::sync::Mutex;

use maildesk_graph::MailboxGate;
use maildesk_model::MailboxId;
use maildesk_model::intent::Lane;

/// Sync's share of the four.
const SYNC: usize = 3;
/// Push's share: it makes one call at a time. Each lane of a mailbox is leased to one node, so the
/// two shares add up to four over all nodes, without the nodes knowing of each other.
const PUSH: usize = 1;

#[derive(Debug, Default)]
pub(crate) struct Gates(Mutex<HashMap<(MailboxId, Lane), MailboxGate>>);

impl Gates {
    /// The gate of a mailbox's lane; always the same one.
    pub(crate) fn of(&self, mailbox: MailboxId, lane: Lane) -> MailboxGate {
        let mut gates = self
            .0
            .lock()
            .expect("nothing panics while it holds this lock");
        let size = match lane {
            Lane::Sync => SYNC,
            Lane::Push => PUSH,
        };
        gates
            .entry((mailbox, lane))
            .or_insert_with(|| MailboxGate::new(size))
            .clone()
    }
}

/// A gate for looking at a mailbox that may not even be connected: one call at a time.
pub(crate) fn alone() -> MailboxGate {
    MailboxGate::new(PUSH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lanes_of_a_mailbox_add_up_to_what_graph_allows() {
        assert_eq!(SYNC + PUSH, 4);
    }
}
