//! Graph's limits: four calls at a time, ten thousand in ten minutes, each for one app and one mailbox.

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, BOB, Caller, Reply, Stage};

/// Faults under which calls do not end before they are let go.
fn standing_still(concurrency_limit: Option<f64>) -> Value {
    let mut graph = json!({"latencyMs": 3_600_000});
    if let Some(limit) = concurrency_limit {
        graph["concurrencyLimit"] = json!(limit);
    }
    json!({"graph": graph})
}

/// Sends calls at the same time and lets them go when as many have been refused as are expected to be; gives all answers.
async fn at_once(stage: &Stage, calls: Vec<(Caller<'_>, String)>, refused: usize) -> Vec<Reply> {
    let mut running: FuturesUnordered<_> = calls
        .iter()
        .map(|(caller, path)| caller.get(path))
        .collect();
    let mut replies = Vec::new();
    while replies.len() < refused {
        replies.extend(running.next().await);
    }
    let letting_go = async {
        // Those that are not refused are under way by the time that a few other requests have been answered.
        for _ in 0..10 {
            stage.sim(Method::GET, "clock", Value::Null).await;
        }
        stage.faults(json!({})).await;
    };
    let (rest, ()) = tokio::join!(running.collect::<Vec<_>>(), letting_go);
    replies.extend(rest);
    replies
}

fn times<'a>(count: usize, caller: &Caller<'a>, path: &str) -> Vec<(Caller<'a>, String)> {
    vec![(caller.clone(), path.to_owned()); count]
}

#[tokio::test]
async fn the_fifth_call_at_a_time_to_a_mailbox_is_refused() {
    let stage = Stage::new().await;
    let organisation = stage.organisation().await;
    let path = format!("users/{ADA}/messages");
    stage.faults(standing_still(None)).await;
    let replies = at_once(&stage, times(5, &organisation, &path), 1).await;
    let refused: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(
        refused[0].refusal(),
        (
            429,
            "ApplicationThrottled",
            "Application is over its MailboxConcurrency limit."
        )
    );
    assert_eq!(refused[0].header("retry-after"), "1");
    assert!(refused[0].json["error"]["innerError"].is_null());
    assert_eq!(organisation.get(&path).await.status, 200);
}

#[tokio::test]
async fn other_mailboxes_and_other_apps_have_calls_of_their_own() {
    let stage = Stage::new().await;
    stage
        .sim(
            Method::POST,
            "apps",
            json!({"clientId": "other", "clientSecret": "s", "application": ["Mail.Read"]}),
        )
        .await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "other"),
        ("client_secret", "s"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let other = Caller {
        stage: &stage,
        token: stage
            .token_reply("contoso.test", &form)
            .await
            .text_of("access_token"),
    };
    let organisation = stage.organisation().await;
    let mut calls = times(4, &organisation, &format!("users/{ADA}/messages"));
    calls.extend(times(4, &organisation, &format!("users/{BOB}/messages")));
    calls.extend(times(4, &other, &format!("users/{ADA}/messages")));
    stage.faults(standing_still(None)).await;
    let replies = at_once(&stage, calls, 0).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
}

#[tokio::test]
async fn the_refusal_can_be_made_a_matter_of_luck() {
    let stage = Stage::new().await;
    let organisation = stage.organisation().await;
    let calls = times(8, &organisation, &format!("users/{ADA}/messages"));
    stage.faults(standing_still(Some(0.0))).await;
    let replies = at_once(&stage, calls, 0).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
}

#[tokio::test]
async fn ten_thousand_calls_in_ten_minutes_are_enough() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let requests: Vec<Value> = (0..20).map(|n| json!({"id": n.to_string(), "method": "GET", "url": "/me/mailFolders/inbox?$select=id"})).collect();
    for _ in 0..500 {
        assert_eq!(
            ada.call(Method::POST, "$batch", json!({"requests": requests}))
                .await
                .status,
            200
        );
    }
    let refused = ada.get("me/mailFolders/inbox").await;
    assert_eq!(
        refused.refusal().2,
        "Application is over its RequestRate limit."
    );
    assert!(
        refused
            .header("retry-after")
            .parse::<u64>()
            .expect("seconds")
            <= 600
    );
    stage.advance(600).await;
    assert_eq!(ada.get("me/mailFolders/inbox").await.status, 200);
}

#[tokio::test]
async fn uploads_are_limited_in_bytes() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let upload = || {
        let request = ada.request(Method::POST, "me/mailFolders");
        stage.send(request.body(vec![b'x'; 40 * 1024 * 1024]))
    };
    for _ in 0..3 {
        assert_eq!(upload().await.status, 400);
    }
    let (status, code, message) = (
        429,
        "ApplicationThrottled",
        "Application is over its IncomingBytes limit.",
    );
    assert_eq!(upload().await.refusal(), (status, code, message));
    stage.advance(300).await;
    assert_eq!(upload().await.status, 400);
}
