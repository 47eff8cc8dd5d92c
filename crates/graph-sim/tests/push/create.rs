//! Creating a subscription: what is granted, what is refused, and in whose words.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, APP, BOB, EVE, Stage, but};

#[tokio::test]
async fn a_new_subscription_shows_every_property_and_null_where_nothing_was_set() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let wish = stage.wish("me/messages").await;
    let reply = stage.try_subscribe(&ada, wish.clone()).await;
    assert_eq!(reply.status, 201);
    let mut json = reply.json;
    for name in ["id", "creatorId", "expirationDateTime"] {
        assert!(
            json[name].as_str().is_some_and(|text| text.len() >= 28),
            "{name}: {json}"
        );
        json.as_object_mut().expect("an object").remove(name);
    }
    assert_eq!(
        json,
        json!({
            "@odata.context": format!("{}/v1.0/$metadata#subscriptions/$entity", stage.base),
            "resource": "me/messages",
            "applicationId": APP,
            "changeType": "created,updated,deleted",
            "clientState": "secret",
            "notificationUrl": wish["notificationUrl"],
            "notificationQueryOptions": null,
            "lifecycleNotificationUrl": wish["lifecycleNotificationUrl"],
            "includeResourceData": null,
            "latestSupportedTlsVersion": "v1_2",
            "encryptionCertificate": null,
            "encryptionCertificateId": null,
            "notificationUrlAppId": null,
        })
    );
}

#[tokio::test]
async fn only_properties_of_microsofts_metadata_are_written() {
    let metadata: Value =
        serde_json::from_str(include_str!("../data/mail-metadata.json")).expect("json");
    let known = |name: &str| {
        name == "id"
            || name.starts_with('@')
            || metadata["types"]["subscription"]["properties"]
                .get(name)
                .is_some()
    };
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let reply = stage
        .try_subscribe(&ada, stage.wish("me/messages").await)
        .await;
    let strangers: Vec<_> = reply
        .json
        .as_object()
        .expect("an object")
        .keys()
        .filter(|name| !known(name))
        .collect();
    assert!(strangers.is_empty(), "{strangers:?}");
}

#[tokio::test]
async fn a_person_watches_only_their_own_mailbox() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let me = stage.graph(&ada, Method::GET, "me", Value::Null).await.id();
    for resource in [
        "/me/messages",
        "me/mailFolders('inbox')/messages",
        &format!("users/{ADA}/mailFolders/drafts/messages"),
        &format!("users('{me}')/mailfolders('archive')/messages"),
    ] {
        stage.subscribe(&ada, stage.wish(resource).await).await;
    }
    let reply = stage
        .try_subscribe(&ada, stage.wish(&format!("users/{BOB}/messages")).await)
        .await;
    assert_eq!(
        reply.refusal(),
        (
            403,
            "ExtensionError",
            "Operation: Create; Exception: [Status Code: Forbidden; Reason: Forbidden]"
        )
    );
}

#[tokio::test]
async fn shared_permissions_and_missing_ones_do_not_subscribe() {
    let stage = Stage::new().await;
    stage
        .add_app(
            "shared",
            &["Mail.ReadWrite.Shared", "User.Read"],
            &["Mail.Send"],
        )
        .await;
    let forbidden = (
        403,
        "ExtensionError",
        "Operation: Create; Exception: [Status Code: Forbidden; Reason: Forbidden]",
    );
    let organisation = stage.organisation("shared").await;
    let reply = stage
        .try_subscribe(
            &organisation,
            stage.wish(&format!("users/{ADA}/messages")).await,
        )
        .await;
    assert_eq!(reply.refusal(), forbidden);
    let ada = stage
        .person_with(
            "shared",
            ADA,
            "https://graph.microsoft.com/Mail.ReadWrite.Shared",
        )
        .await;
    for resource in ["me/messages", &format!("users/{BOB}/messages")] {
        assert_eq!(
            stage
                .try_subscribe(&ada, stage.wish(resource).await)
                .await
                .refusal(),
            forbidden
        );
    }
}

