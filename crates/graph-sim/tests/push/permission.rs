//! Who may subscribe, read, renew and list, permission by permission.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, APP, BOB, EVE, Stage};

const REFUSED: &str = "Operation: Create; Exception: [Status Code: Forbidden; Reason: Forbidden]";
const GRAPH: &str = "https://graph.microsoft.com";

#[tokio::test]
async fn reading_basics_is_enough_for_a_person() {
    let stage = Stage::new().await;
    for (app, permission) in [("basic", "Mail.ReadBasic"), ("reader", "Mail.Read")] {
        stage.add_app(app, &[permission, "User.Read"], &[]).await;
        for address in [ADA, EVE] {
            let token = stage
                .person_with(app, address, &format!("{GRAPH}/{permission}"))
                .await;
            let id = stage
                .subscribe(&token, stage.wish("me/messages").await)
                .await;
            assert_eq!(
                stage.on(&token, Method::GET, &id, Value::Null).await.status,
                200
            );
            assert_eq!(stage.renew(&token, &id, 90).await.status, 200);
            assert_eq!(stage.reauthorize(&token, &id).await.status, 204);
            let list = stage
                .graph(&token, Method::GET, "subscriptions", Value::Null)
                .await;
            assert_eq!(list.json["value"][0]["id"], id);
        }
    }
}

#[tokio::test]
async fn the_organisation_creates_with_basics_and_keeps_with_more() {
    let stage = Stage::new().await;
    stage.add_app("basic", &[], &["Mail.ReadBasic.All"]).await;
    stage.add_app("reader", &[], &["Mail.Read"]).await;
    let resource = format!("users/{ADA}/messages");
    let reader = stage.organisation("reader").await;
    let id = stage.subscribe(&reader, stage.wish(&resource).await).await;
    assert_eq!(
        stage
            .on(&reader, Method::GET, &id, Value::Null)
            .await
            .status,
        200
    );
    assert_eq!(stage.renew(&reader, &id, 90).await.status, 200);
    assert_eq!(stage.reauthorize(&reader, &id).await.status, 204);
    let basic = stage.organisation("basic").await;
    let id = stage.subscribe(&basic, stage.wish(&resource).await).await;
    let list = stage
        .graph(&basic, Method::GET, "subscriptions", Value::Null)
        .await;
    assert_eq!(list.json["value"][0]["id"], id);
    for (operation, reply) in [
        (
            "Read",
            stage.on(&basic, Method::GET, &id, Value::Null).await,
        ),
        ("Update", stage.renew(&basic, &id, 90).await),
        ("Update", stage.reauthorize(&basic, &id).await),
    ] {
        let message = format!(
            "Operation: {operation}; Exception: [Status Code: Forbidden; Reason: Forbidden]"
        );
        assert_eq!(reply.refusal(), (403, "ExtensionError", message.as_str()));
    }
}

#[tokio::test]
async fn without_a_permission_nothing_is_created_or_listed() {
    let stage = Stage::new().await;
    stage
        .add_app("sender", &["Mail.Send", "User.Read"], &["Mail.Send"])
        .await;
    let person = stage
        .person_with("sender", ADA, &format!("{GRAPH}/Mail.Send"))
        .await;
    let organisation = stage.organisation("sender").await;
    for (token, resource) in [
        (&person, "me/messages".to_owned()),
        (&organisation, format!("users/{ADA}/messages")),
    ] {
        let reply = stage
            .try_subscribe(token, stage.wish(&resource).await)
            .await;
        assert_eq!(reply.refusal(), (403, "ExtensionError", REFUSED));
        let list = stage
            .graph(token, Method::GET, "subscriptions", Value::Null)
            .await;
        assert_eq!((list.status, list.refusal().1), (403, "ExtensionError"));
    }
}

#[tokio::test]
async fn a_missing_permission_may_be_told_as_unauthorized() {
    let stage = Stage::new().await;
    stage.add_app("sender", &[], &["Mail.Send"]).await;
    stage
        .faults(json!({"subscription": {"unauthorized": 1}}))
        .await;
    let token = stage.organisation("sender").await;
    let reply = stage
        .try_subscribe(&token, stage.wish(&format!("users/{ADA}/messages")).await)
        .await;
    let message = "Operation: Create; Exception: [Status Code: Unauthorized; Reason: ]";
    assert_eq!(reply.refusal(), (401, "ExtensionError", message));
    assert_eq!(stage.struck("graph").await, ["unauthorized"]);
}

