//! The subscription as an object: each property that is asked for, and what it may be.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, APP, BOB, Stage, but};

const MISSPELLED: &str = "Could not process subscription creation payload. Are all property names spelled and camelCased properly?";

/// Asks for a subscription of Ada's, with one property changed.
async fn asked(stage: &Stage, name: &str, value: Value) -> crate::stage::Reply {
    let ada = stage.person(APP, ADA).await;
    let wish = but(stage.wish("me/messages").await, name, value);
    stage.try_subscribe(&ada, wish).await
}

#[tokio::test]
async fn every_required_property_is_missed_by_name() {
    let stage = Stage::new().await;
    for name in [
        "changeType",
        "notificationUrl",
        "resource",
        "expirationDateTime",
    ] {
        for nothing in [Value::Null, json!("")] {
            let reply = asked(&stage, name, nothing).await;
            let message = format!("{name} is a required property for subscription creation");
            assert_eq!(reply.refusal(), (400, "ValidationError", message.as_str()));
        }
    }
    assert!(stage.hook.probes().is_empty());
}

#[tokio::test]
async fn values_of_the_wrong_type_and_unknown_names_are_misspelled() {
    let stage = Stage::new().await;
    for (name, value) in [
        ("changeType", json!(["created", "updated"])),
        ("includeResourceData", json!("yes")),
        ("clientState", json!(7)),
        ("notificationContentType", json!("application/json")),
        ("ChangeType", json!("created")),
    ] {
        let reply = asked(&stage, name, value).await;
        assert_eq!(
            reply.refusal(),
            (400, "InvalidRequest", MISSPELLED),
            "{name}"
        );
    }
    let ada = stage.person(APP, ADA).await;
    let request = stage
        .http
        .post(format!("{}/v1.0/subscriptions", stage.base));
    let reply = stage
        .send(request.bearer_auth(&ada.0).body("{\"changeType\":"))
        .await;
    assert_eq!(reply.refusal(), (400, "InvalidRequest", MISSPELLED));
}

#[tokio::test]
async fn values_that_mail_does_not_know_are_refused() {
    let stage = Stage::new().await;
    for (name, value) in [
        ("changeType", json!("created,moved")),
        ("latestSupportedTlsVersion", json!("v1_4")),
        ("notificationQueryOptions", json!("$filter=x")),
        ("encryptionCertificate", json!("no base64!")),
        ("notificationUrl", json!("/hook")),
        (
            "lifecycleNotificationUrl",
            json!("http://desk.test/lifecycle"),
        ),
    ] {
        let reply = asked(&stage, name, value).await;
        assert_eq!(
            (reply.status, reply.refusal().1),
            (400, "ValidationError"),
            "{name}"
        );
        assert!(reply.refusal().2.contains(name), "{reply:?}");
    }
}

#[tokio::test]
async fn what_the_service_sets_is_not_the_callers_to_choose() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let me = stage.graph(&ada, Method::GET, "me", Value::Null).await.id();
    let mut wish = stage.wish("me/messages").await;
    for name in ["id", "applicationId", "creatorId"] {
        wish[name] = json!("mine");
    }
    let reply = stage.try_subscribe(&ada, wish).await;
    assert_eq!(
        (&reply.json["applicationId"], &reply.json["creatorId"]),
        (&json!(APP), &json!(me))
    );
    let id = reply.id();
    let parts: Vec<usize> = id.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
}

#[tokio::test]
async fn the_organisation_creates_as_its_service_principal() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let mut creators = Vec::new();
    for address in [ADA, BOB] {
        let wish = stage.wish(&format!("users/{address}/messages")).await;
        let reply = stage.try_subscribe(&organisation, wish).await;
        creators.push(reply.json["creatorId"].clone());
    }
    assert_eq!(creators[0], creators[1]);
    let users = stage.sim(Method::GET, "mailboxes", Value::Null).await;
    let users = users.as_array().expect("a list");
    assert!(users.iter().all(|user| user["userId"] != creators[0]));
}

