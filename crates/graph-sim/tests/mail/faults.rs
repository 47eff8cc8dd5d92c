//! Faults on calls of `/v1.0`: they strike, they are written down, and they end when told to.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, Stage};

#[tokio::test]
async fn unknown_faults_are_refused_by_name_and_known_ones_shown() {
    let stage = Stage::new().await;
    let refused = stage
        .sim_raw(
            Method::PUT,
            "faults",
            json!({"graph": {"error418": 1}, "moon": "full"}),
        )
        .await;
    assert_eq!(
        (refused.status, refused.json["error"].as_str()),
        (400, Some("unknown: graph.error418, moon"))
    );
    stage.faults(json!({"graph": {"error429": 0.25}})).await;
    assert_eq!(
        stage.sim(Method::GET, "faults", Value::Null).await["graph"]["error429"],
        0.25
    );
}

#[tokio::test]
async fn each_kind_of_breakage_answers_in_its_own_way() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    stage
        .faults(json!({"seed": 5, "graph": {"error429": 1}}))
        .await;
    let mut forms = [false; 3];
    for n in 0..20 {
        let reply = ada.get(&format!("me/messages?$top={}", n + 1)).await;
        assert_eq!(reply.status, 429);
        let wait = reply.header("retry-after");
        let form = if wait.contains("GMT") {
            2
        } else {
            usize::from(wait.contains('.'))
        };
        forms[form] = true;
        assert!(
            form == 2 || (0.0..=5.0).contains(&wait.parse::<f64>().expect("a number")),
            "{wait}"
        );
    }
    assert_eq!(forms, [true; 3]);
    let struck = stage.sim(Method::GET, "faults/struck", Value::Null).await;
    assert_eq!(struck, json!({"error429": 20}));
    stage
        .faults(json!({"seed": 5, "graph": {"error5xx": 1}}))
        .await;
    assert!(matches!(
        ada.get("me/messages").await.status,
        500 | 502 | 504
    ));
    stage
        .faults(json!({"seed": 5, "graph": {"error503": 1}}))
        .await;
    assert_eq!(ada.get("me/messages").await.status, 503);
    stage.faults(json!({})).await;
    assert_eq!(ada.get("me/messages").await.status, 200);
    let journal = stage.sim(Method::GET, "journal", Value::Null).await;
    let struck: Vec<&str> = journal
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["fault"].as_str())
        .collect();
    assert_eq!(
        (struck.len(), struck[0], struck[20], struck[21]),
        (22, "error429", "error5xx", "error503")
    );
}

#[tokio::test]
async fn a_503_may_come_after_the_work_was_done() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    stage
        .faults(json!({"seed": 5, "graph": {"error503": 1}}))
        .await;
    let (mut empty, mut spoken) = (0, 0);
    for n in 0..20 {
        let reply = ada
            .call(
                Method::POST,
                "me/mailFolders",
                json!({"displayName": format!("folder {n}")}),
            )
            .await;
        assert_eq!(reply.status, 503);
        if reply.text.is_empty() {
            assert_eq!(
                (
                    reply.header("content-type"),
                    reply.header("content-length"),
                    reply.header("retry-after")
                ),
                ("text/plain", "0", "")
            );
            empty += 1;
        } else {
            spoken += 1;
        }
    }
    assert!(empty > 0 && spoken > 0);
    stage.faults(json!({})).await;
    let folders = ada.get("me/mailFolders?$top=100").await;
    let made = folders
        .column("displayName")
        .iter()
        .filter(|name| name.starts_with("folder "))
        .count();
    assert_eq!(made, empty);
}

#[tokio::test]
async fn a_hanging_call_ends_after_its_time_or_with_the_faults() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for ending in ["clock", "faults"] {
        stage.faults(json!({"graph": {"timeout": 1}})).await;
        let ended = async {
            under_way(&stage).await;
            match ending {
                "clock" => stage.advance(31).await,
                _ => stage.faults(json!({})).await,
            }
        };
        let both = async { tokio::join!(ada.get("me/messages"), ended).0 };
        let reply = tokio::time::timeout(Duration::from_secs(10), both)
            .await
            .expect("an end");
        assert_eq!(reply.status, 504, "{ending}");
    }
}

/// Returns when the simulator has taken a few other requests: the call beside them hangs by then.
async fn under_way(stage: &Stage) {
    for _ in 0..5 {
        stage.sim(Method::GET, "clock", Value::Null).await;
    }
}

#[tokio::test]
async fn new_mail_cannot_be_read_before_the_store_has_caught_up() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    stage
        .faults(json!({"graph": {"readableAfterMs": 60_000}}))
        .await;
    let id = stage.mail("late").await;
    assert_eq!(
        ada.get(&format!("me/messages/{id}")).await.refusal().1,
        "ErrorItemNotFound"
    );
    assert_eq!(ada.get("me/messages").await.items().len(), 0);
    let (items, link) = ada.round("me/mailFolders/inbox/messages/delta", "").await;
    assert_eq!(items.len(), 0);
    stage.advance(61).await;
    assert_eq!(ada.get(&format!("me/messages/{id}")).await.status, 200);
    assert_eq!(ada.round(&link, "").await.0.len(), 1);
}

#[tokio::test]
async fn the_same_seed_strikes_the_same_calls_in_whatever_order_they_come() {
    let mut runs: Vec<Vec<(usize, u16)>> = Vec::new();
    for order in [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [9, 3, 5, 1, 7, 2, 8, 0, 6, 4],
    ] {
        let stage = Stage::new().await;
        let ada = stage.person(ADA).await;
        stage
            .faults(json!({"seed": 11, "graph": {"error429": 0.3, "error5xx": 0.3}}))
            .await;
        let mut statuses = Vec::new();
        for n in order {
            statuses.push((
                n,
                ada.get(&format!("me/messages?$top={}", n + 1)).await.status,
            ));
        }
        statuses.sort_unstable();
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(
        runs[0].iter().any(|(_, status)| *status == 200)
            && runs[0].iter().any(|(_, status)| *status == 429)
    );
}