#[tokio::test]
async fn writing_is_enough_unless_the_older_page_is_asked_for() {
    let stage = Stage::new().await;
    stage.watch(ADA).await;
    let id = stage.watch(BOB).await;
    stage
        .faults(json!({"subscription": {"readScopesOnly": 1}}))
        .await;
    let ada = stage.person(APP, ADA).await;
    let reply = stage
        .try_subscribe(&ada, stage.wish("me/messages").await)
        .await;
    assert_eq!(reply.refusal(), (403, "ExtensionError", REFUSED));
    stage
        .add_app("reader", &["Mail.Read", "User.Read"], &[])
        .await;
    let reader = stage
        .person_with("reader", ADA, &format!("{GRAPH}/Mail.Read"))
        .await;
    stage
        .subscribe(&reader, stage.wish("me/messages").await)
        .await;
    let organisation = stage.organisation(APP).await;
    assert_eq!(
        stage.renew(&organisation, &id, 90).await.status,
        200,
        "what is there stays"
    );
}

#[tokio::test]
async fn a_shared_mailbox_is_watched_as_the_organisation_only() {
    let stage = Stage::new().await;
    let desk = "desk@contoso.test";
    let shared = json!({"address": desk, "kind": "shared", "sharedWith": [ADA]});
    stage.sim(Method::POST, "mailboxes", shared).await;
    let scopes = ["Mail.Read", "Mail.Read.Shared", "User.Read"];
    stage.add_app("shared", &scopes, &["Mail.Read"]).await;
    let both = format!("{GRAPH}/Mail.Read {GRAPH}/Mail.Read.Shared");
    let ada = stage.person_with("shared", ADA, &both).await;
    let resource = format!("users/{desk}/messages");
    let reply = stage.try_subscribe(&ada, stage.wish(&resource).await).await;
    assert_eq!(reply.refusal(), (403, "ExtensionError", REFUSED));
    let organisation = stage.organisation("shared").await;
    stage
        .subscribe(&organisation, stage.wish(&resource).await)
        .await;
    stage.mail(desk, "Hello").await;
    stage.hook.items("/hook", 1).await;
}

#[tokio::test]
async fn seeing_all_shows_other_apps_subscriptions_of_the_same_person() {
    let stage = Stage::new().await;
    stage
        .add_app("auditor", &["Subscription.Read.All", "User.Read"], &[])
        .await;
    let (ada, bob) = (stage.person(APP, ADA).await, stage.person(APP, BOB).await);
    let hers = stage.subscribe(&ada, stage.wish("me/messages").await).await;
    stage.subscribe(&bob, stage.wish("me/messages").await).await;
    let auditor = stage
        .person_with("auditor", ADA, &format!("{GRAPH}/Subscription.Read.All"))
        .await;
    let list = stage
        .graph(&auditor, Method::GET, "subscriptions", Value::Null)
        .await;
    let value = list.json["value"].as_array().expect("a list");
    assert_eq!((value.len(), &value[0]["id"]), (1, &json!(hers)));
    let reply = stage.on(&auditor, Method::DELETE, &hers, Value::Null).await;
    assert_eq!(reply.status, 404, "seeing is not owning");
}

#[tokio::test]
async fn a_policy_that_fences_a_mailbox_off_is_told_as_forbidden() {
    let stage = Stage::new().await;
    let fenced = json!({"clientId": "fenced", "clientSecret": "s", "application": ["Mail.Read"], "appOnlyMailboxes": [BOB]});
    stage.sim(Method::POST, "apps", fenced).await;
    let token = stage.organisation("fenced").await;
    let reply = stage
        .try_subscribe(&token, stage.wish(&format!("users/{ADA}/messages")).await)
        .await;
    assert_eq!(reply.refusal(), (403, "ExtensionError", REFUSED));
    stage
        .subscribe(&token, stage.wish(&format!("users/{BOB}/messages")).await)
        .await;
}