#[tokio::test]
async fn optional_properties_may_be_left_out_or_given() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let mut bare = stage.wish("me/messages").await;
    for name in ["lifecycleNotificationUrl", "clientState"] {
        bare.as_object_mut().expect("an object").remove(name);
    }
    let reply = stage.try_subscribe(&ada, bare).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(reply.json["clientState"], Value::Null);
    let mut full = stage.wish("me/mailFolders('inbox')/messages").await;
    full["latestSupportedTlsVersion"] = json!("v1_3");
    full["notificationUrlAppId"] = json!("5f0a3b0e-58f2-4a0b-9d4b-5b2b6a4f7f10");
    full["includeResourceData"] = json!(false);
    let reply = stage.try_subscribe(&ada, full.clone()).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    for name in [
        "latestSupportedTlsVersion",
        "notificationUrlAppId",
        "includeResourceData",
        "clientState",
    ] {
        assert_eq!(reply.json[name], full[name], "{name}");
    }
    let kind = reply.headers["content-type"].to_str().expect("text");
    assert!(kind.starts_with("application/json"), "{kind}");
}

#[tokio::test]
async fn a_url_keeps_its_query_in_every_post() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let mut wish = stage.wish(&format!("users/{ADA}/messages")).await;
    wish["notificationUrl"] = json!(stage.hook.url("/hook?mailbox=7&x=%20"));
    stage.subscribe(&organisation, wish).await;
    stage.mail(ADA, "Hello").await;
    let received = stage
        .hook
        .until(|all| all.iter().any(|one| one.length > 0))
        .await;
    let post = received
        .iter()
        .find(|one| one.length > 0)
        .expect("a notification");
    assert_eq!(post.query, "mailbox=7&x=%20");
}

#[tokio::test]
async fn instants_are_read_in_every_form_that_has_a_zone() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let until: jiff::Timestamp = stage.in_minutes(500).await.parse().expect("an instant");
    let until = jiff::Timestamp::from_second(until.as_second()).expect("in range");
    let plain = until.to_string();
    let seconds = plain.trim_end_matches('Z').to_owned();
    let east = jiff::tz::Offset::from_seconds(19_800).expect("a zone");
    let forms = [
        format!("{seconds}Z"),
        format!("{seconds}.0000000Z"),
        format!("{seconds}.000000+00:00"),
        until.display_with_offset(east).to_string(),
    ];
    for (form, folder) in forms
        .iter()
        .zip(["inbox", "drafts", "archive", "sentitems"])
    {
        let wish = stage
            .wish(&format!("me/mailFolders('{folder}')/messages"))
            .await;
        let reply = stage
            .try_subscribe(&ada, but(wish, "expirationDateTime", json!(form)))
            .await;
        assert_eq!(reply.status, 201, "{form}: {reply:?}");
        assert_eq!(reply.instant("expirationDateTime"), until, "{form}");
    }
    let wish = but(
        stage.wish("me/messages").await,
        "expirationDateTime",
        json!(seconds),
    );
    let reply = stage.try_subscribe(&ada, wish).await;
    assert_eq!(reply.refusal(), (400, "InvalidRequest", MISSPELLED));
    let wish = but(
        stage.wish("me/messages").await,
        "expirationDateTime",
        json!("tomorrow"),
    );
    let reply = stage.try_subscribe(&ada, wish).await;
    let missing = "expirationDateTime is a required property for subscription creation";
    assert_eq!(reply.refusal(), (400, "ValidationError", missing));
}

