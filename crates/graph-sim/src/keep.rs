//! The world on disk, so that it outlives a restart of the program: one JSON file, replaced as a whole.
//!
//! Faults, the journal and what waits to be delivered are not kept: a restart is a healthy morning.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::mailbox;
use crate::subscription::Subscription;
use crate::sync::Held;
use crate::world::{App, MailboxCell, MailboxKind, TokenRoom, World};

/// Why a file cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The file system refuses.
    #[error("the data file cannot be used: {0}")]
    Io(#[from] io::Error),
    /// The file is not one of this simulator's.
    #[error("the data file cannot be understood: {0}")]
    Form(#[from] serde_json::Error),
    /// It was written with another seed, so none of its ids would fit.
    #[error("the data file was written with seed {0}; start with --seed {0}")]
    Seed(u64),
}

#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    seed: u64,
    serial: u64,
    /// How far simulated time was ahead of the clock, in microseconds.
    ahead_us: u64,
    apps: Vec<Cow<'a, App>>,
    mailboxes: Vec<KeptMailbox<'a>>,
    tokens: Cow<'a, TokenRoom>,
    subscriptions: Vec<Subscription>,
}

#[derive(Serialize, Deserialize)]
struct KeptMailbox<'a> {
    address: String,
    display_name: String,
    kind: MailboxKind,
    shared_with: Vec<String>,
    #[serde(default)]
    send_as: Vec<String>,
    #[serde(default)]
    send_on_behalf: Vec<String>,
    removed: bool,
    content: mailbox::Kept<'a>,
}

/// A number that differs whenever something worth keeping has changed.
pub(crate) fn stamp(world: &World) -> u64 {
    let mailboxes: u64 = world
        .directory
        .every_mailbox()
        .iter()
        .map(|cell| cell.content.held().seq())
        .sum();
    let subscriptions = world
        .subscriptions
        .book()
        .all()
        .map(|one| one.expires.as_second() as u64)
        .fold(0, u64::wrapping_add);
    mailboxes
        .wrapping_add(world.serial())
        .wrapping_add(subscriptions)
        .wrapping_add(world.clock.offset().as_micros() as u64)
}

/// Writes the world; a crash leaves the former file whole.
pub(crate) fn save(world: &World, path: &Path) -> Result<(), KeepError> {
    let cells = world.directory.every_mailbox();
    let contents: Vec<_> = cells.iter().map(|cell| cell.content.held()).collect();
    let there = world.directory.mailboxes();
    let mailboxes = cells
        .iter()
        .zip(&contents)
        .map(|(cell, content)| KeptMailbox {
            address: cell.address.clone(),
            display_name: cell.display_name.clone(),
            kind: cell.kind,
            shared_with: cell.shared_with.held().clone(),
            send_as: cell.send_as.held().clone(),
            send_on_behalf: cell.send_on_behalf.held().clone(),
            removed: !there.iter().any(|other| other.no == cell.no),
            content: content.keep(),
        });
    let apps = world.directory.apps();
    let tokens = world.tokens.held();
    let kept = Kept {
        seed: world.seed,
        serial: world.serial(),
        ahead_us: world.clock.offset().as_micros() as u64,
        apps: apps.iter().map(|app| Cow::Borrowed(app.as_ref())).collect(),
        mailboxes: mailboxes.collect(),
        tokens: Cow::Borrowed(&tokens),
        subscriptions: world.subscriptions.book().all().cloned().collect(),
    };
    let beside = path.with_extension("new");
    fs::write(&beside, serde_json::to_vec(&kept)?)?;
    fs::rename(&beside, path)?;
    Ok(())
}

/// Fills an empty world with what was kept. A missing file is an empty world.
pub(crate) fn load(world: &Arc<World>, path: &Path) -> Result<(), KeepError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let kept: Kept<'_> = serde_json::from_slice(&text)?;
    if kept.seed != world.seed {
        return Err(KeepError::Seed(kept.seed));
    }
    world.resume_serial(kept.serial);
    world.clock.advance(Duration::from_micros(kept.ahead_us));
    for app in kept.apps {
        world.directory.put_app(app.into_owned());
    }
    for mailbox in kept.mailboxes {
        restore(world, mailbox);
    }
    *world.tokens.held() = kept.tokens.into_owned();
    let mut book = world.subscriptions.book();
    for subscription in kept.subscriptions {
        book.insert(subscription);
    }
    Ok(())
}

fn restore(world: &World, kept: KeptMailbox<'_>) {
    let Some(cell) = world
        .directory
        .add_mailbox(&kept.address, &kept.display_name, kept.kind)
    else {
        return;
    };
    let cell: &MailboxCell = &cell;
    *cell.shared_with.held() = kept.shared_with;
    *cell.send_as.held() = kept.send_as;
    *cell.send_on_behalf.held() = kept.send_on_behalf;
    cell.content.held().restore(kept.content);
    if kept.removed {
        world.directory.remove_mailbox(cell);
    }
}
