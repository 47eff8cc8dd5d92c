//! The webhook against whatever anybody sends, and against a database that does not answer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use http::{Request, StatusCode};
use maildesk_push::{LIFECYCLE_PATH, NOTIFICATIONS_PATH, hook};
use proptest::prelude::*;
use serde_json::json;
use sqlx::Connection as _;

use crate::clock::TurnedClock;
use crate::kept::{Engine, Kept};
use crate::office::ADA;
use crate::wire::send;
use crate::world::{World, body, item};

/// JSON that looks like notifications, in every wrong way.
fn wrong_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<f64>().prop_map(|value| json!(value)),
        ".{0,40}".prop_map(|text| json!(text)),
    ];
    let names = prop_oneof![
        Just("value"),
        Just("subscriptionId"),
        Just("clientState"),
        Just("lifecycleEvent"),
        Just("resourceData"),
        Just("id"),
    ];
    let any = leaf.prop_recursive(4, 64, 6, move |inner| {
        let pairs = prop::collection::vec((names.clone(), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(|items| json!(items)),
            pairs.prop_map(|pairs| pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    });
    any.prop_map(|value| value.to_string())
}

#[test]
fn nothing_anybody_sends_is_the_servers_fault() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (kept, router) = runtime.block_on(async {
        let kept = Kept::open(Engine::Sqlite).await;
        let clock = Arc::new(TurnedClock::new());
        let store = kept.store.clone();
        (kept, hook::router(hook::HookParts { store, clock }))
    });
    let post = |uri: String, sent: Vec<u8>| {
        let request = Request::post(uri).body(Bytes::from(sent)).ok()?;
        Some(runtime.block_on(send(&router, request)).status())
    };
    let paths = [NOTIFICATIONS_PATH, LIFECYCLE_PATH];
    proptest!(ProptestConfig::with_cases(300), |(
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
        text in wrong_json(),
        query in "[ -~]{0,60}",
        door in 0..2_usize,
    )| {
        let sane = [StatusCode::ACCEPTED, StatusCode::BAD_REQUEST];
        let path = paths[door];
        let status = post(path.to_owned(), bytes).unwrap();
        prop_assert!(sane.contains(&status), "{status}");
        let status = post(path.to_owned(), text.into_bytes()).unwrap();
        prop_assert_eq!(status, StatusCode::ACCEPTED);
        if let Some(status) = post(format!("{path}?validationToken={query}"), Vec::new()) {
            prop_assert!(status == StatusCode::OK || status == StatusCode::BAD_REQUEST);
        }
    });
    runtime.block_on(kept.store.close());
}

#[tokio::test]
async fn a_database_that_does_not_answer_in_time_is_not_waited_for() {
    let world = World::new(Engine::Sqlite).await;
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    let id = world.panel(ada).await.subscription.unwrap();
    let store = world.store();
    let secret = maildesk_store::contract::PushStore::push_secret(store, world.admin, ada);
    let secret = secret.await.unwrap().unwrap().unwrap();

    // Another program holds the one place to write from.
    let file = world.kept.url.as_str();
    let mut other = sqlx::SqliteConnection::connect(file).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();

    let sleepers = world.clock.sleepers();
    let sent = body(vec![item(&id, json!(secret.expose()), "m")]);
    let mut genuine = Box::pin(world.post(sent));
    while world.clock.sleepers() == sleepers {
        assert!(genuine.as_mut().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    world.clock.advance(Duration::from_millis(999));
    assert!(genuine.as_mut().now_or_never().is_none());
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(genuine.await, 503);

    // As soon as there is a place, what comes is kept again.
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    let sent = body(vec![item(&id, json!(secret.expose()), "m2")]);
    assert_eq!(world.post(sent).await, 202);
}

#[tokio::test]
async fn what_only_counts_may_be_lost_and_what_is_due_may_not() {
    let world = World::new(Engine::Sqlite).await;
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    let id = world.panel(ada).await.subscription.unwrap();
    let store = world.store();
    let secret = maildesk_store::contract::PushStore::push_secret(store, world.admin, ada);
    let secret = secret.await.unwrap().unwrap().unwrap();
    // Reading works, writing does not.
    let file = world.kept.url.as_str();
    let mut other = sqlx::SqliteConnection::connect(file).await.unwrap();
    let broken = "ALTER TABLE push_tally RENAME TO away";
    sqlx::raw_sql(broken).execute(&mut other).await.unwrap();

    let genuine = body(vec![item(&id, json!(secret.expose()), "m")]);
    assert_eq!(world.post(genuine.clone()).await, 503);
    assert_eq!(
        world
            .post(body(vec![item(&id, json!("forged"), "m")]))
            .await,
        202
    );

    let mended = "ALTER TABLE away RENAME TO push_tally";
    sqlx::raw_sql(mended).execute(&mut other).await.unwrap();
    assert_eq!(world.post(genuine).await, 202);
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let world = World::new(Engine::Sqlite).await;
    let endless = futures::stream::pending::<Result<Bytes, std::io::Error>>();
    let request = Request::post(NOTIFICATIONS_PATH)
        .body(axum::body::Body::from_stream(endless))
        .unwrap();
    let sleepers = world.clock.sleepers();
    let answer = tower::ServiceExt::oneshot(world.webhook.clone(), request);
    let answer = tokio::spawn(answer);
    while world.clock.sleepers() == sleepers {
        tokio::task::yield_now().await;
    }
    world.clock.advance(Duration::from_secs(5));
    let status = answer.await.unwrap().unwrap().status();
    assert_eq!(status, StatusCode::BAD_REQUEST);
}
