//! What a delta round may be asked, and every way of it that is not agreed on, told both ways.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, Caller, IMMUTABLE, Stage};

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

async fn filed(stage: &Stage, id: &str, folder: &str) {
    let path = format!("mailboxes/{ADA}/messages/{id}/move");
    stage
        .sim(Method::POST, &path, json!({"folder": folder}))
        .await;
}

fn subjects(items: &[Value]) -> Vec<&str> {
    let subject = |item: &'_ Value| item["subject"].as_str().is_some();
    items
        .iter()
        .filter(|item| subject(item))
        .filter_map(|item| item["subject"].as_str())
        .collect()
}

/// The faults that the journal tells, in order.
async fn struck(stage: &Stage) -> Vec<String> {
    let journal = stage.sim(Method::GET, "journal", Value::Null).await;
    let entries = journal.as_array().expect("entries").clone();
    let fault = |entry: &Value| entry["fault"].as_str().map(str::to_owned);
    entries.iter().filter_map(fault).collect()
}

#[tokio::test]
async fn a_round_is_over_one_folder_and_not_those_below_it() {
    let (stage, _) = with_mail(1).await;
    let ada = stage.person(ADA).await;
    let below = ada
        .call(
            Method::POST,
            "me/mailFolders/inbox/childFolders",
            json!({"displayName": "below"}),
        )
        .await
        .text_of("id");
    stage
        .deliver(ADA, json!({"subject": "deeper", "folder": below}))
        .await;
    let (items, _) = ada.round(INBOX, "").await;
    assert_eq!(subjects(&items), ["mail 0"]);
    let whole = ada.get("me/messages/delta").await;
    assert_eq!(
        (whole.status, whole.refusal().1),
        (400, "ErrorInvalidRequest")
    );
    let path = format!("users/{ADA}/mailFolders/inbox/messages/delta");
    let organisation = stage.organisation().await;
    assert_eq!(organisation.round(&path, "").await.0.len(), 1);
}

#[tokio::test]
async fn a_link_is_followed_as_it_is() {
    let (stage, _) = with_mail(12).await;
    let ada = stage.person(ADA).await;
    let first = ada.get(&format!("{INBOX}?$select=subject")).await;
    let next = first.text_of("@odata.nextLink");
    let (_, delta) = ada.round(&next, "").await;
    for link in [next, delta] {
        for more in ["$select=id", "$top=1", "changeType=created"] {
            let refused = ada.get(&format!("{link}&{more}")).await;
            assert_eq!(
                (refused.status, refused.refusal().1),
                (400, "ErrorInvalidUrlQuery"),
                "{more}"
            );
        }
    }
}

#[tokio::test]
async fn every_other_option_of_a_beginning_is_refused() {
    let (stage, _) = with_mail(1).await;
    let ada = stage.person(ADA).await;
    for bad in [
        "$search=\"x\"",
        "$skip=1",
        "$count=true",
        "$filter=isRead eq false",
        "$filter=receivedDateTime le 2026-01-01T00:00:00Z",
        "$orderby=receivedDateTime asc",
        "$orderby=subject",
        "changeType=moved",
        "$select=size",
        "$top=0",
    ] {
        assert_eq!(
            ada.get(&format!("{INBOX}?{bad}")).await.status,
            400,
            "{bad}"
        );
    }
    let latest = ada.get(&format!("{INBOX}?$deltatoken=latest")).await;
    assert_eq!(
        (latest.status, latest.refusal().1),
        (400, "InvalidSyncStateData")
    );
}

#[tokio::test]
async fn attachments_come_with_a_round_that_expands_them() {
    let (stage, _) = with_mail(1).await;
    let ada = stage.person(ADA).await;
    let (plain, _) = ada.round(INBOX, "").await;
    assert!(plain[0]["attachments"].is_null());
    let (_, link) = ada.round(&format!("{INBOX}?$expand=attachments"), "").await;
    let file = json!([{"name": "a.txt", "contentType": "text/plain", "contentBase64": "aGk="}]);
    stage
        .deliver(ADA, json!({"subject": "with", "attachments": file}))
        .await;
    let (items, _) = ada.round(&link, "").await;
    assert_eq!(items[0]["attachments"][0]["name"], "a.txt");
}

