//! Reading, renewing, reauthorizing and deleting.

use http::Method;
use serde_json::{Value, json};

use crate::hook::Probes;
use crate::stage::{ADA, APP, BOB, Stage};

const GONE: (u16, &str, &str) = (404, "ResourceNotFound", "The object was not found.");

#[tokio::test]
async fn one_subscription_shows_its_secret_except_in_some_tenants() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let path = format!("subscriptions/{}", stage.watch(ADA).await);
    let reply = stage
        .graph(&organisation, Method::GET, &path, Value::Null)
        .await;
    assert_eq!(
        (reply.status, &reply.json["clientState"]),
        (200, &json!("secret"))
    );
    stage
        .faults(json!({"notifications": {"nullClientState": true}}))
        .await;
    let reply = stage
        .graph(&organisation, Method::GET, &path, Value::Null)
        .await;
    assert_eq!(
        (reply.status, &reply.json["clientState"]),
        (200, &Value::Null)
    );
}

#[tokio::test]
async fn somebody_elses_subscription_is_not_there() {
    let stage = Stage::new().await;
    stage
        .add_app("other", &["Mail.Read", "User.Read"], &["Mail.Read"])
        .await;
    let ada = stage.person(APP, ADA).await;
    let id = stage.subscribe(&ada, stage.wish("me/messages").await).await;
    let path = format!("subscriptions/{id}");
    let renewal = json!({"expirationDateTime": stage.in_minutes(100).await});
    for token in [
        stage.person(APP, BOB).await,
        stage.organisation("other").await,
    ] {
        assert_eq!(
            stage
                .graph(&token, Method::GET, &path, Value::Null)
                .await
                .refusal(),
            GONE
        );
        assert_eq!(
            stage
                .graph(&token, Method::PATCH, &path, renewal.clone())
                .await
                .refusal(),
            GONE
        );
        assert_eq!(
            stage
                .graph(&token, Method::DELETE, &path, Value::Null)
                .await
                .refusal(),
            GONE
        );
    }
    let organisation = stage.organisation(APP).await;
    assert_eq!(
        stage
            .graph(&organisation, Method::DELETE, &path, Value::Null)
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn reading_mail_in_full_is_needed_to_keep_one_as_the_organisation() {
    let stage = Stage::new().await;
    stage.add_app("basic", &[], &["Mail.ReadBasic.All"]).await;
    let basic = stage.organisation("basic").await;
    let id = stage
        .subscribe(&basic, stage.wish(&format!("users/{ADA}/messages")).await)
        .await;
    let renewal = json!({"expirationDateTime": stage.in_minutes(100).await});
    let reply = stage
        .graph(
            &basic,
            Method::PATCH,
            &format!("subscriptions/{id}"),
            renewal,
        )
        .await;
    assert_eq!(
        reply.refusal(),
        (
            403,
            "ExtensionError",
            "Operation: Update; Exception: [Status Code: Forbidden; Reason: Forbidden]"
        )
    );
}

#[tokio::test]
async fn renewing_extends_the_life_and_probes_again() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let id = stage.watch(ADA).await;
    let path = format!("subscriptions/{id}");
    let until = stage.in_minutes(10_000).await;
    let reply = stage
        .graph(
            &organisation,
            Method::PATCH,
            &path,
            json!({"expirationDateTime": until}),
        )
        .await;
    assert_eq!((reply.status, reply.id()), (200, id));
    let granted: jiff::Timestamp = reply.json["expirationDateTime"]
        .as_str()
        .expect("text")
        .parse()
        .expect("an instant");
    assert_eq!(granted, until.parse().expect("an instant"));
    let probed: Vec<_> = stage
        .hook
        .probes()
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    assert_eq!(probed, ["/hook", "/lifecycle", "/hook"]);
}

#[tokio::test]
async fn a_probe_that_fails_on_renewal_refuses_it_unless_switched_off() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let path = format!("subscriptions/{}", stage.watch(ADA).await);
    stage.hook.answer_probes(Probes::Status(500));
    let renewal = json!({"expirationDateTime": stage.in_minutes(9_000).await});
    let reply = stage
        .graph(&organisation, Method::PATCH, &path, renewal.clone())
        .await;
    assert_eq!((reply.status, reply.refusal().1), (400, "ValidationError"));
    let reauthorize = format!("{path}/reauthorize");
    assert_eq!(
        stage
            .graph(&organisation, Method::POST, &reauthorize, Value::Null)
            .await
            .status,
        400
    );
    stage
        .faults(json!({"subscription": {"probeOnRenew": false}}))
        .await;
    assert_eq!(
        stage
            .graph(&organisation, Method::PATCH, &path, renewal)
            .await
            .status,
        200
    );
    assert_eq!(
        stage
            .graph(&organisation, Method::POST, &reauthorize, Value::Null)
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn a_renewal_changes_two_properties_and_no_other() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let path = format!("subscriptions/{}", stage.watch(ADA).await);
    for body in [
        json!({}),
        json!({"lifecycleNotificationUrl": stage.hook.url("/other")}),
        json!({"clientState": "x", "expirationDateTime": stage.in_minutes(99).await}),
    ] {
        let reply = stage.graph(&organisation, Method::PATCH, &path, body).await;
        let message = "Subscription must contain either the 'expirationDateTime' or 'notificationUrl' property and its value.";
        assert_eq!(reply.refusal(), (400, "ValidationError", message));
    }
    let late = json!({"expirationDateTime": stage.in_minutes(10_081).await});
    assert_eq!(
        stage
            .graph(&organisation, Method::PATCH, &path, late)
            .await
            .refusal()
            .1,
        "ExtensionError"
    );
    let elsewhere = json!({"notificationUrl": stage.hook.url("/elsewhere")});
    let reply = stage
        .graph(&organisation, Method::PATCH, &path, elsewhere)
        .await;
    assert_eq!(
        (reply.status, &reply.json["notificationUrl"]),
        (200, &json!(stage.hook.url("/elsewhere")))
    );
    assert_eq!(stage.hook.probes().last().expect("probed").0, "/elsewhere");
    stage.mail(ADA, "moved").await;
    stage.hook.items("/elsewhere", 1).await;
}

#[tokio::test]
async fn an_expired_subscription_is_gone_for_good() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let path = format!("subscriptions/{}", stage.watch(ADA).await);
    stage.advance(4_001 * 60).await;
    let organisation_later = stage.organisation(APP).await;
    let renewal = json!({"expirationDateTime": stage.in_minutes(100).await});
    assert_eq!(
        stage
            .graph(&organisation_later, Method::PATCH, &path, renewal)
            .await
            .refusal(),
        GONE
    );
    assert_eq!(
        stage
            .graph(
                &organisation_later,
                Method::POST,
                &format!("{path}/reauthorize"),
                Value::Null
            )
            .await
            .refusal(),
        GONE
    );
    assert_eq!(
        stage
            .graph(&organisation, Method::GET, &path, Value::Null)
            .await
            .status,
        401,
        "the old token is dead as well"
    );
    assert_eq!(
        stage.sim(Method::GET, "subscriptions", Value::Null).await,
        json!([])
    );
}

