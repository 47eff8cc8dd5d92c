//! What fails without anybody's fault, and what was seen once: switches that are off unless they are asked for, and one that is on.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, APP, EVE, Stage};

const GONE: (u16, &str, &str) = (404, "ResourceNotFound", "The object was not found.");

#[tokio::test]
async fn creating_fails_for_a_while_in_two_ways() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"subscription": {"createFails": 1}}))
        .await;
    let organisation = stage.organisation(APP).await;
    let wish = stage.wish(&format!("users/{ADA}/messages")).await;
    let mut messages = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let reply = stage.try_subscribe(&organisation, wish.clone()).await;
        assert_eq!((reply.status, reply.refusal().1), (500, "ExtensionError"));
        messages.insert(reply.refusal().2.to_owned());
    }
    let messages: Vec<_> = messages.iter().map(String::as_str).collect();
    assert_eq!(
        messages,
        [
            "Operation: Create; Exception: [A task was canceled.]",
            "Operation: Create; Exception: [Status Code: InternalServerError; Reason: Request has been quarantined by condition.]",
        ]
    );
    assert!(stage.hook.probes().is_empty());
    assert_eq!(stage.struck("graph").await, ["createFails"; 20]);
    stage.faults(json!({})).await;
    stage.subscribe(&organisation, wish).await;
}

#[tokio::test]
async fn renewing_fails_for_a_while_in_two_ways_and_changes_nothing() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let id = stage.watch(ADA).await;
    let until = stage
        .on(&organisation, Method::GET, &id, Value::Null)
        .await
        .instant("expirationDateTime");
    stage
        .faults(json!({"subscription": {"renewFails": 1}}))
        .await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let reply = stage.renew(&organisation, &id, 9_000).await;
        assert!(!reply.headers.contains_key("retry-after"));
        seen.insert((
            reply.status,
            reply.refusal().1.to_owned(),
            reply.refusal().2.to_owned(),
        ));
    }
    let seen: Vec<_> = seen.into_iter().collect();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert_eq!(
        (seen[0].0, seen[0].1.as_str()),
        (400, "ErrorInvalidParameter")
    );
    let message = "Operation: Update; Exception: [Status Code: ServiceUnavailable; Reason: ]";
    assert_eq!(
        (seen[1].0, seen[1].1.as_str(), seen[1].2.as_str()),
        (503, "ExtensionError", message)
    );
    stage.faults(json!({})).await;
    let shown = stage.on(&organisation, Method::GET, &id, Value::Null).await;
    assert_eq!(shown.instant("expirationDateTime"), until);
    assert_eq!(stage.renew(&organisation, &id, 9_000).await.status, 200);
}

#[tokio::test]
async fn a_308_without_a_location_has_done_nothing() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let id = stage.watch(ADA).await;
    let before = stage.on(&organisation, Method::GET, &id, Value::Null).await;
    stage
        .faults(json!({"subscription": {"redirect308": 1}}))
        .await;
    for reply in [
        stage.renew(&organisation, &id, 9_000).await,
        stage
            .on(&organisation, Method::DELETE, &id, Value::Null)
            .await,
    ] {
        assert_eq!((reply.status, &reply.json), (308, &Value::Null));
        assert!(!reply.headers.contains_key("location"));
    }
    assert_eq!(stage.struck("graph").await, ["redirect308"; 2]);
    let after = stage.on(&organisation, Method::GET, &id, Value::Null).await;
    assert_eq!(after.json, before.json);
}

#[tokio::test]
async fn personal_accounts_were_refused_in_2018() {
    let stage = Stage::new().await;
    let eve = stage.person(APP, EVE).await;
    stage
        .faults(json!({"subscription": {"personalRefused": 1}}))
        .await;
    let reply = stage
        .try_subscribe(&eve, stage.wish("me/messages").await)
        .await;
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.refusal().2,
        "Specified resource is not supported for MSA requests"
    );
    stage.watch(ADA).await;
    stage.faults(json!({})).await;
    stage.subscribe(&eve, stage.wish("me/messages").await).await;
}

#[tokio::test]
async fn a_tenant_without_mail_does_not_exist() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"subscription": {"noExchange": 1}}))
        .await;
    let organisation = stage.organisation(APP).await;
    let reply = stage
        .try_subscribe(
            &organisation,
            stage.wish(&format!("users/{ADA}/messages")).await,
        )
        .await;
    let (status, code, message) = reply.refusal();
    assert_eq!((status, code), (401, "ExtensionError"));
    let start = "Operation: Create; Exception: [Status Code: Unauthorized; reason: The Tenant for tenant guid ";
    assert!(
        message.starts_with(start) && message.ends_with(" does not exist.]"),
        "{message}"
    );
}

