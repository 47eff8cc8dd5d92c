//! Limits and batches in every form that was told of them.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, BOB, Reply, Stage};

fn answers(reply: &Reply) -> Vec<(String, u64)> {
    let all = reply.json["responses"].as_array().cloned();
    let pair = |answer: Value| {
        let id = answer["id"].as_str().expect("an id").to_owned();
        (id, answer["status"].as_u64().expect("a status"))
    };
    all.unwrap_or_default().into_iter().map(pair).collect()
}

fn reads(count: usize, url: &str) -> Value {
    let one = |n: usize| json!({"id": n.to_string(), "method": "GET", "url": format!("{url}?$top={}", n + 1)});
    json!({"requests": (0..count).map(one).collect::<Vec<_>>()})
}

#[tokio::test]
async fn whoever_goes_on_calling_stays_refused() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    stage.faults(json!({"graph": {"mailboxRequests": 3}})).await;
    for _ in 0..3 {
        assert_eq!(ada.get("me/messages").await.status, 200);
    }
    for _ in 0..3 {
        stage.advance(300).await;
        let refused = ada.get("me/messages").await;
        assert_eq!(
            refused.refusal(),
            (
                429,
                "ApplicationThrottled",
                "Application is over its RequestRate limit."
            )
        );
        assert!(
            refused
                .header("retry-after")
                .parse::<u64>()
                .expect("seconds")
                <= 600
        );
        ada.get("me/messages").await;
        ada.get("me/messages").await;
    }
    let bob = stage.person(BOB).await;
    assert_eq!(bob.get("me/messages").await.status, 200, "a mailbox alone");
    stage.advance(601).await;
    assert_eq!(ada.get("me/messages").await.status, 200);
}

#[tokio::test]
async fn an_app_has_a_limit_over_all_mailboxes_too() {
    let stage = Stage::new().await;
    let organisation = stage.organisation().await;
    stage.faults(json!({"graph": {"appRequests": 2}})).await;
    for address in [ADA, BOB] {
        let path = format!("users/{address}/messages");
        assert_eq!(organisation.get(&path).await.status, 200);
    }
    let path = format!("users/{ADA}/messages");
    let refused = organisation.get(&path).await;
    assert_eq!(
        refused.refusal().2,
        "Application is over its RequestRate limit."
    );
    stage.advance(10).await;
    assert_eq!(organisation.get(&path).await.status, 200);
}

#[tokio::test]
async fn a_refused_write_was_not_done() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    stage
        .faults(json!({"seed": 5, "graph": {"error429": 1}}))
        .await;
    for n in 0..8 {
        let folder = json!({"displayName": format!("folder {n}")});
        let refused = ada.call(Method::POST, "me/mailFolders", folder).await;
        assert_eq!(refused.status, 429);
        let (_, code, message) = refused.refusal();
        let inner = &refused.json["error"]["innerError"];
        match code {
            "TooManyRequests" => assert!(
                message == "Please retry again later."
                    && inner["code"] == "429"
                    && inner["status"] == "429"
                    && inner["message"].is_string()
            ),
            "ApplicationThrottled" => assert!(inner.is_null()),
            other => panic!("{other}"),
        }
    }
    stage.faults(json!({})).await;
    let folders = ada.get("me/mailFolders?$top=100").await;
    assert!(!folders.text.contains("folder 1"));
}

#[tokio::test]
async fn five_hundred_and_nine_is_throttled_too() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    stage.faults(json!({"graph": {"error509": 1}})).await;
    let refused = ada.get("me/messages").await;
    assert_eq!(refused.status, 509);
    assert!(!refused.header("retry-after").is_empty());
    stage.faults(json!({})).await;
    assert_eq!(ada.get("me/messages").await.status, 200);
}

#[tokio::test]
async fn a_503_before_the_work_says_what_is_wrong() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    stage
        .faults(json!({"seed": 5, "graph": {"error503": 1}}))
        .await;
    let mut codes = std::collections::BTreeSet::new();
    for n in 0..30 {
        let refused = ada.get(&format!("me/messages?$top={}", n + 1)).await;
        assert_eq!(refused.status, 503);
        assert!(refused.json["error"]["innerError"].is_null());
        codes.insert(refused.refusal().1.to_owned());
    }
    let expected = ["", "MailboxInfoStale", "ServiceUnavailable"].map(str::to_owned);
    assert_eq!(codes, expected.into());
}

