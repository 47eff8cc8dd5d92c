//! Subscriptions: the exact bodies, and every way Graph says no (facts.md 1.7).

use std::time::Duration;

use http::Method;
use maildesk_graph::transport::Patience;
use maildesk_graph::{GraphError, NewSubscription};
use maildesk_model::Secret;
use serde_json::json;

use crate::script::{NOW, Script, header, json_of, me, user};

fn wanted() -> NewSubscription {
    NewSubscription {
        notification_url: "https://desk.example/maildesk/push/outlook".to_owned(),
        lifecycle_url: "https://desk.example/maildesk/push/outlook/lifecycle".to_owned(),
        client_state: Secret::new("hush"),
        expires_at: NOW.plus(Duration::from_hours(144)),
    }
}

const MADE: &str = r#"{"id":"7f1c2b52-5a8b-4f0e-9d8e-7a5a4f1f2f10","resource":"me/messages","applicationId":"app",
  "changeType":"created,updated,deleted","clientState":"hush","notificationUrl":"https://desk.example/maildesk/push/outlook",
  "lifecycleNotificationUrl":null,"expirationDateTime":"2023-11-20T22:13:20.1234567+00:00","creatorId":"u1"}"#;

#[tokio::test]
async fn a_registration_asks_for_all_messages_with_both_urls_and_immutable_ids() {
    let script = Script::new();
    script.say(201, &[], MADE);
    let made = me(&script)
        .create_subscription(&wanted())
        .await
        .unwrap()
        .value;
    let request = script.last();
    assert_eq!(
        script.last_line(),
        (
            Method::POST,
            "https://graph.microsoft.com/v1.0/subscriptions".to_owned()
        )
    );
    assert_eq!(
        json_of(&request),
        json!({
            "changeType": "created,updated,deleted",
            "notificationUrl": "https://desk.example/maildesk/push/outlook",
            "lifecycleNotificationUrl": "https://desk.example/maildesk/push/outlook/lifecycle",
            "resource": "me/messages",
            "expirationDateTime": "2023-11-20T22:13:20Z",
            "clientState": "hush",
        })
    );
    assert!(header(&request, "prefer").contains("ImmutableId"));
    assert!(
        request.extensions().get::<Patience>().is_some(),
        "two probes take their time"
    );
    assert_eq!(made.id, "7f1c2b52-5a8b-4f0e-9d8e-7a5a4f1f2f10");
    assert_eq!(made.lifecycle_url, None);
    assert_eq!(
        made.expires_at.unwrap().floor_to_second(),
        NOW.plus(Duration::from_hours(144))
    );
    assert!(!format!("{:?}", wanted()).contains("hush"));

    script.say(201, &[], MADE);
    user(&script, "o'brien@contoso.test")
        .create_subscription(&wanted())
        .await
        .unwrap();
    assert_eq!(
        json_of(&script.last())["resource"],
        "users/o'brien@contoso.test/messages"
    );
}

