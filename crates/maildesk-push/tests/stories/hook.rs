//! The webhook: what it answers, and what it lets count.

use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use http::{Method, Request, StatusCode, header};
use maildesk_model::stamp::Trigger;
use maildesk_model::{Clock, MailboxId};
use maildesk_push::{LIFECYCLE_PATH, NOTIFICATIONS_PATH};
use maildesk_store::contract::{ConnectionStore, PushStore, StampStore};
use serde_json::{Value, json};

use crate::office::ADA;
use crate::wire::send;
use crate::world::{World, body, item, stories, until};

stories!(
    a_validation_is_answered_at_any_time_with_the_decoded_token,
    a_token_that_is_none_is_refused,
    a_probe_is_remembered_without_delaying_its_answer,
    a_genuine_notification_stamps_its_mailbox_alone,
    who_does_not_prove_to_know_the_secret_is_answered_and_ignored,
    lifecycle_notifications_make_everything_due,
    whatever_comes_is_answered_as_written_down,
    two_hundred_at_once_are_each_durable,
    more_hints_than_a_stamp_keeps_mean_everything,
    other_methods_and_paths_are_not_there,
    what_cannot_be_kept_is_not_accepted,
    retiring_subscriptions_still_count,
);

/// A mailbox with a live subscription and nothing due: its key, Graph's id, the secret.
async fn subscribed(world: &World) -> (MailboxId, String, String) {
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    world.sync(ada).await;
    let id = world.panel(ada).await.subscription.unwrap();
    let secret = world.store().push_secret(world.admin, ada).await.unwrap();
    let secret = secret.unwrap().unwrap().expose().to_owned();
    (ada, id, secret)
}

async fn stamps_due(world: &World) -> i64 {
    let due = world.store().stamps_due(world.clock.now());
    due.await.unwrap()
}

async fn a_validation_is_answered_at_any_time_with_the_decoded_token(world: World) {
    let token = "Validation%3a+Testing+client%2Bapp+%2F%3D+Request-Id%3A+5f0a-%C3%A9";
    for path in [NOTIFICATIONS_PATH, LIFECYCLE_PATH] {
        for (query, sent) in [
            (format!("{path}?validationToken={token}"), ""),
            (format!("{path}?a=b&validationToken={token}&c=d"), ""),
            (format!("{path}?validationToken={token}"), "no JSON"),
        ] {
            let answer = world.post_to(&query, sent).await;
            assert_eq!(answer.status(), StatusCode::OK);
            let headers = answer.headers();
            assert_eq!(headers[header::CONTENT_TYPE], "text/plain; charset=utf-8");
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
            let wanted = "Validation: Testing client+app /= Request-Id: 5f0a-é";
            assert_eq!(answer.body(), wanted);
        }
    }
    let empty = world
        .post_to(&format!("{NOTIFICATIONS_PATH}?validationToken="), "")
        .await;
    assert_eq!((empty.status(), empty.body().len()), (StatusCode::OK, 0));
}

async fn a_token_that_is_none_is_refused(world: World) {
    let long = "a".repeat(4097);
    for token in ["%3Cscript%3E", "a%3Eb", "a%0Ab", "%00", "%ff%fe", &long] {
        let uri = format!("{LIFECYCLE_PATH}?validationToken={token}");
        let answer = world.post_to(&uri, "").await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{token}");
        assert!(answer.body().is_empty());
    }
}

async fn a_probe_is_remembered_without_delaying_its_answer(world: World) {
    let said = "Validation%3a+Testing+client+application+reachability+for+subscription";
    let uri = format!("{NOTIFICATIONS_PATH}?validationToken={said}");
    let memo = async || world.store().memo("push.probe.outlook").await.unwrap();
    let resting = world.clock.sleepers();
    // Whoever tries the address out is answered, and is no part of the story of a registration.
    for stranger in ["x", "Validation", "%00"] {
        let uri = format!("{NOTIFICATIONS_PATH}?validationToken={stranger}");
        world.post_to(&uri, "").await;
    }
    assert_eq!(
        world.clock.sleepers(),
        resting,
        "nobody writes anything down"
    );
    world.post_to(&uri, "").await;
    until(async || memo().await.is_some()).await;
    // The pause after the writing is counted from when it begins.
    until(async || world.clock.sleepers() > resting).await;
    let first = memo().await;
    // A flood is written down a few times a second, and the last of it for certain.
    world.clock.advance(Duration::from_millis(100));
    for _ in 0..100 {
        world.post_to(&uri, "").await;
    }
    assert_eq!(memo().await, first);
    world.clock.advance(Duration::from_millis(200));
    until(async || memo().await != first).await;
    let lifecycle = world.store().memo("push.probe.lifecycle").await;
    assert_eq!(lifecycle.unwrap(), None);
}