#[tokio::test]
async fn a_top_that_is_ignored_ends_nothing() {
    let (stage, _) = with_mail(7).await;
    let ada = stage.person(ADA).await;
    let start = format!("{INBOX}?$top=4");
    assert_eq!(ada.round(&start, "").await.0.len(), 4);
    stage.faults(json!({"delta": {"ignoreTop": true}})).await;
    assert_eq!(ada.round(&start, "").await.0.len(), 7);
}

#[tokio::test]
async fn a_filter_takes_gt_only_when_told_to() {
    let stage = Stage::new().await;
    for second in 1..4 {
        let at = format!("2026-01-01T00:00:0{second}Z");
        stage
            .deliver(ADA, json!({"subject": at, "receivedDateTime": at}))
            .await;
    }
    let ada = stage.person(ADA).await;
    let start = format!("{INBOX}?$filter=receivedDateTime gt 2026-01-01T00:00:02Z");
    assert_eq!(
        ada.get(&start).await.refusal(),
        (
            400,
            "ErrorInvalidUrlQuery",
            "The '$filter' parameter value is not supported for 'Messages' resource; only a value of 'receivedDateTime ge value' is supported."
        )
    );
    let since = start.replace(" gt ", " ge ");
    assert_eq!(ada.round(&since, "").await.0.len(), 2);
    stage.faults(json!({"delta": {"gtFilter": true}})).await;
    let (items, _) = ada.round(&start, "").await;
    assert_eq!(subjects(&items), ["2026-01-01T00:00:03Z"]);
}

#[tokio::test]
async fn a_filtered_round_gives_five_thousand_and_no_more() {
    let stage = Stage::new().await;
    stage
        .sim(
            Method::POST,
            &format!("mailboxes/{ADA}/fill"),
            json!({"count": 13_000, "folders": 1, "seed": 1}),
        )
        .await;
    let ada = stage.person(ADA).await;
    let start = format!("{INBOX}?$select=id&$filter=receivedDateTime ge 2000-01-01T00:00:00Z");
    let (items, _) = ada.round(&start, "odata.maxpagesize=1000").await;
    assert_eq!(items.len(), 5_000);
    let all = format!("{INBOX}?$select=id");
    assert!(ada.round(&all, "odata.maxpagesize=1000").await.0.len() > 5_000);
}

#[tokio::test]
async fn a_filtered_round_tells_or_hides_what_does_not_match() {
    for hides in [false, true] {
        let stage = Stage::new().await;
        let mut old = Vec::new();
        for n in 0..2 {
            let mail =
                json!({"subject": n.to_string(), "receivedDateTime": "2020-01-01T00:00:00Z"});
            old.push(stage.deliver(ADA, mail).await);
        }
        let ada = stage.person(ADA).await;
        let start = format!("{INBOX}?$filter=receivedDateTime ge 2026-01-01T00:00:00Z");
        let (none, link) = ada.round(&start, BY_ID).await;
        assert!(none.is_empty());
        filed(&stage, &old[0], "archive").await;
        let read = format!("mailboxes/{ADA}/messages/{}", old[1]);
        stage
            .sim(Method::PATCH, &read, json!({"isRead": true}))
            .await;
        stage.faults(json!({"delta": {"filterHides": hides}})).await;
        let (items, _) = ada.round(&link, BY_ID).await;
        assert_eq!(items.len(), if hides { 0 } else { 2 }, "{hides}");
    }
}

