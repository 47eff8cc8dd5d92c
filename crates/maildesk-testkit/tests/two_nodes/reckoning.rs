//! What must be so when the storm is over.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use maildesk_testkit::cluster::Cluster;
use maildesk_testkit::sim::CLIENT_SECRET;
use maildesk_testkit::{equal, wait};
use reqwest::Method;
use serde_json::Value;

use crate::fate::Toll;
use crate::reader::Told;
use crate::storm::Sent;
use crate::{METRICS_TOKEN, Mailbox};

/// Every wish has been decided, every mailbox is shown as it is at Microsoft, and nothing is due.
pub(crate) async fn desk_equals_mailboxes(
    cluster: &Cluster,
    mailboxes: &[Mailbox],
    intents: &[String],
) {
    for desk in &cluster.desks {
        desk.wait_listening().await;
    }
    for intent in intents {
        wait::until("an intent is decided", || async {
            let path = format!("/intents/{intent}");
            let (_, answer) = cluster.desk.try_call(Method::GET, &path, None).await?;
            (answer["state"] == "done" || answer["state"] == "refused").then_some(())
        })
        .await;
    }
    let mut messages = 0;
    for mailbox in mailboxes {
        let Mailbox { address, id } = mailbox;
        let contents = equal::wait_equal(&cluster.sim, address, &cluster.desk, id).await;
        messages += contents.message_count();
    }
    eprintln!(
        "{} mailboxes with {messages} messages are equal, {} intents decided",
        mailboxes.len(),
        intents.len()
    );
    for name in ["maildesk_stamps_due", "maildesk_intents"] {
        wait::until("nothing is due any more", || async {
            let left = cluster.desk.figure(METRICS_TOKEN, name).await;
            (left == 0.0).then_some(())
        })
        .await;
    }
}

/// Each mailbox has one subscription at Microsoft, and it is the one the desk knows.
pub(crate) async fn one_subscription_each(cluster: &Cluster, mailboxes: &[Mailbox]) {
    let mut accepted = 0;
    for mailbox in mailboxes {
        let path = format!("/mailboxes/{}/push", mailbox.id);
        let seen = Mutex::new(String::new());
        let push = wait::within(wait::LIMIT * 2, "push to be active", || async {
            let (_, push) = cluster.desk.try_call(Method::GET, &path, None).await?;
            let living = cluster.sim.subscriptions().await;
            let address = mailbox.address.as_str();
            let living = living.iter().filter(|one| one["mailbox"] == address);
            let living: Vec<&Value> = living.map(|one| &one["id"]).collect();
            let is_one = living == [&push["subscriptionId"]];
            *seen.lock().expect("nothing panics with it") = format!("{living:?}, {push}");
            (is_one && push["state"] == "active").then_some(push)
        });
        // What was seen instead says more than what was waited for.
        let Ok(push) = tokio::time::timeout(wait::LIMIT, push).await else {
            panic!("not one subscription at {mailbox:?}: {seen:?}");
        };
        accepted += push["counts"]["accepted"].as_u64().unwrap_or_default();
    }
    eprintln!("{accepted} notifications were accepted");
    assert!(accepted > 2_500, "it was a storm: {accepted}");
}

/// Every mail that stayed was announced to the open stream, and none twice.
pub(crate) async fn told_once(told: &Told, sent: &Sent) {
    let arrived = wait::until("every arrival is told", || async {
        let arrived = told.arrived.lock().expect("nothing panics with it").clone();
        (arrived.len() >= sent.delivered - sent.deleted).then_some(arrived)
    })
    .await;
    let opened = told.opened.load(Ordering::Relaxed);
    eprintln!(
        "{} arrivals of {sent:?} told over {opened} connections",
        arrived.len()
    );
    assert_eq!(
        told.resets.load(Ordering::Relaxed),
        0,
        "the journal is kept"
    );
    assert!(arrived.len() <= sent.delivered, "nothing was made up");
    assert!(
        opened > 10,
        "the stream was broken again and again: {opened}"
    );
    let twice: Vec<_> = arrived.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "told twice: {twice:?}");
}

/// Graph was never asked for more at a time, for one mailbox, than one node asks. It refuses one call
/// too many itself; only a node that goes on after it stood still may make one, before it hears that
/// its lease is lost.
pub(crate) async fn one_node_at_a_time(cluster: &Cluster, toll: &Toll) {
    let journal = cluster.sim.journal(0).await;
    let graph = journal.iter().filter(|entry| entry["side"] == "graph");
    let mut calls = 0;
    let mut too_many = Vec::new();
    for entry in graph {
        calls += 1;
        let at = entry["at"].as_str().and_then(|at| at.parse().ok());
        let at: Timestamp = at.expect("an entry has its time");
        if entry["status"] == 429 && !toll.just_thawed(at) {
            too_many.push(entry);
        }
    }
    eprintln!("{calls} calls of Graph");
    assert!(too_many.is_empty(), "two nodes at once: {too_many:?}");
}

/// A node that stood still was refused when it went on, nothing fell over, and nothing is in a log
/// that must not be.
pub(crate) fn what_was_logged(logs: &str) {
    let lost = logs.matches("lost the sync lease").count();
    eprintln!(
        "{lost} times a lease was lost, {} lines logged",
        logs.lines().count()
    );
    assert!(lost > 0, "no stale epoch was refused");
    let secrets = [
        CLIENT_SECRET,
        METRICS_TOKEN,
        "contoso.test/",
        "@contoso.test",
    ];
    for word in ["panicked", "deadlock", "Storm "].iter().chain(&secrets) {
        assert!(!logs.contains(word), "`{word}` is in a log");
    }
}
