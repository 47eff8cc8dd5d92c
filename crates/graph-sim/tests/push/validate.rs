//! The handshake: what is sent to a webhook, and what each wrong answer costs.

use http::Method;
use serde_json::{Value, json};

use crate::hook::Probes;
use crate::stage::{ADA, APP, Stage, but};

const FAILED: &str = "Notification endpoint must respond with 200 OK to validation request.";

async fn refused(stage: &Stage, probes: Probes) -> String {
    stage.hook.answer_probes(probes);
    let organisation = stage.organisation(APP).await;
    let reply = stage
        .try_subscribe(
            &organisation,
            stage.wish(&format!("users/{ADA}/messages")).await,
        )
        .await;
    let (status, code, message) = reply.refusal();
    assert_eq!((status, code), (400, "ValidationError"), "{reply:?}");
    message.to_owned()
}

#[tokio::test]
async fn both_urls_are_probed_as_recorded_before_the_creator_hears_anything() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let mut wish = stage.wish(&format!("users/{ADA}/messages")).await;
    wish["notificationUrl"] = json!(stage.hook.url("/hook?mailbox=7"));
    stage.subscribe(&organisation, wish).await;
    let received = stage.hook.received();
    let guid = received[0]
        .query
        .rsplit('+')
        .next()
        .expect("a guid")
        .to_owned();
    let token = format!(
        "Validation%3a+Testing+client+application+reachability+for+subscription+Request-Id%3a+{guid}"
    );
    assert_eq!(
        received[0].query,
        format!("mailbox=7&validationToken={token}")
    );
    assert_eq!(
        (received[1].path.as_str(), received[1].query.as_str()),
        (
            "/lifecycle",
            format!("validationToken={token}+Ticket%3a+a%2bb%2fc%3d%3d").as_str()
        )
    );
    for probe in &received {
        assert_eq!(probe.headers["content-type"], "text/plain; charset=utf-8");
        assert!(
            !probe.headers.contains_key("user-agent") && !probe.headers.contains_key("referer"),
            "{:?}",
            probe.headers
        );
    }
    let journal = stage.journal("validation").await;
    assert_eq!(
        journal
            .iter()
            .map(|entry| (entry["status"].clone(), entry["mailbox"].clone()))
            .collect::<Vec<_>>(),
        vec![(json!(200), json!(ADA)); 2]
    );
    assert_eq!(journal[1]["path"], stage.hook.url("/lifecycle"));
}

#[tokio::test]
async fn every_wrong_answer_has_its_own_sentence_and_nothing_is_created() {
    let stage = Stage::new().await;
    assert_eq!(
        refused(&stage, Probes::Status(403)).await,
        format!(
            "Subscription validation request failed. HTTP status code is 'Forbidden'. {FAILED}"
        )
    );
    assert_eq!(
        refused(&stage, Probes::Status(302)).await,
        format!("Subscription validation request failed. HTTP status code is 'Found'. {FAILED}")
    );
    assert_eq!(
        refused(&stage, Probes::Status(202)).await,
        format!("Subscription validation request failed. HTTP status code is 'Accepted'. {FAILED}")
    );
    assert_eq!(refused(&stage, Probes::Body("OK")).await, "OK");
    assert!(
        refused(&stage, Probes::Encoded)
            .await
            .starts_with("Validation%3a+")
    );
    assert!(refused(&stage, Probes::Html).await.contains("text/plain"));
    assert_eq!(
        stage.sim(Method::GET, "subscriptions", Value::Null).await,
        json!([])
    );
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_refused() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
    drop(listener);
    let wish = but(
        stage.wish(&format!("users/{ADA}/messages")).await,
        "notificationUrl",
        json!(url),
    );
    let reply = stage.try_subscribe(&organisation, wish).await;
    assert_eq!(
        reply.refusal(),
        (
            400,
            "ValidationError",
            format!("Subscription validation request failed. {FAILED}").as_str()
        )
    );
}

#[tokio::test]
async fn silence_is_a_timeout_after_ten_seconds() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    stage.hook.answer_probes(Probes::Silence);
    let wish = stage.wish(&format!("users/{ADA}/messages")).await;
    let (reply, ()) = tokio::join!(stage.try_subscribe(&organisation, wish), async {
        stage.hook.until(|received| !received.is_empty()).await;
        stage.advance(9).await;
        assert!(stage.journal("validation").await.is_empty());
        stage.advance(2).await;
    });
    assert_eq!(
        reply.refusal(),
        (
            400,
            "ValidationError",
            "Subscription validation request timed out."
        )
    );
    let entry = &stage.journal("validation").await[0];
    assert_eq!(
        (&entry["status"], &entry["ms"]),
        (&json!(0), &json!(10_000))
    );
}

#[tokio::test]
async fn a_probe_that_is_never_sent_is_reported_as_timed_out() {
    let stage = Stage::new().await;
    stage.faults(json!({"validation": {"skip": 1}})).await;
    assert_eq!(
        refused(&stage, Probes::Echo).await,
        "Subscription validation request timed out."
    );
    assert!(stage.hook.probes().is_empty());
}

#[tokio::test]
async fn the_first_validations_may_fail_and_a_retry_helps() {
    let stage = Stage::new().await;
    stage.faults(json!({"validation": {"failFirst": 2}})).await;
    for _ in 0..2 {
        assert_eq!(
            refused(&stage, Probes::Echo).await,
            "Subscription validation request timed out."
        );
    }
    let organisation = stage.organisation(APP).await;
    let mut wish = stage.wish(&format!("users/{ADA}/messages")).await;
    wish["lifecycleNotificationUrl"] = Value::Null;
    stage.subscribe(&organisation, wish).await;
}

#[tokio::test]
async fn a_late_probe_is_still_a_probe() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    stage
        .faults(json!({"validation": {"delayMs": 3_600_000}}))
        .await;
    let wish = but(
        stage.wish(&format!("users/{ADA}/messages")).await,
        "lifecycleNotificationUrl",
        Value::Null,
    );
    let mut creating = std::pin::pin!(stage.try_subscribe(&organisation, wish));
    let reply = loop {
        tokio::select! {
            reply = &mut creating => break reply,
            () = stage.advance(600) => {}
        }
    };
    assert_eq!((reply.status, stage.hook.probes().len()), (201, 1));
}
