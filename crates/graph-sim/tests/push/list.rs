//! The list: scarce, without secrets, without options.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, APP, BOB, Reply, Stage, but};

fn ids(reply: &Reply) -> Vec<String> {
    let value = reply.json["value"]
        .as_array()
        .unwrap_or_else(|| panic!("no list: {reply:?}"));
    value
        .iter()
        .map(|one| one["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn it_shows_the_callers_own_and_never_a_secret() {
    let stage = Stage::new().await;
    stage.add_app("other", &[], &["Mail.Read"]).await;
    let (ada, organisation, other) = (
        stage.person(APP, ADA).await,
        stage.organisation(APP).await,
        stage.organisation("other").await,
    );
    let own = stage.subscribe(&ada, stage.wish("me/messages").await).await;
    let bobs = stage.watch(BOB).await;
    let reply = stage
        .graph(&ada, Method::GET, "subscriptions", Value::Null)
        .await;
    assert_eq!(
        (ids(&reply), &reply.json["value"][0]["clientState"]),
        (vec![own.clone()], &Value::Null)
    );
    let reply = stage
        .graph(&organisation, Method::GET, "subscriptions", Value::Null)
        .await;
    assert_eq!(ids(&reply), [own, bobs]);
    assert!(
        ids(&stage
            .graph(&other, Method::GET, "subscriptions", Value::Null)
            .await)
        .is_empty()
    );
}

#[tokio::test]
async fn options_are_refused() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    for option in [
        "$filter=resource eq 'me/messages'",
        "$top=5",
        "$select=id",
        "$skiptoken=x",
    ] {
        let reply = stage
            .graph(
                &organisation,
                Method::GET,
                &format!("subscriptions?{option}"),
                Value::Null,
            )
            .await;
        assert_eq!(reply.status, 400, "{option}");
    }
}

#[tokio::test]
async fn twenty_five_lists_in_twenty_seconds_and_no_more() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let list = || stage.graph(&organisation, Method::GET, "subscriptions", Value::Null);
    for _ in 0..25 {
        assert_eq!(list().await.status, 200);
    }
    let reply = list().await;
    assert_eq!(
        reply.refusal(),
        (429, "TooManyRequests", "Please retry again later.")
    );
    assert!(reply.headers.contains_key("retry-after"));
    stage.advance(20).await;
    assert_eq!(list().await.status, 200);
    stage
        .faults(json!({"subscription": {"listQuota": 1}}))
        .await;
    assert_eq!(list().await.status, 429);
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"subscription": {"conflict409": false}}))
        .await;
    let organisation = stage.organisation(APP).await;
    let wish = but(
        stage.wish(&format!("users/{ADA}/messages")).await,
        "lifecycleNotificationUrl",
        Value::Null,
    );
    let mut made = Vec::new();
    for _ in 0..101 {
        made.push(stage.subscribe(&organisation, wish.clone()).await);
    }
    let first = stage
        .graph(&organisation, Method::GET, "subscriptions", Value::Null)
        .await;
    let next = first.json["@odata.nextLink"]
        .as_str()
        .expect("a next link")
        .to_owned();
    let path = next
        .strip_prefix(&format!("{}/v1.0/", stage.base))
        .expect("a link to the same host");
    let second = stage
        .graph(&organisation, Method::GET, path, Value::Null)
        .await;
    assert!(second.json.get("@odata.nextLink").is_none());
    assert_eq!([ids(&first), ids(&second)].concat(), made);
}