#[tokio::test]
async fn a_mailbox_that_is_elsewhere_has_no_rest_api() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let reply = stage
        .try_subscribe(
            &organisation,
            stage.wish(&format!("users/{EVE}/messages")).await,
        )
        .await;
    let message = "Operation: Create; Exception: [Status Code: NotFound; Reason: REST API is not yet supported for this mailbox.]";
    assert_eq!(reply.refusal(), (404, "ExtensionError", message));
}

#[tokio::test]
async fn renewing_and_reauthorizing_too_close_together_undoes_the_second() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let id = stage.watch(ADA).await;
    let expiry = async || {
        stage
            .on(&organisation, Method::GET, &id, Value::Null)
            .await
            .instant("expirationDateTime")
    };
    let before = expiry().await;
    assert_eq!(stage.reauthorize(&organisation, &id).await.status, 204);
    assert_eq!(expiry().await, before, "reauthorizing does not renew");
    let promised = stage.renew(&organisation, &id, 9_000).await;
    assert_eq!(promised.status, 200);
    assert!(promised.instant("expirationDateTime") > before);
    assert_eq!(expiry().await, before, "and yet nothing changed");
    stage.advance(601).await;
    let granted = stage
        .renew(&organisation, &id, 9_000)
        .await
        .instant("expirationDateTime");
    assert_eq!(expiry().await, granted);
    assert_eq!(stage.struck("graph").await, ["raceUndone"]);
}

#[tokio::test]
async fn a_reauthorization_right_after_a_renewal_counts_only_where_the_switch_says_so() {
    for (undone, state) in [(1, "paused"), (0, "active")] {
        let stage = Stage::new().await;
        stage
            .faults(json!({"subscription": {"raceUndone": undone}, "token": {"lifetimeS": 600}}))
            .await;
        let first = stage.person(APP, ADA).await;
        let id = stage
            .subscribe(&first, stage.wish("me/messages").await)
            .await;
        assert_eq!(stage.renew(&first, &id, 3_000).await.status, 200);
        stage.advance(540).await;
        let fresh = stage.person(APP, ADA).await;
        assert_eq!(stage.reauthorize(&fresh, &id).await.status, 204);
        stage.advance(120).await;
        let shown = stage.sim(Method::GET, "subscriptions", Value::Null).await;
        assert_eq!(shown[0]["state"], state);
    }
}

#[tokio::test]
async fn a_folder_is_watched_without_the_folders_below_it_unless_switched() {
    for (switch, expected) in [(0, 1), (1, 2)] {
        let stage = Stage::new().await;
        stage
            .faults(
                json!({"notifications": {"updates": 0}, "subscription": {"subFolders": switch}}),
            )
            .await;
        let path = format!("mailboxes/{ADA}/folders");
        let below = stage
            .sim(
                Method::POST,
                &path,
                json!({"displayName": "Below", "parent": "inbox"}),
            )
            .await;
        let organisation = stage.organisation(APP).await;
        let wish = stage
            .wish(&format!("users/{ADA}/mailFolders('inbox')/messages"))
            .await;
        stage.subscribe(&organisation, wish).await;
        let mail = |folder: &Value| json!({"from": {"address": "grace@fabrikam.test"}, "subject": "Hello", "folder": folder});
        let to = format!("mailboxes/{ADA}/messages");
        for folder in [&below["id"], &json!("archive"), &json!("inbox")] {
            stage.sim(Method::POST, &to, mail(folder)).await;
        }
        let items = stage.hook.items("/hook", expected).await;
        assert_eq!(items.len(), expected);
        assert_eq!(
            stage.journal_until("notification", 1).await[0]["status"],
            202
        );
    }
}

