//! Message delta over HTTP: links, options, sparse items, removals and their faults.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, IMMUTABLE, Stage};

const INBOX: &str = "me/mailFolders/inbox/messages/delta";
const BY_ID: &str = "IdType=\"ImmutableId\"";

async fn with_mail(count: usize) -> (Stage, Vec<String>) {
    let stage = Stage::new().await;
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(stage.mail(&format!("mail {n}")).await);
    }
    (stage, ids)
}

fn ids(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["id"].as_str().expect("an id"))
        .collect()
}

#[tokio::test]
async fn a_first_round_gives_everything_in_pages_and_ends_with_a_delta_link() {
    let (stage, all) = with_mail(12).await;
    let ada = stage.person(ADA).await;
    let page = ada
        .get_with(
            "me/mailfolders('inbox')/messages/delta()?$select=subject",
            IMMUTABLE,
        )
        .await;
    assert_eq!(page.items().len(), 10);
    assert_eq!(page.items()[0]["@odata.type"], "#microsoft.graph.message");
    assert!(page.text.find("Link\"") < page.text.find("\"value\""));
    assert!(
        page.text_of("@odata.context")
            .ends_with("$metadata#Collection(message)")
    );
    assert!(
        page.headers
            .get_all("preference-applied")
            .iter()
            .any(|value| value == "odata.track-changes")
    );
    let next = page.text_of("@odata.nextLink");
    assert!(
        next.starts_with(&format!(
            "{}/v1.0/me/mailfolders('inbox')/messages/delta()?$skiptoken=",
            stage.base
        )),
        "{next}"
    );
    let (items, link) = ada
        .round(INBOX, "odata.maxpagesize=5,IdType=\"ImmutableId\"")
        .await;
    let newest_first: Vec<&str> = all.iter().rev().map(String::as_str).collect();
    assert_eq!(ids(&items), newest_first);
    assert!(link.contains("?$deltatoken="));
    let (none, again) = ada.round(&link, BY_ID).await;
    assert_eq!(none.len(), 0);
    stage.mail("new").await;
    let (new, _) = ada.round(&again, BY_ID).await;
    assert_eq!(new[0]["subject"], "new");
}

#[tokio::test]
async fn tokens_serve_both_kinds_of_id_and_keep_the_selection() {
    let (stage, all) = with_mail(1).await;
    let ada = stage.person(ADA).await;
    let (items, link) = ada.round(&format!("{INBOX}?$select=subject"), "").await;
    assert_eq!(items[0].as_object().expect("fields").len(), 4);
    assert_ne!(ids(&items), [all[0].as_str()]);
    stage.mail("two").await;
    let (items, _) = ada.round(&link, BY_ID).await;
    assert!(items[0]["body"].is_null() && items[0]["subject"] == "two");
}

#[tokio::test]
async fn a_read_toggle_is_sparse_and_seen_only_when_it_is_selected() {
    let (stage, all) = with_mail(2).await;
    let ada = stage.person(ADA).await;
    let (_, whole) = ada.round(INBOX, BY_ID).await;
    let (_, only_id) = ada.round(&format!("{INBOX}?$select=id"), BY_ID).await;
    stage
        .sim(
            Method::PATCH,
            &format!("mailboxes/{ADA}/messages/{}", all[0]),
            json!({"isRead": true}),
        )
        .await;
    let (items, whole) = ada.round(&whole, BY_ID).await;
    let inbox = ada.get("me/mailFolders/inbox").await.text_of("id");
    assert_eq!(
        items,
        [json!({"id": all[0], "isRead": true, "parentFolderId": inbox})]
    );
    assert_eq!(ada.round(&only_id, BY_ID).await.0.len(), 0);
    stage
        .sim(
            Method::PATCH,
            &format!("mailboxes/{ADA}/messages/{}", all[0]),
            json!({"flag": "flagged"}),
        )
        .await;
    let (items, whole) = ada.round(&whole, BY_ID).await;
    assert!(items[0]["subject"] == "mail 0" && items[0]["flag"]["flagStatus"] == "flagged");
    stage.faults(json!({"delta": {"sparse": 1}})).await;
    stage
        .sim(
            Method::PATCH,
            &format!("mailboxes/{ADA}/messages/{}", all[1]),
            json!({"categories": ["x"], "isRead": true}),
        )
        .await;
    let (items, _) = ada.round(&whole, BY_ID).await;
    assert_eq!(
        items,
        [json!({"id": all[1], "isRead": true, "categories": ["x"], "parentFolderId": inbox})]
    );
}