#[tokio::test]
async fn deleting_twice_finds_nothing_the_second_time() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let path = format!("subscriptions/{}", stage.watch(ADA).await);
    let reply = stage
        .graph(&organisation, Method::DELETE, &path, Value::Null)
        .await;
    assert_eq!((reply.status, reply.json), (204, Value::Null));
    assert_eq!(
        stage
            .graph(&organisation, Method::DELETE, &path, Value::Null)
            .await
            .refusal(),
        GONE
    );
    assert_eq!(
        stage
            .graph(&organisation, Method::GET, &path, Value::Null)
            .await
            .refusal(),
        GONE
    );
}

#[tokio::test]
async fn the_control_side_shows_everything_in_its_own_words() {
    let stage = Stage::new().await;
    let id = stage.watch(ADA).await;
    let mut shown = stage.sim(Method::GET, "subscriptions", Value::Null).await;
    assert!(shown[0]["expirationDateTime"].is_string());
    shown[0]
        .as_object_mut()
        .expect("an object")
        .remove("expirationDateTime");
    assert_eq!(
        shown,
        json!([{
            "id": id, "resource": format!("users/{ADA}/messages"), "notificationUrl": stage.hook.url("/hook"),
            "lifecycleNotificationUrl": stage.hook.url("/lifecycle"), "changeType": "created,updated,deleted",
            "clientState": "secret", "appId": APP, "mailbox": ADA, "state": "active",
        }])
    );
}

#[tokio::test]
async fn methods_and_paths_that_do_not_exist_are_refused() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let path = format!("subscriptions/{}", stage.watch(ADA).await);
    assert_eq!(
        stage
            .graph(&organisation, Method::PUT, &path, json!({}))
            .await
            .status,
        405
    );
    assert_eq!(
        stage
            .graph(
                &organisation,
                Method::POST,
                &format!("{path}/renew"),
                Value::Null
            )
            .await
            .status,
        400
    );
}