#[tokio::test]
async fn a_folder_is_named_by_its_id_or_by_its_well_known_name() {
    let stage = Stage::new().await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    let organisation = stage.organisation(APP).await;
    let path = format!("users/{ADA}/mailFolders/archive");
    let archive = stage
        .graph(&organisation, Method::GET, &path, Value::Null)
        .await
        .id();
    let by_id = stage
        .wish(&format!("users/{ADA}/mailfolders/{archive}/messages"))
        .await;
    let id = stage.subscribe(&organisation, by_id).await;
    let twin = stage
        .wish(&format!("/users('{ADA}')/mailFolders('archive')/messages"))
        .await;
    let reply = stage.try_subscribe(&organisation, twin).await;
    assert_eq!(
        (reply.status, reply.refusal().2.contains(&id)),
        (409, true),
        "it is the same folder"
    );
    let message = stage.mail(ADA, "Hello").await;
    let path = format!("mailboxes/{ADA}/messages/{message}/move");
    stage
        .sim(Method::POST, &path, json!({"folder": "archive"}))
        .await;
    let items = stage.hook.items("/hook", 1).await;
    assert_eq!(
        (&items[0]["changeType"], items.len()),
        (&json!("created"), 1)
    );
}

#[tokio::test]
async fn a_filter_on_extended_properties_is_checked_and_never_fires() {
    let stage = Stage::new().await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    let organisation = stage.organisation(APP).await;
    let resource = |filter: &str| format!("users/{ADA}/messages?$filter={filter}");
    let malformed = stage
        .wish(&resource(
            "singleValueExtendedProperties/any(ep: ep/id eq 'x')",
        ))
        .await;
    let reply = stage.try_subscribe(&organisation, malformed).await;
    assert_eq!(
        (reply.status, reply.refusal().1),
        (400, "ErrorInvalidUrlQueryFilter")
    );
    let good =
        "singleValueExtendedProperties/any(ep: ep/id eq 'String {0} Name X' and ep/value ne null)";
    let silent = stage
        .subscribe(&organisation, stage.wish(&resource(good)).await)
        .await;
    let drafts = stage
        .subscribe(
            &organisation,
            stage.wish(&resource("isDraft eq false")).await,
        )
        .await;
    stage.mail(ADA, "one").await;
    stage.mail(ADA, "two").await;
    let items = stage.hook.items("/hook", 2).await;
    assert!(
        items
            .iter()
            .all(|item| item["subscriptionId"] == drafts.as_str()
                && item["subscriptionId"] != silent.as_str())
    );
}

#[tokio::test]
async fn a_ghost_comes_first_and_is_nowhere_to_be_found() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"notifications": {"updates": 0, "ghost": 1}}))
        .await;
    stage.watch(ADA).await;
    let id = stage.mail(ADA, "Hello").await;
    let items = stage.hook.items("/hook", 2).await;
    let ghost = items
        .iter()
        .find(|item| item["resourceData"]["id"] != id.as_str())
        .expect("a ghost");
    assert_eq!(
        (&ghost["changeType"], &ghost["resource"]),
        (&json!("created"), &ghost["resourceData"]["@odata.id"])
    );
    let organisation = stage.organisation(APP).await;
    let ghost = ghost["resourceData"]["id"].as_str().expect("an id");
    let path = format!("users/{ADA}/messages/{ghost}");
    let reply = stage
        .prefer(
            &organisation,
            Method::GET,
            &path,
            Value::Null,
            r#"IdType="ImmutableId""#,
        )
        .await;
    assert_eq!(
        (reply.status, reply.refusal().1),
        (404, "ErrorItemNotFound")
    );
    assert!(
        stage
            .struck("notification")
            .await
            .iter()
            .any(|fault| fault == "ghost")
    );
}

#[tokio::test]
async fn the_kind_of_id_is_fixed_at_creation() {
    let stage = Stage::new().await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    let organisation = stage.organisation(APP).await;
    let wish = stage.wish(&format!("users/{ADA}/messages")).await;
    let reply = stage
        .graph(&organisation, Method::POST, "subscriptions", wish)
        .await;
    let path = format!("subscriptions/{}", reply.id());
    let renewal = json!({"expirationDateTime": stage.in_minutes(90).await});
    let reply = stage
        .prefer(
            &organisation,
            Method::PATCH,
            &path,
            renewal,
            r#"IdType="ImmutableId""#,
        )
        .await;
    assert_eq!(reply.status, 200);
    let immutable = stage.mail(ADA, "Hello").await;
    let first = stage.hook.items("/hook", 1).await.remove(0);
    assert_ne!(first["resourceData"]["id"], immutable.as_str());
    let to = format!("mailboxes/{ADA}/messages/{immutable}/move");
    stage
        .sim(Method::POST, &to, json!({"folder": "archive"}))
        .await;
    let items = stage.hook.items("/hook", 3).await;
    let ids: Vec<_> = items
        .iter()
        .map(|item| &item["resourceData"]["id"])
        .collect();
    assert_eq!(
        (&items[1]["changeType"], ids[1]),
        (&json!("deleted"), ids[0])
    );
    assert_eq!(items[2]["changeType"], "created");
    assert_ne!(ids[2], ids[0], "the default id changes with the folder");
}