#[tokio::test]
async fn only_later_rounds_keep_to_a_kind_of_change() {
    for (kind, expected) in [("created", 1), ("updated", 1), ("deleted", 1)] {
        let (stage, ids) = with_mail(3).await;
        let ada = stage.person(ADA).await;
        let (all, link) = ada
            .round(&format!("{INBOX}?changeType={kind}"), BY_ID)
            .await;
        assert_eq!(all.len(), 3, "{kind}");
        stage.mail("new").await;
        filed(&stage, &ids[0], "archive").await;
        let flag = format!("mailboxes/{ADA}/messages/{}", ids[1]);
        stage
            .sim(Method::PATCH, &flag, json!({"flag": "flagged"}))
            .await;
        let (items, _) = ada.round(&link, BY_ID).await;
        assert_eq!(items.len(), expected, "{kind}: {items:?}");
    }
}

#[tokio::test]
async fn the_page_size_is_said_anew_with_every_call() {
    let (stage, _) = with_mail(16).await;
    let ada = stage.person(ADA).await;
    let first = ada.get_with(INBOX, ("prefer", "odata.maxpagesize=2")).await;
    assert_eq!(first.items().len(), 2);
    let second = ada.get(&first.text_of("@odata.nextLink")).await;
    assert_eq!(second.items().len(), 10);
    stage.faults(json!({"delta": {"shortPages": 1}})).await;
    let (items, _) = ada.round(INBOX, "odata.maxpagesize=8").await;
    assert_eq!(items.len(), 16);
    assert!(struck(&stage).await.iter().any(|name| name == "shortPages"));
}

#[tokio::test]
async fn items_may_come_in_no_order_unless_one_was_asked_for() {
    let (stage, _) = with_mail(9).await;
    let ada = stage.person(ADA).await;
    stage
        .faults(json!({"seed": 4, "delta": {"shuffle": 1}}))
        .await;
    let ordered = format!("{INBOX}?$orderby=receivedDateTime desc&$select=subject");
    let newest_first: Vec<String> = (0..9).rev().map(|n| format!("mail {n}")).collect();
    assert_eq!(subjects(&ada.round(&ordered, "").await.0), newest_first);
    let (items, _) = ada.round(INBOX, "").await;
    assert_ne!(subjects(&items), newest_first);
    assert_eq!(items.len(), 9);
    assert!(struck(&stage).await.iter().any(|name| name == "shuffle"));
}

#[tokio::test]
async fn a_first_round_may_tell_removals_too() {
    let (stage, ids) = with_mail(2).await;
    let ada = stage.person(ADA).await;
    filed(&stage, &ids[0], "archive").await;
    assert_eq!(ada.round(INBOX, BY_ID).await.0.len(), 1);
    stage.faults(json!({"delta": {"firstRemoved": 1}})).await;
    let (items, _) = ada.round(INBOX, BY_ID).await;
    assert_eq!(
        (
            items.len(),
            &items[1]["@removed"]["reason"],
            &items[1]["id"]
        ),
        (2, &json!("deleted"), &json!(ids[0]))
    );
}

#[tokio::test]
async fn an_item_may_stand_twice_and_the_last_one_counts() {
    let (stage, ids) = with_mail(1).await;
    let ada = stage.person(ADA).await;
    let (once, link) = ada.round(INBOX, BY_ID).await;
    assert_eq!(once.len(), 1);
    stage.faults(json!({"delta": {"twice": 1}})).await;
    assert_eq!(ada.round(INBOX, BY_ID).await.0.len(), 2);
    filed(&stage, &ids[0], "archive").await;
    filed(&stage, &ids[0], "inbox").await;
    let (items, _) = ada.round(&link, BY_ID).await;
    assert!(items[0]["@removed"].is_object(), "{items:?}");
    let last = items.last().expect("told again");
    assert!(last["@removed"].is_null() && last["id"] == ids[0].as_str());
    assert!(struck(&stage).await.iter().any(|name| name == "twice"));
}

