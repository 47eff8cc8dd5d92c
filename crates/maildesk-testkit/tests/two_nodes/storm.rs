//! What goes on meanwhile: mail in bursts and work in Outlook, Microsoft with its lifecycle
//! notifications, somebody who works at the desk whenever it answers, and an administrator who registers
//! push anew.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use maildesk_testkit::chance::Chance;
use maildesk_testkit::desk::Desk;
use maildesk_testkit::sim::Sim;
use maildesk_testkit::wait;
use reqwest::Method;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{MAILS, Mailbox};

/// Mails of one burst at most.
const BURST: usize = 40;

/// What came of the storm.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// Mails that arrived.
    pub(crate) delivered: usize,
    /// Of those, how many were deleted again; nobody need have seen them.
    pub(crate) deleted: usize,
}

/// Mail arrives in bursts, in many mailboxes or in one, and is worked on in Outlook.
pub(crate) async fn outlook(sim: Sim, mailboxes: Arc<Vec<Mailbox>>, seed: u64) -> Sent {
    let mut chance = Chance::new(seed);
    let (mut sent, mut here) = (Sent::default(), Vec::<(usize, String)>::new());
    while sent.delivered < MAILS {
        let only = (chance.below(4) == 0).then(|| chance.below(mailboxes.len()));
        let count = (1 + chance.below(BURST)).min(MAILS - sent.delivered);
        let burst: Vec<(usize, String)> = (0..count)
            .map(|n| {
                let mailbox = only.unwrap_or_else(|| chance.below(mailboxes.len()));
                (mailbox, format!("Storm {}", sent.delivered + n))
            })
            .collect();
        let arrived = stream::iter(burst).map(|(mailbox, subject)| {
            let (sim, address) = (&sim, &mailboxes[mailbox].address);
            async move { (mailbox, sim.deliver(address, &subject).await) }
        });
        here.extend(arrived.buffer_unordered(8).collect::<Vec<_>>().await);
        sent.delivered += count;
        for _ in 0..chance.below(6) {
            sent.deleted += usize::from(work(&sim, &mailboxes, &mut here, &mut chance).await);
        }
        wait::moment(Duration::from_millis(chance.below(3_000) as u64)).await;
    }
    sent
}

/// One change in Outlook; whether a mail was deleted.
async fn work(
    sim: &Sim,
    mailboxes: &[Mailbox],
    here: &mut Vec<(usize, String)>,
    chance: &mut Chance,
) -> bool {
    let place = chance.below(here.len());
    let (mailbox, id) = here[place].clone();
    let address = &mailboxes[mailbox].address;
    match chance.below(8) {
        0..=3 => {
            let change = json!({"isRead": chance.below(2) == 0});
            sim.patch(address, &id, change).await;
        }
        4 | 5 => {
            let change =
                json!({"flag": {"flagStatus": "flagged"}, "categories": ["Blue category"]});
            sim.patch(address, &id, change).await;
        }
        6 => {
            let folder = ["archive", "inbox", "deleteditems"][chance.below(3)];
            sim.move_to(address, &id, folder).await;
        }
        _ => {
            sim.delete(address, &id).await;
            here.swap_remove(place);
            return true;
        }
    }
    false
}

/// Microsoft asks for renewals and tells of missed notifications. It removes no subscription: its word of
/// that may be lost as well, and then only the next mail shows it, a minute later.
pub(crate) async fn microsoft(sim: Sim, seed: u64, calm: CancellationToken) -> usize {
    let mut chance = Chance::new(seed);
    let mut said = 0;
    while !calm.is_cancelled() {
        wait::moment(Duration::from_millis(500 + chance.below(2_000) as u64)).await;
        let living = sim.subscriptions().await;
        if living.is_empty() {
            continue;
        }
        let id = &living[chance.below(living.len())]["id"];
        let event = ["reauthorizationRequired", "missed"][chance.below(2)];
        let id = id.as_str().expect("a subscription has an id");
        said += usize::from(sim.lifecycle(id, event).await);
    }
    said
}

/// An administrator registers push anew, here and there: a new secret, and one subscription in place of
/// another.
pub(crate) async fn administrator(
    desk: Desk,
    mailboxes: Arc<Vec<Mailbox>>,
    seed: u64,
    calm: CancellationToken,
) {
    let mut chance = Chance::new(seed);
    while !calm.is_cancelled() {
        wait::moment(Duration::from_millis(500 + chance.below(2_000) as u64)).await;
        let id = &mailboxes[chance.below(mailboxes.len())].id;
        // What was asked for is a row, whether or not the answer comes.
        let push = format!("/mailboxes/{id}/push");
        let _ = desk.try_call(Method::POST, &push, None).await;
    }
}

/// Somebody at the desk marks, flags and files what they see; the intents they were told of.
pub(crate) async fn person(
    desk: Desk,
    mailboxes: Arc<Vec<Mailbox>>,
    seed: u64,
    calm: CancellationToken,
) -> Vec<String> {
    let mut chance = Chance::new(seed);
    let mut intents = Vec::new();
    while !calm.is_cancelled() {
        wait::moment(Duration::from_millis(300)).await;
        // Where the server does not answer the person would click again.
        if let Some(intent) = click(
            &desk,
            &mailboxes[chance.below(mailboxes.len())],
            &mut chance,
        )
        .await
        {
            intents.push(intent);
        }
    }
    intents
}

async fn click(desk: &Desk, mailbox: &Mailbox, chance: &mut Chance) -> Option<String> {
    let list = format!("/messages?mailbox={}&limit=20", mailbox.id);
    let (_, page) = desk.try_call(Method::GET, &list, None).await?;
    let items = page["items"].as_array().filter(|items| !items.is_empty())?;
    let id = items[chance.below(items.len())]["id"].as_str()?;
    let change = match chance.below(3) {
        0 => json!({"isRead": true}),
        1 => json!({"flag": "complete"}),
        _ => json!({"isRead": false, "categories": ["Red category"]}),
    };
    let path = format!("/messages/{id}");
    let (_, answer) = desk.try_call(Method::PATCH, &path, Some(change)).await?;
    answer["intentId"].as_str().map(str::to_owned)
}
