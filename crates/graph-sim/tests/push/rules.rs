//! Rules of delivery that Microsoft changed, never published or broke: each with its switch, and without.

use serde_json::{Value, json};

use crate::hook::{Deliveries, items};
use crate::stage::{ADA, APP, Stage};

async fn watched(faults: Value) -> (Stage, String) {
    let stage = Stage::new().await;
    let mut faults = faults;
    faults["notifications"]["updates"] = json!(0);
    stage.faults(faults).await;
    let id = stage.watch(ADA).await;
    (stage, id)
}

/// How long the first attempt and the first retry are waited for, in milliseconds.
async fn patience(rules: u16) -> Vec<u64> {
    let (stage, _) = watched(json!({"notifications": {"rules": rules}})).await;
    stage.hook.answer_deliveries(Deliveries::Silence);
    stage.mail(ADA, "Hello").await;
    stage.hook.items("/hook", 1).await;
    stage.advance(31).await;
    stage.journal_until("notification", 1).await;
    stage.advance(11).await;
    stage.hook.items("/hook", 2).await;
    stage.advance(31).await;
    let journal = stage.journal_until("notification", 2).await;
    journal
        .iter()
        .map(|entry| entry["ms"].as_u64().expect("a time"))
        .collect()
}

#[tokio::test]
async fn each_year_had_its_own_patience() {
    for (rules, expected) in [
        (2021, [30_000, 30_000]),
        (2023, [3_000, 3_000]),
        (2024, [3_000, 10_000]),
        (2025, [10_000, 10_000]),
        (2026, [3_000, 10_000]),
    ] {
        assert_eq!(patience(rules).await, expected, "{rules}");
    }
}

#[tokio::test]
async fn a_slow_endpoint_waited_ten_seconds_in_2024_and_minutes_since() {
    for (rules, wait) in [(2024, 11), (2026, 601)] {
        let (stage, _) = watched(json!({"notifications": {"rules": rules}})).await;
        for n in 0..10 {
            let hangs = n >= 8;
            stage.hook.answer_deliveries(if hangs {
                Deliveries::Silence
            } else {
                Deliveries::Status(202)
            });
            stage.mail(ADA, &n.to_string()).await;
            stage.hook.items("/hook", n + 1).await;
            stage.advance(if hangs { 4 } else { 0 }).await;
            stage.journal_until("notification", n + 1).await;
        }
        stage.hook.answer_deliveries(Deliveries::Status(202));
        let late = stage.mail(ADA, "late").await;
        let came = |received: &[crate::hook::Received]| {
            items(received, "/hook")
                .iter()
                .any(|item| item["resourceData"]["id"] == late.as_str())
        };
        stage.advance(wait - 3).await;
        // The two that hung are tried again by now.
        stage.hook.items("/hook", 12).await;
        assert!(!came(&stage.hook.received()), "{rules}");
        stage.advance(4).await;
        stage.hook.until(came).await;
    }
}

#[tokio::test]
async fn the_first_wait_is_ten_seconds_or_what_is_asked_for() {
    for (asked, wait) in [(None, 10), (Some(120), 120)] {
        let (stage, _) = watched(json!({"notifications": {"firstRetryS": asked}})).await;
        stage.hook.answer_deliveries(Deliveries::Status(500));
        stage.mail(ADA, "Hello").await;
        stage.journal_until("notification", 1).await;
        stage.advance(wait - 3).await;
        stage
            .sim(http::Method::GET, "subscriptions", Value::Null)
            .await;
        assert_eq!(stage.journal("notification").await.len(), 1);
        stage.advance(4).await;
        stage.journal_until("notification", 2).await;
        stage.advance(2 * wait - 3).await;
        stage
            .sim(http::Method::GET, "subscriptions", Value::Null)
            .await;
        assert_eq!(
            stage.journal("notification").await.len(),
            2,
            "the second wait is twice as long"
        );
        stage.advance(4).await;
        stage.journal_until("notification", 3).await;
    }
}

#[tokio::test]
async fn what_an_outage_missed_comes_within_the_four_hours() {
    let (stage, _) = watched(json!({})).await;
    stage.hook.answer_deliveries(Deliveries::Status(503));
    let id = stage.mail(ADA, "Hello").await;
    stage.journal_until("notification", 1).await;
    for attempts in 2..=9 {
        // Each step is longer than the wait before this attempt: two and a half hours in all.
        stage.advance(10 * (1 << (attempts - 2)) + 1).await;
        stage.journal_until("notification", attempts).await;
    }
    stage.hook.answer_deliveries(Deliveries::Status(202));
    let before = stage.hook.items("/hook", 9).await.len();
    stage.advance(2_561).await;
    let all = stage.hook.items("/hook", before + 1).await;
    assert!(
        all.iter()
            .all(|item| item["resourceData"]["id"] == id.as_str())
    );
    let journal = stage.journal_until("notification", 10).await;
    assert_eq!(journal[9]["status"], 202);
}

