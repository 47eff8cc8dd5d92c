//! The handshake in its finer points: what a probe is on the wire, and what of it nobody knows for sure.

use http::Method;
use serde_json::{Value, json};

use crate::hook::{Hook, Probes};
use crate::stage::{ADA, APP, Reply, Stage, but};

const TIMED_OUT: &str = "Subscription validation request timed out.";

async fn watching(stage: &Stage) -> Reply {
    let organisation = stage.organisation(APP).await;
    let wish = stage.wish(&format!("users/{ADA}/messages")).await;
    stage.try_subscribe(&organisation, wish).await
}

/// The decoded token of a probe's query.
fn token(query: &str) -> String {
    let found =
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "validationToken");
    found.expect("a token").1.into_owned()
}

#[tokio::test]
async fn a_probe_is_a_bare_post_without_a_body_or_a_key() {
    let stage = Stage::new().await;
    assert_eq!(watching(&stage).await.status, 201);
    let received = stage.hook.received();
    assert_eq!(received.len(), 2);
    for probe in &received {
        assert_eq!((&probe.method, probe.length), (&Method::POST, 0));
        assert_eq!(probe.version, http::Version::HTTP_11);
        for name in ["authorization", "cookie", "user-agent", "referer", "origin"] {
            assert!(!probe.headers.contains_key(name), "{name}");
        }
    }
}

#[tokio::test]
async fn the_token_is_opaque_plain_and_harmless() {
    let stage = Stage::new().await;
    assert_eq!(watching(&stage).await.status, 201);
    let [plain, hard] = [0, 1].map(|n| token(&stage.hook.received()[n].query));
    let start = "Validation: Testing client application reachability for subscription Request-Id: ";
    assert!(
        plain.starts_with(start) && hard.starts_with(start),
        "{plain} {hard}"
    );
    assert_eq!(plain.len(), 117);
    assert!(hard.ends_with("a+b/c=="), "{hard}");
    for token in [plain, hard] {
        assert_eq!(token.split('.').count(), 1, "no JWT");
        assert!(
            !token.contains(['<', '>', '&', '"', '\''])
                && token.chars().all(|sign| !sign.is_control()),
            "{token}"
        );
    }
}

#[tokio::test]
async fn another_form_of_token_is_echoed_like_any_other() {
    let stage = Stage::new().await;
    stage.faults(json!({"validation": {"otherToken": 1}})).await;
    assert_eq!(watching(&stage).await.status, 201);
    let other = token(&stage.hook.received()[0].query);
    assert!(
        !other.contains("Validation") && other.ends_with("=="),
        "{other}"
    );
}

#[tokio::test]
async fn an_answer_in_pieces_is_an_answer() {
    let stage = Stage::new().await;
    stage.hook.answer_probes(Probes::Chunked);
    assert_eq!(watching(&stage).await.status, 201);
}

#[tokio::test]
async fn anything_but_the_token_itself_is_a_wrong_body() {
    let stage = Stage::new().await;
    for (probes, start) in [
        (Probes::PercentOnly, "Validation:+Testing+client"),
        (Probes::Padded, "Validation: Testing client"),
        (Probes::Quoted, "\"Validation: Testing client"),
        (Probes::Body(""), ""),
    ] {
        stage.hook.answer_probes(probes);
        let reply = watching(&stage).await;
        assert_eq!(
            (reply.status, reply.refusal().1),
            (400, "ValidationError"),
            "{probes:?}"
        );
        assert!(reply.refusal().2.starts_with(start), "{reply:?}");
    }
}

#[tokio::test]
async fn no_status_but_200_will_do() {
    let stage = Stage::new().await;
    for (status, name) in [
        (201, "Created"),
        (204, "NoContent"),
        (308, "PermanentRedirect"),
        (401, "Unauthorized"),
        (500, "InternalServerError"),
    ] {
        stage.hook.answer_probes(Probes::Status(status));
        let reply = watching(&stage).await;
        let message = format!(
            "Subscription validation request failed. HTTP status code is '{name}'. Notification endpoint must respond with 200 OK to validation request."
        );
        assert_eq!(reply.refusal(), (400, "ValidationError", message.as_str()));
    }
    assert_eq!(
        stage.hook.probes().len(),
        5,
        "no redirect is followed, and the second URL is not tried"
    );
}

#[tokio::test]
async fn failures_were_told_in_other_words_before() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"validation": {"historicWords": 1}}))
        .await;
    stage.hook.answer_probes(Probes::Status(403));
    let reply = watching(&stage).await;
    let message = "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.";
    assert_eq!(reply.refusal(), (400, "InvalidRequest", message));
    stage
        .faults(json!({"validation": {"historicWords": 1, "skip": 1}}))
        .await;
    assert_eq!(
        watching(&stage).await.refusal(),
        (400, "InvalidRequest", TIMED_OUT)
    );
}