#[tokio::test]
async fn restoring_a_message_is_told_as_an_arrival_in_its_folder() {
    let stage = Stage::new().await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    stage.watch(ADA).await;
    let id = stage.mail(ADA, "Hello").await;
    let path = format!("mailboxes/{ADA}/messages/{id}");
    stage.hook.items("/hook", 1).await;
    stage.sim(Method::DELETE, &path, Value::Null).await;
    stage.hook.items("/hook", 3).await;
    stage
        .sim(
            Method::POST,
            &format!("{path}/move"),
            json!({"folder": "inbox"}),
        )
        .await;
    let items = stage.hook.items("/hook", 5).await;
    let restored = items.iter().filter(|item| {
        item["changeType"] == "created" && item["resourceData"]["id"] == id.as_str()
    });
    assert_eq!(
        restored.count(),
        3,
        "arrived, deleted into a folder, restored from it"
    );
}

#[tokio::test]
async fn every_way_to_an_unknown_subscription_is_the_same_404() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let id = "5f0a3b0e-58f2-4a0b-9d4b-5b2b6a4f7f10";
    let renewal = stage.renew(&organisation, id, 90).await;
    assert_eq!(renewal.refusal(), GONE);
    assert_eq!(stage.reauthorize(&organisation, id).await.refusal(), GONE);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(
            stage
                .on(&organisation, method, id, Value::Null)
                .await
                .refusal(),
            GONE
        );
    }
    assert!(renewal.json["error"]["innerError"]["client-request-id"].is_string());
}

#[tokio::test]
async fn a_renewal_with_nulls_or_of_the_wrong_type_is_refused_as_a_whole() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let id = stage.watch(ADA).await;
    let until = stage.in_minutes(90).await;
    let message = "Subscription must contain either the 'expirationDateTime' or 'notificationUrl' property and its value.";
    for body in [
        json!({"expirationDateTime": null}),
        json!({"expirationDateTime": until, "resource": null}),
        json!({"expirationDateTime": until, "changeType": "created"}),
        json!({"expirationDateTime": 7}),
        json!([]),
    ] {
        let reply = stage.on(&organisation, Method::PATCH, &id, body).await;
        assert_eq!(reply.refusal(), (400, "ValidationError", message));
    }
    let plain = json!({"notificationUrl": "http://desk.test/hook"});
    let reply = stage.on(&organisation, Method::PATCH, &id, plain).await;
    assert_eq!(
        reply.refusal(),
        (400, "ValidationError", "notificationUrl must use https.")
    );
    let zoneless = json!({"expirationDateTime": until.trim_end_matches('Z')});
    let reply = stage.on(&organisation, Method::PATCH, &id, zoneless).await;
    assert_eq!((reply.status, reply.refusal().1), (400, "InvalidRequest"));
}

#[tokio::test]
async fn reads_and_reauthorizations_have_a_rate_and_lists_one_over_all_tenants() {
    let stage = Stage::new().await;
    let (organisation, eve) = (stage.organisation(APP).await, stage.person(APP, EVE).await);
    let throttled = (429, "TooManyRequests", "Please retry again later.");
    for _ in 0..500 {
        assert_eq!(
            stage
                .on(&organisation, Method::GET, "none", Value::Null)
                .await
                .status,
            404
        );
    }
    let reply = stage
        .on(&organisation, Method::GET, "none", Value::Null)
        .await;
    assert_eq!(reply.refusal(), throttled);
    assert!(reply.headers.contains_key("retry-after"));
    for _ in 0..1_000 {
        assert_eq!(stage.reauthorize(&organisation, "none").await.status, 404);
    }
    assert_eq!(
        stage.reauthorize(&organisation, "none").await.refusal(),
        throttled
    );
    let list = async |token| {
        stage
            .graph(token, Method::GET, "subscriptions", Value::Null)
            .await
    };
    for n in 0..40 {
        assert_eq!(
            list(if n < 25 { &organisation } else { &eve }).await.status,
            200,
            "{n}"
        );
    }
    assert_eq!(
        list(&eve).await.refusal(),
        throttled,
        "forty over all tenants"
    );
}