#[tokio::test]
async fn refusals_silence_an_endpoint_where_asked_for_until_it_is_validated_again() {
    let (stage, id) = watched(json!({"notifications": {"silentAfterRefusals": 3}})).await;
    stage.hook.answer_deliveries(Deliveries::Status(403));
    for n in 1..=3 {
        stage.mail(ADA, &n.to_string()).await;
        stage.journal_until("notification", n).await;
    }
    stage.hook.answer_deliveries(Deliveries::Status(202));
    let silenced = stage.mail(ADA, "silenced").await;
    let organisation = stage.organisation(APP).await;
    assert_eq!(stage.renew(&organisation, &id, 3_000).await.status, 200);
    let heard = stage.mail(ADA, "heard").await;
    let all = stage.hook.until(|received| {
        items(received, "/hook")
            .iter()
            .any(|item| item["resourceData"]["id"] == heard.as_str())
    });
    let all = items(&all.await, "/hook");
    assert!(
        all.iter()
            .all(|item| item["resourceData"]["id"] != silenced.as_str()),
        "{all:?}"
    );
    assert!(
        items(&stage.hook.received(), "/lifecycle").is_empty(),
        "nobody is told"
    );
    assert_eq!(
        stage.struck("notification").await,
        ["silentAfterRefusals"],
        "but the journal knows"
    );
}

#[tokio::test]
async fn refusals_are_retried_like_any_failure_where_nothing_else_is_asked_for() {
    let (stage, _) = watched(json!({})).await;
    for (n, status) in [401, 403, 404, 500, 503].into_iter().enumerate() {
        stage.hook.answer_deliveries(Deliveries::Status(status));
        let id = stage.mail(ADA, "Hello").await;
        stage.journal_until("notification", 2 * n + 1).await;
        stage.hook.answer_deliveries(Deliveries::Status(202));
        stage.advance(11).await;
        let journal = stage.journal_until("notification", 2 * n + 2).await;
        assert_eq!(
            (&journal[2 * n]["status"], &journal[2 * n + 1]["status"]),
            (&json!(status), &json!(202))
        );
        let all = stage.hook.items("/hook", 2 * n + 2).await;
        assert_eq!(all[2 * n + 1]["resourceData"]["id"], id.as_str());
    }
}

#[tokio::test]
async fn what_a_pause_holds_back_does_not_make_the_endpoint_slow() {
    let stage = Stage::new().await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    let ada = stage.person(APP, ADA).await;
    let id = stage.subscribe(&ada, stage.wish("me/messages").await).await;
    stage.advance(91 * 60).await;
    for n in 0..15 {
        stage.mail(ADA, &n.to_string()).await;
    }
    stage
        .sim(http::Method::GET, "subscriptions", Value::Null)
        .await;
    stage.advance(3_600).await;
    assert!(items(&stage.hook.received(), "/hook").is_empty());
    let fresh = stage.person(APP, ADA).await;
    assert_eq!(stage.reauthorize(&fresh, &id).await.status, 204);
    stage.hook.items("/hook", 15).await;
    stage.mail(ADA, "at once").await;
    stage.hook.items("/hook", 16).await;
}

#[tokio::test]
async fn a_pause_loses_what_changes_where_the_other_page_is_asked_for() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"notifications": {"updates": 0, "pauseLoses": 1}}))
        .await;
    let ada = stage.person(APP, ADA).await;
    let id = stage.subscribe(&ada, stage.wish("me/messages").await).await;
    let before = stage.mail(ADA, "before").await;
    stage.hook.items("/hook", 1).await;
    stage.advance(91 * 60).await;
    stage.mail(ADA, "lost").await;
    let fresh = stage.person(APP, ADA).await;
    assert_eq!(stage.reauthorize(&fresh, &id).await.status, 204);
    let after = stage.mail(ADA, "after").await;
    let ids: Vec<_> = stage.hook.items("/hook", 2).await;
    let ids: Vec<_> = ids
        .iter()
        .map(|item| item["resourceData"]["id"].clone())
        .collect();
    assert_eq!(ids, [json!(before), json!(after)]);
    assert_eq!(stage.struck("notification").await, ["pauseLoses"]);
}

#[tokio::test]
async fn what_never_left_and_what_was_changed_on_its_way_is_in_the_journal() {
    let (stage, _) = watched(json!({"notifications": {"drop": 1}})).await;
    stage.mail(ADA, "lost").await;
    assert_eq!(stage.struck("notification").await, ["drop"]);
    let faults = json!({"notifications": {"updates": 0, "duplicate": 1, "reorder": 1, "delayMs": 1, "nullClientState": 1}});
    stage.faults(faults).await;
    stage.mail(ADA, "mistreated").await;
    stage.advance(4).await;
    stage.journal_until("notification", 2).await;
    let first = "delayMs,nullClientState,reorder".to_owned();
    let second = "delayMs,duplicate,nullClientState,reorder".to_owned();
    let together = stage.struck("notification").await.split_off(1);
    assert!(
        together == [first, second.clone()] || together == [second],
        "{together:?}"
    );
}