async fn a_genuine_notification_stamps_its_mailbox_alone(world: World) {
    let (ada, id, secret) = subscribed(&world).await;
    assert_eq!(stamps_due(&world).await, 0);
    let came = world.clock.now();
    let sent = body(vec![item(&id, json!(secret), "message-1")]);
    assert_eq!(world.post(sent).await, 202);
    assert_eq!(stamps_due(&world).await, 1);
    let stamp = world.stamp(ada).await.unwrap();
    assert_eq!((stamp.all, stamp.trigger), (false, Trigger::Push));
    assert_eq!(stamp.hints.len(), 1);
    assert_eq!(stamp.hints[0].remote_id, "message-1");
    assert_eq!(stamp.hints[0].announced_at, came);
    let panel = world.panel(ada).await;
    assert_eq!(panel.counts.accepted, 1);
    assert_eq!(panel.last_notification_at, Some(came));
}

async fn who_does_not_prove_to_know_the_secret_is_answered_and_ignored(world: World) {
    let (ada, id, secret) = subscribed(&world).await;
    let almost = format!("{secret}x");
    let mut missing = item(&id, Value::Null, "m");
    missing.as_object_mut().unwrap().remove("clientState");
    for one in [
        item(&id, json!("forged"), "m"),
        item(&id, json!(almost), "m"),
        item(&id, json!(""), "m"),
        item(&id, Value::Null, "m"),
        missing,
        item("00000000-0000-0000-0000-000000000000", json!(secret), "m"),
        item(&"long".repeat(100), json!(secret), "m"),
    ] {
        let path = if one["clientState"].is_null() {
            LIFECYCLE_PATH
        } else {
            NOTIFICATIONS_PATH
        };
        let answer = world.post_to(path, body(vec![one])).await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        assert!(answer.body().is_empty());
    }
    assert_eq!(stamps_due(&world).await, 0);
    let panel = world.panel(ada).await;
    let counts = panel.counts;
    assert_eq!((counts.accepted, counts.forged, counts.silent), (0, 3, 2));
    assert_eq!(panel.last_notification_at, None);
    // A genuine one among them counts all the same.
    let mixed = vec![
        item(&id, json!("forged"), "forged"),
        item(&id, json!(secret), "genuine"),
        json!("no object"),
    ];
    assert_eq!(world.post(body(mixed)).await, 202);
    let hints = world.stamp(ada).await.unwrap().hints;
    let hinted: Vec<_> = hints.iter().map(|hint| hint.remote_id.as_str()).collect();
    assert_eq!(hinted, ["genuine"]);
}

async fn lifecycle_notifications_make_everything_due(world: World) {
    let (ada, id, secret) = subscribed(&world).await;
    let lifecycle = |event: &str, secret: &str| {
        body(vec![json!({
            "lifecycleEvent": event, "subscriptionId": id, "clientState": secret,
            "organizationId": "t", "resource": "", "resourceData": null,
        })])
    };
    for (event, secret) in [("invented", secret.as_str()), ("missed", "forged")] {
        let answer = world
            .post_to(LIFECYCLE_PATH, lifecycle(event, secret))
            .await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        assert_eq!(stamps_due(&world).await, 0, "{event}");
    }
    for event in ["missed", "reauthorizationRequired", "subscriptionRemoved"] {
        let answer = world
            .post_to(LIFECYCLE_PATH, lifecycle(event, &secret))
            .await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        // What it asks for is done first: everything is due once it is.
        world.settle().await;
        let stamp = world.stamp(ada).await.unwrap();
        assert_eq!(
            (stamp.all, stamp.trigger),
            (true, Trigger::CatchUp),
            "{event}"
        );
        world.sync(ada).await;
    }
    let counts = world.panel(ada).await.counts;
    assert_eq!(
        (counts.accepted, counts.lifecycle, counts.forged),
        (4, 4, 1)
    );
}