#[tokio::test]
async fn the_organisation_watches_any_mailbox_that_exists() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    stage.watch(ADA).await;
    stage.watch(BOB).await;
    for (resource, status, code) in [
        ("users/nobody@contoso.test/messages", 404, "ExtensionError"),
        (&format!("users/{EVE}/messages"), 404, "ExtensionError"),
        (
            &format!("users/{ADA}/mailFolders('nowhere')/messages"),
            404,
            "ExtensionError",
        ),
        ("me/messages", 400, "BadRequest"),
        ("groups/1/events", 400, "ValidationError"),
        (
            &format!("users/{ADA}/messages?$top=3"),
            400,
            "ValidationError",
        ),
        (
            &format!("users/{ADA}/messages?$filter=subject eq 'x'"),
            400,
            "ErrorInvalidUrlQueryFilter",
        ),
    ] {
        let reply = stage
            .try_subscribe(&organisation, stage.wish(resource).await)
            .await;
        assert_eq!(
            (reply.status, reply.refusal().1),
            (status, code),
            "{resource}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn refusals_come_in_the_service_own_words() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let misspelled = "Could not process subscription creation payload. Are all property names spelled and camelCased properly?";
    let ceiling = "Subscription expiration can only be 10070 minutes in the future.";
    let long = stage.in_minutes(10_080).await;
    for (name, value, code, message) in [
        (
            "expirationDateTime",
            Value::Null,
            "ValidationError",
            "expirationDateTime is a required property for subscription creation",
        ),
        (
            "expirationDateTime",
            json!("2018-07-20T12:00:00"),
            "InvalidRequest",
            misspelled,
        ),
        ("expirationDateTime", json!(long), "ExtensionError", ceiling),
        ("changetype", json!("created"), "InvalidRequest", misspelled),
        (
            "changeType",
            json!("moved"),
            "ValidationError",
            "The value 'moved' of changeType is not supported for this resource.",
        ),
        (
            "clientState",
            json!("x".repeat(129)),
            "ValidationError",
            "clientState must not be longer than 128 characters.",
        ),
        (
            "notificationUrl",
            json!("http://desk.test/hook"),
            "ValidationError",
            "notificationUrl must use https.",
        ),
        (
            "lifecycleNotificationUrl",
            json!("ftp://127.0.0.1/"),
            "ValidationError",
            "lifecycleNotificationUrl must use https.",
        ),
    ] {
        let reply = stage
            .try_subscribe(&ada, but(stage.wish("me/messages").await, name, value))
            .await;
        assert_eq!(reply.refusal(), (400, code, message));
        assert!(
            reply.json["error"]["innerError"]["request-id"].is_string(),
            "{reply:?}"
        );
    }
    assert!(
        stage.hook.probes().is_empty(),
        "nothing was probed for a request that is refused anyway"
    );
}

#[tokio::test]
async fn without_the_switch_loopback_http_is_refused() {
    let stage = Stage::with(false).await;
    let ada = stage.person(APP, ADA).await;
    let reply = stage
        .try_subscribe(&ada, stage.wish("me/messages").await)
        .await;
    assert_eq!(
        reply.refusal(),
        (400, "ValidationError", "notificationUrl must use https.")
    );
}

#[tokio::test]
async fn short_lives_are_raised_and_the_ceiling_can_be_lowered() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let floor: jiff::Timestamp = stage.in_minutes(45).await.parse().expect("an instant");
    let wish = but(
        stage.wish("me/messages").await,
        "expirationDateTime",
        json!(stage.in_minutes(5).await),
    );
    let reply = stage.try_subscribe(&ada, wish).await;
    let granted: jiff::Timestamp = reply.json["expirationDateTime"]
        .as_str()
        .expect("text")
        .parse()
        .expect("an instant");
    assert!(
        (0..60).contains(&granted.duration_since(floor).as_secs()),
        "{granted}"
    );
    stage
        .faults(json!({"subscription": {"rejectAboveMinutes": 1_440}}))
        .await;
    let reply = stage
        .try_subscribe(&ada, stage.wish("me/mailFolders('inbox')/messages").await)
        .await;
    assert_eq!(
        reply.refusal().2,
        "Subscription expiration can only be 1440 minutes in the future."
    );
}