#[tokio::test]
async fn the_ceiling_is_ten_minutes_below_the_documented_one_unless_switched() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let resource = format!("users/{ADA}/messages");
    let until = json!(stage.in_minutes(10_070).await);
    let wish = but(stage.wish(&resource).await, "expirationDateTime", until);
    let id = stage.subscribe(&organisation, wish).await;
    let reply = stage.renew(&organisation, &id, 10_075).await;
    let message = "Subscription expiration can only be 10070 minutes in the future.";
    assert_eq!(reply.refusal(), (400, "ExtensionError", message));
    stage
        .faults(json!({"subscription": {"rejectAboveMinutes": 10_080}}))
        .await;
    assert_eq!(stage.renew(&organisation, &id, 10_075).await.status, 200);
    assert_eq!(
        stage.renew(&organisation, &id, 10_082).await.refusal().1,
        "ExtensionError"
    );
    stage
        .faults(json!({"subscription": {"rejectAboveMinutes": 4_230}}))
        .await;
    let message = "Subscription expiration can only be 4230 minutes in the future.";
    assert_eq!(
        stage.renew(&organisation, &id, 4_320).await.refusal().2,
        message
    );
    assert_eq!(stage.renew(&organisation, &id, 4_200).await.status, 200);
}

#[tokio::test]
async fn too_long_a_life_has_another_sentence_where_the_switch_says_so() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"subscription": {"otherCeilingWords": 1, "rejectAboveMinutes": 4_320}}))
        .await;
    let reply = asked(
        &stage,
        "expirationDateTime",
        json!(stage.in_minutes(8_640).await),
    )
    .await;
    let (status, code, message) = reply.refusal();
    assert_eq!((status, code), (400, "ExtensionError"));
    let start = "Operation: Create; Exception: [Status Code: BadRequest; Reason: Expiration time '";
    assert!(
        message.starts_with(start) && message.contains("('-5.23:59:"),
        "{message}"
    );
    assert!(
        message.ends_with("' from now) is beyond allowed max '3.00:00:00'.]"),
        "{message}"
    );
    assert_eq!(stage.struck("graph").await, ["otherCeilingWords"]);
}

#[tokio::test]
async fn a_short_renewal_is_raised_as_well() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let id = stage.watch(ADA).await;
    let floor: jiff::Timestamp = stage.in_minutes(45).await.parse().expect("an instant");
    let reply = stage.renew(&organisation, &id, 3).await;
    let above = reply
        .instant("expirationDateTime")
        .duration_since(floor)
        .as_secs();
    assert!((0..60).contains(&above), "{above}");
}

#[tokio::test]
async fn a_secret_is_optional_and_short_unless_another_page_is_asked_for() {
    let stage = Stage::new().await;
    let long = json!("x".repeat(255));
    let reply = asked(&stage, "clientState", long.clone()).await;
    let message = "clientState must not be longer than 128 characters.";
    assert_eq!(reply.refusal(), (400, "ValidationError", message));
    stage
        .faults(json!({"subscription": {"clientStateRequired": 1, "clientStateMax": 255}}))
        .await;
    let reply = asked(&stage, "clientState", Value::Null).await;
    let message = "clientState is a required property for subscription creation";
    assert_eq!(reply.refusal(), (400, "ValidationError", message));
    assert_eq!(stage.struck("graph").await, ["clientStateRequired"]);
    let reply = asked(&stage, "clientState", json!("x".repeat(256))).await;
    assert!(reply.refusal().2.contains("255"), "{reply:?}");
    let reply = asked(&stage, "clientState", long.clone()).await;
    assert_eq!((reply.status, &reply.json["clientState"]), (201, &long));
}

#[tokio::test]
async fn the_resource_may_come_back_with_the_users_id() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let me = stage.graph(&ada, Method::GET, "me", Value::Null).await.id();
    stage.faults(json!({"subscription": {"byUserId": 1}})).await;
    for (given, shown) in [
        (
            "/me/messages?$filter=isDraft eq false",
            "messages?$filter=isDraft eq false",
        ),
        (
            "me/mailfolders/inbox/messages",
            "mailFolders('inbox')/messages",
        ),
    ] {
        let reply = stage.try_subscribe(&ada, stage.wish(given).await).await;
        assert_eq!(
            reply.json["resource"],
            format!("users/{me}/{shown}"),
            "{reply:?}"
        );
    }
    let id = stage
        .try_subscribe(&ada, stage.wish("me/messages").await)
        .await
        .id();
    let twin = stage.wish(&format!("users/{me}/messages")).await;
    let reply = stage.try_subscribe(&ada, twin).await;
    assert_eq!((reply.status, reply.refusal().2.contains(&id)), (409, true));
}

