//! What an endpoint must do, and what Graph does with one that does not: retries, the slow state and the drop state.

use http::Method;
use serde_json::{Value, json};

use crate::hook::{Deliveries, items};
use crate::stage::{ADA, APP, BOB, Stage, but};

async fn quiet_stage() -> Stage {
    let stage = Stage::new().await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    stage
}

#[tokio::test]
async fn any_success_is_a_delivery() {
    for status in [200, 202, 204] {
        let stage = quiet_stage().await;
        stage.watch(ADA).await;
        stage.hook.answer_deliveries(Deliveries::Status(status));
        let first = stage.mail(ADA, "first").await;
        stage.journal_until("notification", 1).await;
        stage.advance(4 * 3_600).await;
        let second = stage.mail(ADA, "second").await;
        stage.journal_until("notification", 2).await;
        let all = items(&stage.hook.received(), "/hook");
        let ids: Vec<_> = all
            .iter()
            .map(|item| item["resourceData"]["id"].as_str())
            .collect();
        assert_eq!(
            ids,
            [Some(first.as_str()), Some(second.as_str())],
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_refusal_is_retried_ever_later_until_it_is_taken() {
    let stage = quiet_stage().await;
    stage.watch(ADA).await;
    stage.hook.answer_deliveries(Deliveries::Status(403));
    let message = stage.mail(ADA, "Hello").await;
    stage.journal_until("notification", 1).await;
    for (wait, attempts) in [(9, 1), (2, 2), (18, 2), (3, 3), (41, 4)] {
        stage.advance(wait).await;
        stage.journal_until("notification", attempts).await;
    }
    stage.hook.answer_deliveries(Deliveries::Status(202));
    stage.advance(81).await;
    let journal = stage.journal_until("notification", 5).await;
    let statuses: Vec<_> = journal
        .iter()
        .map(|entry| entry["status"].as_u64().expect("a status"))
        .collect();
    assert_eq!(statuses, [403, 403, 403, 403, 202]);
    let all = stage.hook.items("/hook", 5).await;
    assert!(
        all.iter()
            .all(|item| item["resourceData"]["id"] == message.as_str())
    );
}

#[tokio::test]
async fn after_four_hours_it_is_given_up_and_reported_as_missed() {
    let stage = quiet_stage().await;
    let id = stage.watch(ADA).await;
    stage.hook.answer_deliveries(Deliveries::Status(500));
    stage.mail(ADA, "Hello").await;
    let mut attempts = 1;
    stage.journal_until("notification", attempts).await;
    for wait in [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600] {
        stage.advance(wait + 1).await;
        attempts += 1;
        if attempts == 12 {
            stage.hook.answer_deliveries(Deliveries::Status(202));
        }
        stage.journal_until("notification", attempts.min(11)).await;
    }
    // The twelfth attempt succeeded above, so start over and let it fail to the end.
    stage.hook.answer_deliveries(Deliveries::Status(500));
    stage.mail(ADA, "Hello again").await;
    let told = stage
        .hook
        .until(|received| !items(received, "/lifecycle").is_empty());
    let passing = async {
        loop {
            stage.advance(3_700).await;
        }
    };
    let received = tokio::select! {
        received = told => received,
        () = passing => unreachable!("time passes for ever"),
    };
    let missed = items(&received, "/lifecycle").remove(0);
    assert_eq!(
        (&missed["lifecycleEvent"], &missed["subscriptionId"]),
        (&json!("missed"), &json!(id))
    );
}

#[tokio::test]
async fn the_first_attempt_has_three_seconds_and_a_retry_ten() {
    let stage = quiet_stage().await;
    stage.watch(ADA).await;
    stage.hook.answer_deliveries(Deliveries::Silence);
    stage.mail(ADA, "Hello").await;
    stage.hook.items("/hook", 1).await;
    stage.advance(4).await;
    stage.journal_until("notification", 1).await;
    stage.advance(11).await;
    stage.hook.items("/hook", 2).await;
    stage.advance(9).await;
    assert_eq!(
        stage.journal("notification").await.len(),
        1,
        "still waiting"
    );
    stage.advance(2).await;
    let journal = stage.journal_until("notification", 2).await;
    let seen: Vec<_> = journal
        .iter()
        .map(|entry| (entry["status"].as_u64(), entry["ms"].as_u64()))
        .collect();
    assert_eq!(seen, [(Some(0), Some(3_000)), (Some(0), Some(10_000))]);
}

#[tokio::test]
async fn a_silent_endpoint_delays_nobody_else() {
    let stage = quiet_stage().await;
    let other = crate::hook::Hook::start().await;
    stage.watch(ADA).await;
    let organisation = stage.organisation(APP).await;
    let bobs = but(
        stage.wish(&format!("users/{BOB}/messages")).await,
        "notificationUrl",
        json!(other.url("/hook")),
    );
    stage.subscribe(&organisation, bobs).await;
    stage.hook.answer_deliveries(Deliveries::Silence);
    stage.mail(ADA, "hangs").await;
    stage.hook.items("/hook", 1).await;
    stage.mail(BOB, "flows").await;
    other.items("/hook", 1).await;
    stage.mail(ADA, "hangs too").await;
    stage.hook.items("/hook", 2).await;
    assert_eq!(
        stage.journal("notification").await.len(),
        1,
        "only Bob's was answered"
    );
}

/// Lets `count` deliveries be answered, each after `held` seconds (none: at once).
async fn answers(stage: &Stage, count: usize, held: u64) {
    for _ in 0..count {
        let before = items(&stage.hook.received(), "/hook").len();
        let noted = stage.journal("notification").await.len();
        stage.hook.answer_deliveries(if held > 0 {
            Deliveries::Silence
        } else {
            Deliveries::Status(202)
        });
        stage.mail(ADA, "Hello").await;
        stage.hook.items("/hook", before + 1).await;
        if held > 0 {
            stage.advance(held).await;
        }
        stage.journal_until("notification", noted + 1).await;
        stage.hook.answer_deliveries(Deliveries::Status(202));
    }
}

#[tokio::test]
async fn a_slow_endpoint_waits_ten_minutes_and_is_freed_by_quick_probes() {
    let stage = quiet_stage().await;
    stage.watch(ADA).await;
    answers(&stage, 8, 0).await;
    answers(&stage, 2, 4).await;
    let before = stage.hook.items("/hook", 10).await.len();
    let delayed = stage.mail(ADA, "waits").await;
    // The two that timed out are delivered again, the new one is not.
    stage.advance(60).await;
    let now = stage.hook.items("/hook", before + 2).await;
    assert!(
        now.iter()
            .all(|item| item["resourceData"]["id"] != delayed.as_str())
    );
    stage.advance(600).await;
    let all = stage
        .hook
        .until(|received| {
            items(received, "/hook")
                .iter()
                .any(|item| item["resourceData"]["id"] == delayed.as_str())
        })
        .await;
    let posts = items(&all, "/hook").len();
    stage.journal_until("notification", posts).await;
    stage.mail(ADA, "flows again").await;
    stage.hook.items("/hook", posts + 1).await;
}

#[tokio::test]
async fn a_dropped_endpoint_loses_everything_until_probes_succeed_and_then_hears_missed() {
    let stage = quiet_stage().await;
    let id = stage.watch(ADA).await;
    answers(&stage, 7, 0).await;
    // First attempts that time out make it slow, their retries that hang ten seconds drop it.
    stage.hook.answer_deliveries(Deliveries::Silence);
    for n in 0..3 {
        stage.mail(ADA, &format!("hangs {n}")).await;
        stage.hook.items("/hook", 8 + n).await;
    }
    stage.advance(4).await;
    stage.journal_until("notification", 10).await;
    stage.advance(11).await;
    stage.hook.items("/hook", 13).await;
    stage.advance(11).await;
    stage.journal_until("notification", 13).await;
    stage.hook.answer_deliveries(Deliveries::Status(202));
    let lost = stage.mail(ADA, "lost").await;
    stage.advance(300).await;
    stage.journal_until("notification", 16).await;
    stage.advance(301).await;
    let probe = stage.mail(ADA, "probe").await;
    let missed = stage.hook.items("/lifecycle", 1).await.remove(0);
    assert_eq!(
        (&missed["lifecycleEvent"], &missed["subscriptionId"]),
        (&json!("missed"), &json!(id))
    );
    let ids: Vec<_> = items(&stage.hook.received(), "/hook")
        .iter()
        .map(|item| item["resourceData"]["id"].clone())
        .collect();
    assert!(ids.contains(&json!(probe)) && !ids.contains(&json!(lost)));
}

#[tokio::test]
async fn a_dead_token_pauses_the_delivery_until_it_is_authorized_anew() {
    for renewing in [true, false] {
        let stage = quiet_stage().await;
        let ada = stage.person(APP, ADA).await;
        let id = stage.subscribe(&ada, stage.wish("me/messages").await).await;
        stage.advance(91 * 60).await;
        let held = stage.mail(ADA, "held").await;
        let shown = stage.sim(Method::GET, "subscriptions", Value::Null).await;
        assert_eq!(shown[0]["state"], "paused");
        assert!(
            stage
                .journal("notification")
                .await
                .iter()
                .all(|entry| entry["path"] != stage.hook.url("/hook"))
        );
        stage.advance(3 * 3_600).await;
        let fresh = stage.person(APP, ADA).await;
        let reply = if renewing {
            let renewal = json!({"expirationDateTime": stage.in_minutes(4_000).await});
            stage
                .graph(
                    &fresh,
                    Method::PATCH,
                    &format!("subscriptions/{id}"),
                    renewal,
                )
                .await
        } else {
            stage
                .graph(
                    &fresh,
                    Method::POST,
                    &format!("subscriptions/{id}/reauthorize"),
                    Value::Null,
                )
                .await
        };
        assert!(reply.status < 300, "{reply:?}");
        let item = stage.hook.items("/hook", 1).await.remove(0);
        assert_eq!(item["resourceData"]["id"], held.as_str());
        assert_eq!(
            stage.sim(Method::GET, "subscriptions", Value::Null).await[0]["state"],
            "active"
        );
    }
}

#[tokio::test]
async fn what_is_paused_longer_than_four_hours_is_lost() {
    let stage = quiet_stage().await;
    let ada = stage.person(APP, ADA).await;
    let id = stage.subscribe(&ada, stage.wish("me/messages").await).await;
    stage.advance(91 * 60).await;
    let lost = stage.mail(ADA, "lost").await;
    stage.sim(Method::GET, "subscriptions", Value::Null).await;
    stage.advance(4 * 3_600 + 1).await;
    let fresh = stage.person(APP, ADA).await;
    stage
        .graph(
            &fresh,
            Method::POST,
            &format!("subscriptions/{id}/reauthorize"),
            Value::Null,
        )
        .await;
    stage.mail(ADA, "comes").await;
    let all = stage.hook.items("/hook", 1).await;
    assert!(
        all.iter()
            .all(|item| item["resourceData"]["id"] != lost.as_str())
    );
}