#[tokio::test]
async fn the_lifecycle_url_must_prove_itself_too() {
    let stage = Stage::new().await;
    let other = Hook::start().await;
    other.answer_probes(Probes::Status(404));
    let organisation = stage.organisation(APP).await;
    let wish = stage.wish(&format!("users/{ADA}/messages")).await;
    let wish = but(
        wish,
        "lifecycleNotificationUrl",
        json!(other.url("/lifecycle")),
    );
    let reply = stage.try_subscribe(&organisation, wish).await;
    assert_eq!((reply.status, reply.refusal().1), (400, "ValidationError"));
    assert_eq!((stage.hook.probes().len(), other.probes().len()), (1, 1));
    assert_eq!(
        stage.sim(Method::GET, "subscriptions", Value::Null).await,
        json!([])
    );
}

#[tokio::test]
async fn one_url_for_both_is_probed_twice_or_once() {
    for (once, probes) in [(0, 2), (1, 1)] {
        let stage = Stage::new().await;
        stage
            .faults(json!({"validation": {"probeOnce": once}}))
            .await;
        let organisation = stage.organisation(APP).await;
        let wish = stage.wish(&format!("users/{ADA}/messages")).await;
        let wish = but(
            wish,
            "lifecycleNotificationUrl",
            json!(stage.hook.url("/hook")),
        );
        stage.subscribe(&organisation, wish).await;
        assert_eq!(stage.hook.probes().len(), probes);
    }
}

#[tokio::test]
async fn the_probe_comes_before_there_is_anything_to_know() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    stage.hook.answer_probes(Probes::Silence);
    let wish = stage.wish(&format!("users/{ADA}/messages")).await;
    let (reply, ()) = tokio::join!(stage.try_subscribe(&organisation, wish), async {
        stage.hook.until(|received| !received.is_empty()).await;
        assert_eq!(
            stage.sim(Method::GET, "subscriptions", Value::Null).await,
            json!([])
        );
        stage.advance(11).await;
    });
    assert_eq!(reply.refusal(), (400, "ValidationError", TIMED_OUT));
}

#[tokio::test]
async fn renewing_and_reauthorizing_probe_unless_only_creation_does() {
    for (switch, probes) in [(1, 3), (0, 0)] {
        let stage = Stage::new().await;
        let organisation = stage.organisation(APP).await;
        let id = stage.watch(ADA).await;
        stage
            .faults(json!({"subscription": {"probeOnRenew": switch}}))
            .await;
        let before = stage.hook.probes().len();
        assert_eq!(stage.renew(&organisation, &id, 90).await.status, 200);
        stage.advance(601).await;
        assert_eq!(stage.reauthorize(&organisation, &id).await.status, 204);
        stage.advance(601).await;
        assert_eq!(stage.renew(&organisation, &id, 95).await.status, 200);
        let probed: Vec<_> = stage.hook.probes().split_off(before);
        assert_eq!(probed.len(), probes);
        assert!(
            probed.iter().all(|(path, _)| path == "/hook"),
            "the lifecycle URL is not asked again"
        );
    }
}

#[tokio::test]
async fn a_new_url_proves_itself_unless_it_is_trusted() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let id = stage.watch(ADA).await;
    let silent = Hook::start().await;
    silent.answer_probes(Probes::Status(500));
    let elsewhere = json!({"notificationUrl": silent.url("/elsewhere")});
    let reply = stage
        .on(&organisation, Method::PATCH, &id, elsewhere.clone())
        .await;
    assert_eq!((reply.status, reply.refusal().1), (400, "ValidationError"));
    let shown = stage.on(&organisation, Method::GET, &id, Value::Null).await;
    assert_eq!(shown.json["notificationUrl"], stage.hook.url("/hook"));
    stage
        .faults(json!({"validation": {"trustNewUrl": 1}}))
        .await;
    let reply = stage.on(&organisation, Method::PATCH, &id, elsewhere).await;
    assert_eq!((reply.status, silent.probes().len()), (200, 1));
}

#[tokio::test]
async fn faults_of_the_handshake_are_in_the_journal() {
    let stage = Stage::new().await;
    stage.faults(json!({"validation": {"skip": 1}})).await;
    assert_eq!(watching(&stage).await.refusal().2, TIMED_OUT);
    stage.faults(json!({"validation": {"failFirst": 1}})).await;
    assert_eq!(watching(&stage).await.refusal().2, TIMED_OUT);
    stage.faults(json!({"validation": {"delayMs": 1}})).await;
    assert_eq!(watching(&stage).await.status, 201);
    assert_eq!(
        stage.struck("validation").await,
        ["skip", "failFirst", "delayMs", "delayMs"]
    );
}