async fn whatever_comes_is_answered_as_written_down(world: World) {
    let (_, id, secret) = subscribed(&world).await;
    for (sent, wanted) in [
        (Bytes::from("{}"), 202),
        (Bytes::from("[]"), 202),
        (Bytes::from("null"), 202),
        (Bytes::from("17"), 202),
        (Bytes::from(r#"{"value":null}"#), 202),
        (
            Bytes::from(r#"{"value":[null,3,{},{"subscriptionId":7}]}"#),
            202,
        ),
        (Bytes::new(), 400),
        (Bytes::from("{"), 400),
        (Bytes::from("<xml/>"), 400),
        (Bytes::from_static(b"\xff\xfe{}"), 400),
        (Bytes::from(vec![b' '; 4 << 20]), 400),
        (Bytes::from(vec![b' '; (4 << 20) + 1]), 413),
        (Bytes::from(vec![b' '; 5 << 20]), 413),
        (Bytes::from(vec![b' '; 9 << 20]), 413),
    ] {
        let start = String::from_utf8_lossy(&sent[..sent.len().min(20)]).into_owned();
        let answer = world.post_to(NOTIFICATIONS_PATH, sent).await;
        assert_eq!(answer.status().as_u16(), wanted, "{start}");
        assert!(answer.body().is_empty());
    }
    assert_eq!(stamps_due(&world).await, 0);
    // A large one that is genuine counts; it takes the road of large ones.
    let many = (0..1000).map(|n| item(&id, json!(secret), &format!("m{}", n % 5)));
    let large = body(many.collect());
    assert!(large.len() > 64 << 10);
    assert_eq!(world.post(large).await, 202);
    assert_eq!(stamps_due(&world).await, 1);
}

async fn two_hundred_at_once_are_each_durable(world: World) {
    let (ada, id, secret) = subscribed(&world).await;
    let posts = (0..200).map(|n| {
        let sent = body(vec![item(&id, json!(secret), &format!("m{}", n % 50))]);
        world.post(sent)
    });
    let answers = join_all(posts).await;
    assert!(answers.iter().all(|status| *status == 202), "{answers:?}");
    assert_eq!(world.panel(ada).await.counts.accepted, 200);
    let stamp = world.stamp(ada).await.unwrap();
    assert_eq!((stamp.all, stamp.hints.len()), (false, 50));
}

async fn more_hints_than_a_stamp_keeps_mean_everything(world: World) {
    let (ada, id, secret) = subscribed(&world).await;
    let many = (0..65).map(|n| item(&id, json!(secret), &format!("m{n}")));
    assert_eq!(world.post(body(many.collect())).await, 202);
    assert!(world.stamp(ada).await.unwrap().all);
}

async fn other_methods_and_paths_are_not_there(world: World) {
    let ask = async |method: Method, uri: &str| {
        let request = Request::builder().method(method).uri(uri);
        send(&world.webhook, request.body(Bytes::new()).unwrap()).await
    };
    for path in [NOTIFICATIONS_PATH, LIFECYCLE_PATH] {
        for method in [
            Method::GET,
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
            Method::OPTIONS,
        ] {
            let answer = ask(method, path).await;
            assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(answer.headers()[header::ALLOW], "POST");
        }
        let probing = format!("{path}?validationToken=x");
        let answer = ask(Method::GET, &probing).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        let below = format!("{path}/");
        assert_eq!(
            ask(Method::POST, &below).await.status(),
            StatusCode::NOT_FOUND
        );
    }
}

async fn what_cannot_be_kept_is_not_accepted(world: World) {
    let (_, id, secret) = subscribed(&world).await;
    world.store().close().await;
    let sent = body(vec![item(&id, json!(secret), "m")]);
    let answer = world.post_to(NOTIFICATIONS_PATH, sent).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    // What needs no store is answered as ever.
    assert_eq!(world.post("{}").await, 202);
    assert_eq!(world.post("{").await, 400);
    let probe = format!("{NOTIFICATIONS_PATH}?validationToken=x");
    assert_eq!(world.post_to(&probe, "").await.status(), StatusCode::OK);
}

async fn retiring_subscriptions_still_count(world: World) {
    let (ada, id, secret) = subscribed(&world).await;
    world.office.line.cut(true);
    world
        .want(ada, maildesk_model::intent::Want::TurnOffPush)
        .await;
    world.settle().await;
    assert_eq!(world.panel(ada).await.subscription, None);
    let sent = body(vec![item(&id, json!(secret), "m")]);
    assert_eq!(world.post(sent).await, 202);
    assert_eq!(stamps_due(&world).await, 1);
}