#[tokio::test]
async fn the_lost_answer_to_work_that_was_done_may_come_late() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    stage
        .faults(json!({"seed": 5, "graph": {"error503": 1, "error503AfterMs": 22_000}}))
        .await;
    // Which name is lost after the work follows from the seed; one of a few is.
    let mut late = 0;
    for n in 0..6 {
        let began = stage.sim.now();
        let path = format!("me/mailFolders?n={n}");
        let call = ada.call(
            Method::POST,
            &path,
            json!({"displayName": format!("late {n}")}),
        );
        tokio::pin!(call);
        let reply = loop {
            tokio::select! {
                biased;
                reply = &mut call => break reply,
                () = stage.advance(1) => {}
            }
        };
        let took = stage.sim.now().duration_since(began).as_secs();
        if reply.text.is_empty() {
            assert!(took >= 21, "{took}");
            late += 1;
        }
        assert_eq!(reply.status, 503);
    }
    assert!(late > 0);
}

#[tokio::test]
async fn a_large_page_with_bodies_may_time_out() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    stage.faults(json!({"graph": {"bodiesAbove": 100}})).await;
    for (query, status) in [
        ("$top=200", 504),
        ("$top=100", 200),
        ("$top=200&$select=subject", 200),
    ] {
        let reply = ada.get(&format!("me/messages?{query}")).await;
        assert_eq!(reply.status, status, "{query}");
    }
}

/// Calls that overlap: a batch feeds as many at a time as it is told.
async fn crowd(stage: &Stage, count: usize, url: &str) -> Reply {
    let ada = stage.person(ADA).await;
    ada.call(Method::POST, "$batch", reads(count, url)).await
}

#[tokio::test]
async fn a_batch_feeds_four_at_a_time() {
    let stage = Stage::new().await;
    stage.sim.set_pace(std::time::Duration::from_millis(20));
    let reply = crowd(&stage, 20, "/me/messages").await;
    let all = answers(&reply);
    assert!(all.len() == 20 && all.iter().all(|(_, status)| *status == 200));
    let asked: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let given: Vec<String> = all.into_iter().map(|(id, _)| id).collect();
    assert_ne!(given, asked, "the order is nobody's");
    stage.faults(json!({"graph": {"batchParallel": 20}})).await;
    let reply = crowd(&stage, 20, "/me/messages").await;
    let refused = answers(&reply).iter().filter(|one| one.1 == 429).count();
    assert_eq!((reply.status, refused), (200, 16));
}

#[tokio::test]
async fn two_batches_to_one_mailbox_are_in_each_others_way() {
    let stage = Stage::new().await;
    stage.sim.set_pace(std::time::Duration::from_millis(50));
    let ada = stage.person(ADA).await;
    let batch = || ada.call(Method::POST, "$batch", reads(8, "/me/messages"));
    let (one, two) = tokio::join!(batch(), batch());
    let refused = [&one, &two]
        .into_iter()
        .flat_map(answers)
        .filter(|answer| answer.1 == 429);
    assert!(refused.count() > 0);
}

#[tokio::test]
async fn chained_batches_run_beside_each_other() {
    let stage = Stage::new().await;
    stage.sim.set_pace(std::time::Duration::from_millis(20));
    let ada = stage.person(ADA).await;
    let chain = || {
        let one = |n: usize| {
            let before: Vec<String> = n
                .checked_sub(1)
                .map(|n| n.to_string())
                .into_iter()
                .collect();
            json!({"id": n.to_string(), "method": "GET", "url": "/me/messages", "dependsOn": before})
        };
        let requests: Vec<Value> = (0..5).map(one).collect();
        ada.call(Method::POST, "$batch", json!({"requests": requests}))
    };
    let (a, b, c, d) = tokio::join!(chain(), chain(), chain(), chain());
    for reply in [a, b, c, d] {
        assert!(answers(&reply).iter().all(|(_, status)| *status == 200));
    }
}