#[tokio::test]
async fn with_resource_data_a_day_is_the_ceiling_and_select_is_needed() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let rich = |wish: Value| {
        but(
            but(
                but(wish, "includeResourceData", json!(true)),
                "encryptionCertificate",
                json!("MIIC"),
            ),
            "encryptionCertificateId",
            json!("mine"),
        )
    };
    let reply = stage
        .try_subscribe(&ada, rich(stage.wish("me/messages?$select=subject").await))
        .await;
    assert_eq!(
        reply.refusal().2,
        "Subscription expiration can only be 1440 minutes in the future."
    );
    let short = json!(stage.in_minutes(1_400).await);
    let reply = stage
        .try_subscribe(
            &ada,
            but(
                rich(stage.wish("me/messages").await),
                "expirationDateTime",
                short.clone(),
            ),
        )
        .await;
    assert!(reply.refusal().2.contains("$select"), "{reply:?}");
    let reply = stage
        .try_subscribe(
            &ada,
            but(
                rich(stage.wish("me/messages?$select=subject").await),
                "expirationDateTime",
                short,
            ),
        )
        .await;
    assert_eq!(
        (reply.status, &reply.json["includeResourceData"]),
        (201, &json!(true))
    );
}

#[tokio::test]
async fn a_twin_is_refused_with_its_id_until_it_is_gone() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let first = stage.subscribe(&ada, stage.wish("me/messages").await).await;
    let twin = but(
        stage.wish(&format!("/users/{ADA}/messages")).await,
        "changeType",
        json!("deleted, updated,created"),
    );
    let reply = stage.try_subscribe(&ada, twin.clone()).await;
    let message = format!("Subscription Id {first} already exists for the requested combination");
    assert_eq!(
        reply.refusal(),
        (409, "ObjectIdentifierInUse", message.as_str())
    );
    stage.watch(ADA).await;
    stage
        .subscribe(
            &ada,
            but(
                stage.wish("me/messages").await,
                "changeType",
                json!("created"),
            ),
        )
        .await;
    assert_eq!(
        stage
            .graph(
                &ada,
                Method::DELETE,
                &format!("subscriptions/{first}"),
                Value::Null
            )
            .await
            .status,
        204
    );
    stage.subscribe(&ada, twin).await;
}

#[tokio::test]
async fn of_two_twins_at_once_one_is_refused() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let wish = stage.wish("me/messages").await;
    let (one, two) = tokio::join!(
        stage.try_subscribe(&ada, wish.clone()),
        stage.try_subscribe(&ada, wish.clone())
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[tokio::test]
async fn twins_are_allowed_where_the_switch_says_so() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"subscription": {"conflict409": false}}))
        .await;
    assert_ne!(stage.watch(ADA).await, stage.watch(ADA).await);
    assert_eq!(stage.struck("graph").await, ["conflict409"]);
}

#[tokio::test]
async fn a_mailbox_has_at_most_a_thousand() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"subscription": {"conflict409": 0}}))
        .await;
    let organisation = stage.organisation(APP).await;
    let mut wish = stage.wish(&format!("users/{ADA}/messages")).await;
    wish["lifecycleNotificationUrl"] = Value::Null;
    for n in 0..1_000 {
        if n % 400 == 0 {
            stage.advance(21).await;
        }
        stage.subscribe(&organisation, wish.clone()).await;
    }
    stage.advance(21).await;
    stage.add_app("other", &[], &["Mail.Read"]).await;
    let other = stage.organisation("other").await;
    let reply = stage.try_subscribe(&other, wish).await;
    assert_eq!((reply.status, reply.refusal().1), (403, "ExtensionError"));
    assert!(
        reply.refusal().2.contains("1000 subscriptions per mailbox"),
        "{reply:?}"
    );
    stage.watch(BOB).await;
}

#[tokio::test]
async fn writes_have_a_rate() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    for _ in 0..500 {
        let reply = stage
            .graph(
                &organisation,
                Method::DELETE,
                "subscriptions/none",
                Value::Null,
            )
            .await;
        assert_eq!(
            reply.refusal(),
            (404, "ResourceNotFound", "The object was not found.")
        );
    }
    let reply = stage
        .graph(
            &organisation,
            Method::DELETE,
            "subscriptions/none",
            Value::Null,
        )
        .await;
    assert_eq!(
        reply.refusal(),
        (429, "TooManyRequests", "Please retry again later.")
    );
    let wait: u64 = reply.headers["retry-after"]
        .to_str()
        .expect("text")
        .parse()
        .expect("seconds");
    stage.advance(wait).await;
    assert_eq!(
        stage
            .graph(
                &organisation,
                Method::DELETE,
                "subscriptions/none",
                Value::Null
            )
            .await
            .status,
        404
    );
}