#[tokio::test]
async fn leaving_the_folder_looks_like_a_deletion_however_it_happens() {
    let (stage, all) = with_mail(3).await;
    let ada = stage.person(ADA).await;
    let (_, inbox) = ada.round(INBOX, BY_ID).await;
    let (_, archive) = ada
        .round("me/mailFolders/archive/messages/delta", BY_ID)
        .await;
    stage
        .sim(
            Method::POST,
            &format!("mailboxes/{ADA}/messages/{}/move", all[0]),
            json!({"folder": "archive"}),
        )
        .await;
    stage
        .sim(
            Method::DELETE,
            &format!("mailboxes/{ADA}/messages/{}", all[1]),
            Value::Null,
        )
        .await;
    let (items, inbox) = ada.round(&inbox, BY_ID).await;
    let removed = |id: &str| json!({"@odata.type": "#microsoft.graph.message", "id": id, "@removed": {"reason": "deleted"}});
    assert_eq!(items, [removed(&all[0]), removed(&all[1])]);
    assert_eq!(ids(&ada.round(&archive, BY_ID).await.0), [all[0].as_str()]);
    for folder in ["archive", "inbox"] {
        stage
            .sim(
                Method::POST,
                &format!("mailboxes/{ADA}/messages/{}/move", all[2]),
                json!({"folder": folder}),
            )
            .await;
    }
    let (items, _) = ada.round(&inbox, BY_ID).await;
    assert!(
        items
            .iter()
            .all(|item| item["id"] == all[2].as_str() && item["@removed"].is_null()),
        "{items:?}"
    );
    assert!(!items.is_empty());
}

#[tokio::test]
async fn under_default_ids_a_message_that_comes_back_is_another_one() {
    let (stage, all) = with_mail(1).await;
    let ada = stage.person(ADA).await;
    let (first, link) = ada.round(INBOX, "").await;
    for folder in ["archive", "inbox"] {
        stage
            .sim(
                Method::POST,
                &format!("mailboxes/{ADA}/messages/{}/move", all[0]),
                json!({"folder": folder}),
            )
            .await;
    }
    let (items, _) = ada.round(&link, "").await;
    assert_eq!(
        (
            items[0]["id"].as_str(),
            items[0]["@removed"]["reason"].as_str()
        ),
        (first[0]["id"].as_str(), Some("deleted"))
    );
    assert!(items[1]["subject"] == "mail 0" && items[1]["id"] != first[0]["id"]);
}

#[tokio::test]
async fn a_message_that_came_back_can_be_lost() {
    let (stage, all) = with_mail(1).await;
    let ada = stage.person(ADA).await;
    let (_, link) = ada.round(INBOX, BY_ID).await;
    stage.faults(json!({"delta": {"abaLoss": 1}})).await;
    for folder in ["archive", "inbox"] {
        stage
            .sim(
                Method::POST,
                &format!("mailboxes/{ADA}/messages/{}/move", all[0]),
                json!({"folder": folder}),
            )
            .await;
    }
    let (items, link) = ada.round(&link, BY_ID).await;
    assert_eq!(
        items
            .iter()
            .map(|item| item["@removed"]["reason"].as_str())
            .collect::<Vec<_>>(),
        [Some("deleted")]
    );
    stage.faults(json!({})).await;
    assert_eq!(ada.round(&link, BY_ID).await.0.len(), 0);
}

#[tokio::test]
async fn top_ends_the_round_and_older_mail_is_never_given() {
    let (stage, _) = with_mail(7).await;
    let ada = stage.person(ADA).await;
    let (items, link) = ada
        .round(
            &format!("{INBOX}?$top=4&$select=subject"),
            "odata.maxpagesize=3",
        )
        .await;
    assert_eq!(
        items
            .iter()
            .map(|item| item["subject"].as_str().expect("text"))
            .collect::<Vec<_>>(),
        ["mail 6", "mail 5", "mail 4", "mail 3"]
    );
    assert_eq!(ada.round(&link, "").await.0.len(), 0);
}