#[tokio::test]
async fn more_than_twenty_are_refused_unless_told_otherwise() {
    let stage = Stage::new().await;
    let refused = crowd(&stage, 21, "/me/messages").await;
    assert_eq!((refused.status, refused.refusal().1), (400, "BadRequest"));
    stage.faults(json!({"graph": {"batchMost": 25}})).await;
    assert_eq!(answers(&crowd(&stage, 21, "/me/messages").await).len(), 21);
}

#[tokio::test]
async fn a_throttled_call_fails_its_batch_only_in_the_older_way() {
    let stage = Stage::new().await;
    let graph = |batch: bool| json!({"seed": 1, "graph": {"error429": 0.5, "batch424": batch}});
    stage.faults(graph(false)).await;
    assert_eq!(crowd(&stage, 20, "/me/messages").await.status, 200);
    stage.faults(graph(true)).await;
    let refused = crowd(&stage, 20, "/me/messages").await;
    assert_eq!(
        (refused.status, refused.refusal().1),
        (424, "FailedDependency")
    );
}

#[tokio::test]
async fn answers_of_a_batch_may_be_missing() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"seed": 2, "graph": {"batchLoses": 0.5}}))
        .await;
    let reply = crowd(&stage, 20, "/me/messages").await;
    let given = answers(&reply).len();
    assert!((1..20).contains(&given), "{given}");
    let journal = stage.sim(Method::GET, "journal", Value::Null).await;
    let entries = journal.as_array().expect("entries");
    let made = entries.iter().filter(|entry| {
        entry["path"]
            .as_str()
            .is_some_and(|path| path.starts_with("/v1.0/me/messages?"))
    });
    assert_eq!(made.count(), 20, "each was made");
    assert!(entries.iter().any(|entry| entry["fault"] == "batchLoses"));
}

#[tokio::test]
async fn one_call_too_many_may_say_so_in_other_words() {
    let stage = Stage::new().await;
    stage.sim.set_pace(std::time::Duration::from_millis(20));
    for older in [false, true] {
        let switches =
            json!({"batchParallel": 20, "oldConcurrencyCode": older, "rateLimitHeader": older});
        stage.faults(json!({"graph": switches})).await;
        let reply = crowd(&stage, 20, "/me/messages").await;
        let all = reply.json["responses"].as_array().expect("answers").clone();
        let refused: Vec<&Value> = all.iter().filter(|one| one["status"] == 429).collect();
        assert!(!refused.is_empty());
        let code = if older {
            "ErrorTooManyObjectsOpened"
        } else {
            "ApplicationThrottled"
        };
        for one in refused {
            assert_eq!(one["body"]["error"]["code"], code);
            assert_eq!(one["headers"]["Retry-After"], "1");
            let named = one["headers"]["RateLimit-Exceeded"] == "MailboxConcurrency";
            assert_eq!(named, older);
        }
    }
}

#[tokio::test]
async fn four_at_a_time_may_count_for_the_app_as_a_whole() {
    let stage = Stage::new().await;
    stage.sim.set_pace(std::time::Duration::from_millis(20));
    let organisation = stage.organisation().await;
    let mut both = Vec::new();
    for (n, address) in [ADA, BOB].into_iter().cycle().take(8).enumerate() {
        both.push(json!({"id": n.to_string(), "method": "GET", "url": format!("/users/{address}/messages")}));
    }
    for (per_app, refused) in [(false, 0), (true, 4)] {
        let graph = json!({"batchParallel": 20, "concurrencyPerApp": per_app});
        stage.faults(json!({"graph": graph})).await;
        let batch = json!({"requests": both});
        let reply = organisation.call(Method::POST, "$batch", batch).await;
        let throttled = answers(&reply).iter().filter(|one| one.1 == 429).count();
        assert_eq!(throttled, refused, "{per_app}");
    }
}

#[tokio::test]
async fn the_limits_hold_in_every_cloud() {
    let stage = Stage::new().await;
    for cloud in ["global", "usGov", "usDod", "china"] {
        let graph = json!({"cloud": cloud, "mailboxRequests": 1});
        stage.faults(json!({"graph": graph})).await;
        let ada = stage.person(ADA).await;
        assert_eq!(ada.get("me/messages").await.status, 200, "{cloud}");
        assert_eq!(ada.get("me/messages").await.status, 429, "{cloud}");
        stage.advance(601).await;
    }
}