#[tokio::test]
async fn a_move_is_a_removal_here_and_an_arrival_there() {
    let (stage, ids) = with_mail(1).await;
    let ada = stage.person(ADA).await;
    let archive = "me/mailFolders/archive/messages/delta";
    let (_, here) = ada.round(INBOX, "").await;
    let (_, there) = ada.round(archive, "").await;
    let (_, here_immutable) = ada.round(INBOX, BY_ID).await;
    let default = ada.get("me/messages").await.column("id")[0].to_owned();
    filed(&stage, &ids[0], "archive").await;
    let (left, _) = ada.round(&here, "").await;
    assert_eq!(
        (&left[0]["id"], &left[0]["@removed"]["reason"]),
        (&json!(default), &json!("deleted"))
    );
    let (came, _) = ada.round(&there, "").await;
    assert_ne!(came[0]["id"], json!(default));
    let (left, _) = ada.round(&here_immutable, BY_ID).await;
    assert_eq!(left[0]["id"], ids[0].as_str());
    let still = ada
        .get_with(&format!("me/messages/{}", ids[0]), IMMUTABLE)
        .await;
    assert_eq!(still.status, 200, "removed is not destroyed");
}

#[tokio::test]
async fn a_moved_message_may_never_be_told_where_it_went() {
    for lost in [false, true] {
        let (stage, ids) = with_mail(1).await;
        let ada = stage.person(ADA).await;
        let archive = "me/mailFolders/archive/messages/delta";
        let (_, here) = ada.round(INBOX, BY_ID).await;
        let (_, there) = ada.round(archive, BY_ID).await;
        let (_, there_default) = ada.round(archive, "").await;
        stage
            .faults(json!({"delta": {"moveLoss": f64::from(u8::from(lost))}}))
            .await;
        filed(&stage, &ids[0], "archive").await;
        let (left, _) = ada.round(&here, BY_ID).await;
        assert!(left[0]["@removed"].is_object());
        let (came, there) = ada.round(&there, BY_ID).await;
        assert_eq!(came.is_empty(), lost);
        assert_eq!(ada.round(&there, BY_ID).await.0.len(), 0, "nor later");
        assert_eq!(ada.round(&there_default, "").await.0.len(), 1);
        assert_eq!(
            struck(&stage).await.iter().any(|name| name == "moveLoss"),
            lost
        );
    }
}

#[tokio::test]
async fn a_token_has_no_age_but_a_next_link_may() {
    let (stage, _) = with_mail(12).await;
    let ada = stage.person(ADA).await;
    let (_, delta) = ada.round(INBOX, "").await;
    stage
        .faults(json!({"delta": {"nextLinkLifeS": 600}, "token": {"lifetimeS": 100_000_000}}))
        .await;
    let ada: Caller<'_> = stage.person(ADA).await;
    let next = ada.get(INBOX).await.text_of("@odata.nextLink");
    assert_eq!(ada.get(&next).await.status, 200);
    stage.advance(90 * 86_400).await;
    assert_eq!(ada.get(&delta).await.status, 200);
    assert!(ada.get(&next).await.status >= 400);
}

#[tokio::test]
async fn a_dead_token_is_told_in_each_form_that_is_known() {
    for (death, status, code) in [
        ("SyncStateNotFound", 410, "SyncStateNotFound"),
        ("syncStateNotFound", 400, "syncStateNotFound"),
        ("resyncRequired", 410, "resyncRequired"),
        ("InvalidSyncStateData", 400, "InvalidSyncStateData"),
        ("Moved", 410, "Gone"),
    ] {
        let (stage, _) = with_mail(1).await;
        let ada = stage.person(ADA).await;
        let (_, link) = ada.round(INBOX, "").await;
        stage
            .faults(json!({"delta": {"expireEvery": 1, "death": death}}))
            .await;
        let dead = ada.get(&link).await;
        assert_eq!((dead.status, dead.refusal().1), (status, code));
        assert!(dead.json["error"]["innerError"].is_object());
        let fresh = format!("{}/v1.0/{INBOX}", stage.base);
        let expected = if status == 410 { fresh.as_str() } else { "" };
        assert_eq!(dead.header("location"), expected, "{death}");
        assert_eq!(struck(&stage).await, ["expireEvery"]);
        stage.faults(json!({})).await;
        assert_eq!(ada.round(INBOX, "").await.0.len(), 1);
    }
}

