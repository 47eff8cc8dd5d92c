//! Delivering mail inside the simulated world.

use std::sync::Arc;

use jiff::Timestamp;

use super::World;
use crate::mailbox::message::{Content, Flag, Importance};
use crate::mailbox::{Arrival, INBOX};

/// Hands a sent message to every recipient who has a mailbox here. The others are assumed to live elsewhere.
pub(crate) fn post(world: &Arc<World>, content: &Content, at: Timestamp) {
    let mut done: Vec<u32> = Vec::new();
    for person in content.to.iter().chain(&content.cc).chain(&content.bcc) {
        let Some(cell) = world.directory.mailbox(&person.address) else {
            continue;
        };
        if done.contains(&cell.no) {
            continue;
        }
        done.push(cell.no);
        let content = Content {
            bcc: Vec::new(),
            is_draft: false,
            created: at,
            received: at,
            sent: at,
            ..content.clone()
        };
        let arrival = Arrival {
            content,
            folder: INBOX,
            at,
            is_read: false,
            importance: Importance::Normal,
            categories: Vec::new(),
            flag: Flag::default(),
            updates: world.faults.now().notifications.updates(),
        };
        world.edit(&cell, |mailbox| mailbox.arrive(arrival));
    }
}