#[tokio::test]
async fn a_twin_is_named() {
    let script = Script::new();
    script.refuse(
        409,
        "ObjectIdentifierInUse",
        "Subscription Id 7f1c2b52-5a8b-4f0e-9d8e-7a5a4f1f2f10 already exists for the requested combination",
    );
    match me(&script)
        .create_subscription(&wanted())
        .await
        .unwrap_err()
    {
        GraphError::Conflict { existing, .. } => {
            assert_eq!(
                existing.as_deref(),
                Some("7f1c2b52-5a8b-4f0e-9d8e-7a5a4f1f2f10")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn too_long_a_life_comes_with_the_longest_allowed() {
    let script = Script::new();
    for (message, minutes) in [
        (
            "Subscription expiration can only be 4230 minutes in the future.",
            Some(4230),
        ),
        (
            "Operation: Create; Exception: [Status Code: BadRequest; Reason: Expiration time '2023' ('-5.23:59:55.1' from now) is beyond allowed max '3.00:00:00'.]",
            Some(4320),
        ),
        (
            "Subscription expiration can only be few minutes in the future.",
            None,
        ),
    ] {
        script.refuse(400, "ExtensionError", message);
        match me(&script)
            .create_subscription(&wanted())
            .await
            .unwrap_err()
        {
            GraphError::TooLong { max_minutes, .. } => {
                assert_eq!(max_minutes, minutes, "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
    script.refuse(
        400,
        "extensionError",
        "Subscription expiration can only be 1440 minutes in the future.",
    );
    let error = me(&script).renew_subscription("x", NOW).await.unwrap_err();
    assert!(matches!(
        error,
        GraphError::TooLong {
            max_minutes: Some(1440),
            ..
        }
    ));
}

#[tokio::test]
async fn a_failed_probe_keeps_graphs_words_and_says_what_to_do() {
    let script = Script::new();
    for (code, message, remedy) in [
        (
            "ValidationError",
            "Subscription validation request timed out.",
            "in time",
        ),
        (
            "InvalidRequest",
            "Subscription validation request timed out.",
            "in time",
        ),
        (
            "ValidationError",
            "Subscription validation request failed. HTTP status code is 'Forbidden'. Notification endpoint must respond with 200 OK to validation request.",
            "in front of MailDesk",
        ),
        ("ValidationError", "OK", "in front of MailDesk"),
    ] {
        script.refuse(400, code, message);
        let error = me(&script)
            .create_subscription(&wanted())
            .await
            .unwrap_err();
        assert!(
            matches!(error, GraphError::ValidationFailed { .. }),
            "{error:?}"
        );
        assert_eq!(error.message(), message);
        assert!(error.remedy().contains(remedy), "{}", error.remedy());
    }
}

#[tokio::test]
async fn what_a_person_must_mend_is_told_from_what_heals() {
    let script = Script::new();
    let refused = async |status, code, message: &str| {
        script.refuse(status, code, message);
        me(&script)
            .create_subscription(&wanted())
            .await
            .unwrap_err()
    };
    let quota = refused(
        403,
        "Forbidden",
        "The mailbox has reached the limit of 1000 subscriptions.",
    )
    .await;
    assert!(matches!(quota, GraphError::NotAllowed { .. }));
    assert!(quota.remedy().contains("as many subscriptions"));
    let premises = refused(
        404,
        "ExtensionError",
        "Operation: Create; Exception: [Status Code: NotFound; Reason: REST API is not yet supported for this mailbox.]",
    )
    .await;
    assert!(matches!(premises, GraphError::Refused { .. }));
    assert!(premises.remedy().contains("Exchange Online"));
    let body = refused(
        400,
        "InvalidRequest",
        "Could not process subscription creation payload. Are all property names spelled and camelCased properly?",
    )
    .await;
    assert!(matches!(body, GraphError::Refused { .. }));
    let transient = refused(
        500,
        "ExtensionError",
        "Operation: Create; Exception: [A task was canceled.]",
    )
    .await;
    assert!(matches!(
        transient,
        GraphError::Later {
            maybe_done: true,
            ..
        }
    ));
    let permission = refused(
        401,
        "ExtensionError",
        "Operation: Create; Exception: [Status Code: Unauthorized; Reason: ]",
    )
    .await;
    assert!(matches!(permission, GraphError::NotAllowed { .. }));
    assert!(permission.remedy().contains("Mail.ReadWrite"));
    let tenant = refused(
        401,
        "ExtensionError",
        "Operation: Create; Exception: [Status Code: Unauthorized; reason: The Tenant for tenant guid x does not exist.]",
    )
    .await;
    assert!(tenant.remedy().contains("Exchange Online"));
    let audience = refused(
        401,
        "InvalidAuthenticationToken",
        "Access token validation failure. Invalid audience.",
    )
    .await;
    assert!(matches!(audience, GraphError::TokenRejected { .. }));
    assert!(audience.remedy().contains("Microsoft Graph option"));
}

#[tokio::test]
async fn a_renewal_sends_the_new_end_alone_and_a_lost_subscription_is_not_found() {
    let script = Script::new();
    script.ok(MADE);
    me(&script).renew_subscription("a/b", NOW).await.unwrap();
    let request = script.last();
    assert_eq!(
        (request.method().clone(), request.uri().path()),
        (Method::PATCH, "/v1.0/subscriptions/a%2Fb")
    );
    assert_eq!(
        json_of(&request),
        json!({"expirationDateTime": "2023-11-14T22:13:20Z"})
    );

    script.refuse(404, "ResourceNotFound", "The object was not found.");
    let gone = me(&script).renew_subscription("x", NOW).await.unwrap_err();
    assert!(matches!(gone, GraphError::NotFound { .. }));
    script.say(308, &[], "");
    let lost = me(&script).renew_subscription("x", NOW).await.unwrap_err();
    assert!(matches!(lost, GraphError::NotFound { .. }));
    script.say(503, &[], r#"{"error":{"code":"ExtensionError","message":"Operation: Update; Exception: [Status Code: ServiceUnavailable; Reason: ]"}}"#);
    let outage = me(&script).renew_subscription("x", NOW).await.unwrap_err();
    assert!(matches!(outage, GraphError::Later { .. }));
}

#[tokio::test]
async fn reading_listing_reauthorizing_and_deleting() {
    let script = Script::new();
    script.ok(MADE);
    assert_eq!(
        me(&script)
            .subscription("x")
            .await
            .unwrap()
            .value
            .creator_id
            .as_deref(),
        Some("u1")
    );
    script.ok(&format!(r#"{{"value":[{MADE}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/subscriptions?$skiptoken=1"}}"#));
    let page = me(&script).subscriptions(None).await.unwrap().value;
    assert_eq!(page.items.len(), 1);
    assert_eq!(
        script.last_line().1,
        "https://graph.microsoft.com/v1.0/subscriptions"
    );
    script.ok(r#"{"value":[]}"#);
    me(&script).subscriptions(page.link()).await.unwrap();
    script.say(204, &[], "");
    me(&script).reauthorize_subscription("x").await.unwrap();
    assert!(script.last().body().is_empty());
    script.say(204, &[], "");
    me(&script).delete_subscription("x").await.unwrap();
    script.refuse(
        404,
        "ExtensionError",
        "Operation: Delete; Exception: [Status Code: NotFound; Reason: The requested user '1@2' is invalid.]",
    );
    let gone = me(&script).delete_subscription("x").await.unwrap_err();
    assert!(
        matches!(gone, GraphError::NotFound { .. }),
        "nothing is left to delete"
    );
}