#[tokio::test]
async fn resources_that_are_not_a_mailbox_or_a_folder_are_refused() {
    let stage = Stage::new().await;
    for resource in [
        "https://graph.microsoft.com/v1.0/me/messages",
        "me",
        "me/events",
        "me/mailFolders/inbox",
        "users/o'hara@contoso.test/messages",
        "me/messages?$orderby=subject",
        "me/messages?$skip=1",
        "me/messages?$top=1",
        "me/messages?$expand=attachments",
    ] {
        let reply = asked(&stage, "resource", json!(resource)).await;
        assert_eq!(
            (reply.status, reply.refusal().1),
            (400, "ValidationError"),
            "{resource}"
        );
    }
}

#[tokio::test]
async fn an_address_with_an_apostrophe_is_safest_as_an_id() {
    let stage = Stage::new().await;
    let address = "o'hara@contoso.test";
    let made = json!({"address": address, "kind": "user"});
    let made = stage.sim(Method::POST, "mailboxes", made).await;
    let organisation = stage.organisation(APP).await;
    let wish = stage.wish(&format!("users/{address}/messages")).await;
    assert_eq!(stage.try_subscribe(&organisation, wish).await.status, 400);
    let user = made["userId"].as_str().expect("an id");
    let wish = stage.wish(&format!("users/{user}/messages")).await;
    stage.subscribe(&organisation, wish).await;
}

/// A wish with resource data, short enough to be granted.
async fn rich(stage: &Stage, resource: &str) -> Value {
    let mut wish = stage.wish(resource).await;
    wish["expirationDateTime"] = json!(stage.in_minutes(1_400).await);
    wish["includeResourceData"] = json!(true);
    wish["encryptionCertificate"] = json!("MIIC");
    wish["encryptionCertificateId"] = json!("mine");
    wish
}

#[tokio::test]
async fn rich_subscriptions_select_something_small_and_expand_only_extended_properties() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    for (query, about) in [
        ("", "$select"),
        ("?$select=subject,body", "body"),
        ("?$select=uniqueBody", "uniquebody"),
        ("?$select=subject&$top=5", "$top"),
        ("?$select=subject&$skip=5", "$skip"),
        ("?$select=subject&$orderby=subject", "$orderby"),
        ("?$select=subject&$expand=attachments", "$expand"),
    ] {
        let wish = rich(&stage, &format!("me/messages{query}")).await;
        let reply = stage.try_subscribe(&ada, wish).await;
        assert_eq!(
            (reply.status, reply.refusal().1),
            (400, "ValidationError"),
            "{query}"
        );
        assert!(reply.refusal().2.contains(about), "{query}: {reply:?}");
    }
    for name in ["encryptionCertificate", "encryptionCertificateId"] {
        let wish = rich(&stage, "me/messages?$select=subject").await;
        let reply = stage
            .try_subscribe(&ada, but(wish, name, Value::Null))
            .await;
        assert!(reply.refusal().2.contains(name), "{reply:?}");
    }
    for name in [
        "singleValueExtendedProperties",
        "multiValueExtendedProperties",
    ] {
        let query = format!("$select=subject&$expand={name}($filter=id eq 'String 0x1')");
        let wish = rich(
            &stage,
            &format!(
                "me/messages?{query}&$filter=isRead eq {}",
                name.starts_with('s')
            ),
        )
        .await;
        let reply = stage.try_subscribe(&ada, wish).await;
        assert_eq!(reply.status, 201, "{reply:?}");
    }
}