#[tokio::test]
async fn the_delta_of_folders_takes_a_selection_only_and_its_tokens_die_too() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let start = "me/mailFolders/delta";
    for bad in [
        "$top=3",
        "$filter=displayName eq 'x'",
        "$orderby=displayName",
        "$expand=childFolders",
    ] {
        let refused = ada.get(&format!("{start}?{bad}")).await;
        assert_eq!(
            (refused.status, refused.refusal().1),
            (400, "ErrorInvalidUrlQuery"),
            "{bad}"
        );
    }
    let (items, link) = ada.round(&format!("{start}?$select=displayName"), "").await;
    assert!(items[0]["displayName"].is_string() && items[0]["parentFolderId"].is_null());
    let page = ada.get_with(start, ("prefer", "odata.maxpagesize=3")).await;
    assert_eq!(page.items().len(), 3);
    stage.mail("no news here").await;
    assert!(ada.round(&link, "").await.0.is_empty());
    let (default, _) = ada.round(start, "").await;
    let (immutable, _) = ada.round(start, BY_ID).await;
    assert_eq!(default, immutable, "folders have one id only");
    stage
        .faults(json!({"delta": {"expireEvery": 1, "death": "SyncStateNotFound"}}))
        .await;
    assert_eq!(ada.get(&link).await.refusal().1, "SyncStateNotFound");
}

#[tokio::test]
async fn a_folder_may_have_a_slash_in_its_name() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let (_, link) = ada.round("me/mailFolders/delta", "").await;
    let made = ada
        .call(
            Method::POST,
            "me/mailFolders",
            json!({"displayName": "In/Out"}),
        )
        .await;
    assert_eq!(made.status, 201);
    let (items, _) = ada.round(&link, "").await;
    assert_eq!(
        (&items[0]["displayName"], &items[0]["parentFolderId"]),
        (&json!("In/Out"), &made.json["parentFolderId"])
    );
}

#[tokio::test]
async fn china_has_no_delta_and_the_other_clouds_do() {
    let (stage, _) = with_mail(1).await;
    let organisation = stage.organisation().await;
    let start = format!("users/{ADA}/mailFolders/inbox/messages/delta");
    let folders = format!("users/{ADA}/mailFolders/delta");
    for (cloud, status) in [("global", 200), ("china", 400)] {
        stage.faults(json!({"graph": {"cloud": cloud}})).await;
        for path in [&start, &folders] {
            let reply = if cloud == "global" {
                organisation.get(path).await
            } else {
                chinese(&stage).await.get(path).await
            };
            assert_eq!(reply.status, status, "{cloud} {path}: {reply:?}");
        }
    }
}

async fn chinese(stage: &Stage) -> Caller<'_> {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "desk"),
        ("client_secret", "s"),
        ("scope", "https://microsoftgraph.chinacloudapi.cn/.default"),
    ];
    let reply = stage.token_reply("contoso.test", &form).await;
    Caller {
        stage,
        token: reply.text_of("access_token"),
    }
}

#[tokio::test]
async fn every_delta_fault_is_in_the_journal() {
    for (fault, name) in [
        (json!({"emptyPages": 1}), "emptyPages"),
        (json!({"replay": 1}), "replay"),
        (json!({"lateMs": 60_000}), "lateMs"),
        (json!({"sparse": 1}), "sparse"),
        (json!({"abaLoss": 1}), "abaLoss"),
    ] {
        let (stage, ids) = with_mail(2).await;
        let ada = stage.person(ADA).await;
        let (_, link) = ada.round(INBOX, BY_ID).await;
        assert!(struck(&stage).await.is_empty());
        stage.faults(json!({"seed": 1, "delta": fault})).await;
        filed(&stage, &ids[0], "archive").await;
        filed(&stage, &ids[0], "inbox").await;
        let flag = format!("mailboxes/{ADA}/messages/{}", ids[1]);
        stage
            .sim(Method::PATCH, &flag, json!({"flag": "flagged"}))
            .await;
        ada.round(&link, BY_ID).await;
        assert!(
            struck(&stage).await.iter().any(|struck| struck == name),
            "{name}"
        );
    }
}