#[tokio::test]
async fn a_filter_by_date_and_a_kind_of_change_limit_rounds() {
    let stage = Stage::new().await;
    for day in 1..4 {
        stage.deliver(ADA, json!({"subject": format!("day {day}"), "receivedDateTime": format!("2026-01-0{day}T00:00:00Z")})).await;
    }
    let ada = stage.person(ADA).await;
    let (items, _) = ada.round(&format!("{INBOX}?$filter=receivedDateTime ge 2026-01-02T00:00:00.000000%2B00:00&$orderby=receivedDateTime desc"), "").await;
    assert_eq!(items.len(), 2);
    let (all, link) = ada
        .round(&format!("{INBOX}?changeType=created"), BY_ID)
        .await;
    let id = all[0]["id"].as_str().expect("an id");
    stage
        .sim(
            Method::PATCH,
            &format!("mailboxes/{ADA}/messages/{id}"),
            json!({"flag": "flagged"}),
        )
        .await;
    stage.mail("new").await;
    let (items, _) = ada.round(&link, BY_ID).await;
    assert_eq!(
        items
            .iter()
            .map(|item| item["subject"].as_str())
            .collect::<Vec<_>>(),
        [Some("new")]
    );
    for bad in [
        "$filter=receivedDateTime gt 2026-01-02",
        "$filter=isRead eq false",
        "$orderby=subject",
        "$search=x",
        "$skip=1",
        "changeType=moved",
        "$select=colour",
    ] {
        assert_eq!(
            ada.get(&format!("{INBOX}?{bad}")).await.status,
            400,
            "{bad}"
        );
    }
    assert_eq!(ada.get("me/messages/delta").await.status, 400);
}

#[tokio::test]
async fn a_dead_token_stays_dead_and_a_fresh_start_works() {
    let (stage, _) = with_mail(3).await;
    let ada = stage.person(ADA).await;
    let (_, link) = ada.round(INBOX, BY_ID).await;
    stage.faults(json!({"delta": {"expireEvery": 1}})).await;
    let dead = ada.get(&link).await;
    let (status, code, _) = dead.refusal();
    assert!(
        matches!(
            (status, code),
            (410, "SyncStateNotFound" | "resyncRequired") | (400, "InvalidSyncStateData")
        ),
        "{dead:?}"
    );
    assert!(status == 400 || dead.header("location").ends_with(INBOX));
    stage.faults(json!({})).await;
    assert_eq!(ada.get(&link).await.refusal().1, code);
    assert_eq!(ada.round(INBOX, BY_ID).await.0.len(), 3);
    assert_eq!(
        ada.get(&format!("{INBOX}?$deltatoken=nonsense"))
            .await
            .refusal()
            .1,
        "InvalidSyncStateData"
    );
    let bobs = stage
        .person("bob@contoso.test")
        .await
        .round(INBOX, "")
        .await
        .1;
    assert_eq!(ada.get(&bobs).await.refusal().1, "InvalidSyncStateData");
}

#[tokio::test]
async fn every_third_token_dies_when_told_so() {
    let (stage, _) = with_mail(1).await;
    let ada = stage.person(ADA).await;
    let (_, link) = ada.round(INBOX, BY_ID).await;
    stage.faults(json!({"delta": {"expireEvery": 3}})).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(ada.get(&link).await.status);
    }
    assert_eq!(statuses[..2], [200, 200]);
    assert!(statuses[2] >= 400);
}

#[tokio::test]
async fn replays_empty_pages_and_delays_still_end_in_the_truth() {
    let (stage, all) = with_mail(5).await;
    let ada = stage.person(ADA).await;
    stage
        .faults(json!({"seed": 3, "delta": {"emptyPages": 1, "replay": 1}}))
        .await;
    let first = ada.get_with(INBOX, IMMUTABLE).await;
    assert!(first.items().is_empty() && first.json["@odata.nextLink"].is_string());
    let (items, link) = ada.round(INBOX, BY_ID).await;
    assert_eq!(items.len(), 5);
    let (replayed, link) = ada.round(&link, BY_ID).await;
    assert!(
        !replayed.is_empty()
            && ids(&replayed)
                .iter()
                .all(|id| all.iter().any(|known| known == id))
    );
    stage.faults(json!({"delta": {"lateMs": 60_000}})).await;
    let late = stage.mail("late").await;
    let (items, link) = ada.round(&link, BY_ID).await;
    assert_eq!(items.len(), 0);
    stage.advance(61).await;
    assert_eq!(ids(&ada.round(&link, BY_ID).await.0), [late.as_str()]);
}

#[tokio::test]
async fn filled_history_is_seen_by_delta_too() {
    let (stage, _) = with_mail(1).await;
    let ada = stage.person(ADA).await;
    let (_, link) = ada.round(INBOX, BY_ID).await;
    stage
        .sim(
            Method::POST,
            &format!("mailboxes/{ADA}/fill"),
            json!({"count": 500, "folders": 3, "seed": 1}),
        )
        .await;
    let (items, _) = ada
        .round(&link, "odata.maxpagesize=40,IdType=\"ImmutableId\"")
        .await;
    assert_eq!(items.len(), 200);
    assert_eq!(ada.round(INBOX, "odata.maxpagesize=50").await.0.len(), 201);
}
