//! Folders: listing, counting, changing, and their delta.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, Reply, Stage};

const FIELDS: [&str; 8] = [
    "id",
    "displayName",
    "parentFolderId",
    "childFolderCount",
    "unreadItemCount",
    "totalItemCount",
    "sizeInBytes",
    "isHidden",
];

/// The fields of an object in the order of its text.
pub(crate) fn fields_of(text: &str, names: &[&str]) -> bool {
    let places: Vec<Option<usize>> = names
        .iter()
        .map(|name| text.find(&format!("\"{name}\":")))
        .collect();
    places.iter().all(Option::is_some) && places.is_sorted()
}

async fn create(stage: &Stage, parent: &str, name: &str) -> Reply {
    stage
        .person(ADA)
        .await
        .call(
            Method::POST,
            &format!("me/mailFolders/{parent}/childFolders"),
            json!({"displayName": name}),
        )
        .await
}

#[tokio::test]
async fn the_list_has_the_visible_children_of_the_root_by_name() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let list = ada.get("me/mailFolders?$top=9999").await;
    assert_eq!(
        list.column("displayName"),
        [
            "Archive",
            "Conversation History",
            "Deleted Items",
            "Drafts",
            "Inbox",
            "Junk Email",
            "Outbox",
            "Sent Items",
            "Unread Mail"
        ]
    );
    assert!(fields_of(&list.text, &FIELDS), "{}", list.text);
    assert_eq!(
        list.json["@odata.context"],
        format!(
            "{}/v1.0/$metadata#users('ada%40contoso.test')/mailFolders",
            stage.base
        )
    );
    assert!(list.json["@odata.nextLink"].is_null());
    let search: Vec<&Value> = list
        .items()
        .iter()
        .filter(|folder| folder["@odata.type"] == "#microsoft.graph.mailSearchFolder")
        .collect();
    assert_eq!(search.len(), 1);
    let hidden = ada
        .get("me/mailFolders?$top=100&includeHiddenFolders=true")
        .await;
    assert!(
        hidden
            .items()
            .iter()
            .any(|folder| folder["isHidden"] == true)
    );
    assert_eq!(ada.get("me/mailfolders/$count").await.text, "9");
}

#[tokio::test]
async fn lists_come_in_pages_of_ten() {
    let stage = Stage::new().await;
    for n in 0..5 {
        create(&stage, "msgfolderroot", &format!("Project {n}")).await;
    }
    let ada = stage.person(ADA).await;
    let first = ada.get("me/mailFolders?$select=displayName").await;
    assert_eq!(first.items().len(), 10);
    let second = ada.get(&first.text_of("@odata.nextLink")).await;
    assert_eq!(
        (
            second.items().len(),
            second.json["@odata.nextLink"].is_null()
        ),
        (4, true)
    );
}

#[tokio::test]
async fn folders_are_found_by_id_and_by_well_known_name() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for name in [
        "inbox",
        "Drafts",
        "sentitems",
        "deleteditems",
        "junkemail",
        "archive",
        "outbox",
        "msgfolderroot",
        "recoverableitemsdeletions",
        "searchfolders",
        "syncissues",
        "conflicts",
        "localfailures",
        "serverfailures",
        "clutter",
        "scheduled",
        "conversationhistory",
    ] {
        let folder = ada.get(&format!("me/mailFolders/{name}")).await;
        assert_eq!(folder.status, 200, "{name}");
        let by_id = ada
            .get(&format!("me/mailFolders('{}')", folder.text_of("id")))
            .await;
        assert_eq!(by_id.json["id"], folder.json["id"], "{name}");
        assert!(folder.json["wellKnownName"].is_null());
    }
    assert_eq!(
        ada.get("me/mailFolders/nonsense").await.refusal().1,
        "ErrorInvalidIdMalformed"
    );
    let foreign = stage
        .person("bob@contoso.test")
        .await
        .get("me/mailFolders/inbox")
        .await
        .text_of("id");
    assert_eq!(
        ada.get(&format!("me/mailFolders/{foreign}"))
            .await
            .refusal()
            .1,
        "ErrorItemNotFound"
    );
    assert_eq!(
        ada.get("me/mailFolders?$select=wellKnownName").await.status,
        400
    );
}

#[tokio::test]
async fn folders_are_created_renamed_moved_and_deleted() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let made = ada
        .call(
            Method::POST,
            "me/mailFolders",
            json!({"displayName": "Projects"}),
        )
        .await;
    assert_eq!(made.status, 201);
    let id = made.text_of("id");
    assert!(
        made.header("location")
            .ends_with(&format!("/users('{ADA}')/mailFolders('{id}')"))
    );
    assert_eq!(
        ada.call(
            Method::POST,
            "me/mailFolders",
            json!({"displayName": "projects"})
        )
        .await
        .refusal()
        .1,
        "ErrorFolderExists"
    );
    let child = create(&stage, &id, "Bridge").await.text_of("id");
    assert_eq!(
        ada.get(&format!("me/mailFolders/{id}")).await.json["childFolderCount"],
        1
    );
    assert_eq!(
        ada.get(&format!("me/mailFolders/{id}/childFolders"))
            .await
            .column("displayName"),
        ["Bridge"]
    );
    assert_eq!(
        ada.get("me/mailFolders?$filter=displayName eq 'Projects'")
            .await
            .column("id"),
        [id.as_str()]
    );
    let renamed = ada
        .call(
            Method::PATCH,
            &format!("me/mailFolders/{child}"),
            json!({"displayName": "Tunnel"}),
        )
        .await;
    assert_eq!(
        (renamed.status, renamed.json["displayName"].as_str()),
        (200, Some("Tunnel"))
    );
    assert_eq!(
        ada.call(
            Method::PATCH,
            "me/mailFolders/inbox",
            json!({"displayName": "In"})
        )
        .await
        .status,
        403
    );
    let moved = ada
        .call(
            Method::POST,
            &format!("me/mailFolders/{child}/move"),
            json!({"destinationId": "archive"}),
        )
        .await;
    assert_eq!(moved.status, 201);
    assert_eq!(
        ada.get(&format!("me/mailFolders/{id}/childFolders"))
            .await
            .items()
            .len(),
        0
    );
    assert_eq!(
        ada.call(
            Method::POST,
            &format!("me/mailFolders/{id}/move"),
            json!({"destinationId": id})
        )
        .await
        .status,
        400
    );
    assert_eq!(
        ada.call(Method::DELETE, &format!("me/mailFolders/{id}"), Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(
        ada.get(&format!("me/mailFolders/{id}")).await.refusal().1,
        "ErrorItemNotFound"
    );
    assert_eq!(
        ada.call(Method::DELETE, "me/mailFolders/inbox", Value::Null)
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn counts_follow_the_messages() {
    let stage = Stage::new().await;
    let (first, _) = (stage.mail("one").await, stage.mail("two").await);
    let ada = stage.person(ADA).await;
    let counts = |folder: &'static str| {
        let ada = ada.clone();
        async move {
            let folder = ada.get(&format!("me/mailFolders/{folder}")).await.json;
            (
                folder["unreadItemCount"].as_u64().expect("a number"),
                folder["totalItemCount"].as_u64().expect("a number"),
            )
        }
    };
    assert_eq!(counts("inbox").await, (2, 2));
    ada.call(
        Method::PATCH,
        &format!("me/messages/{first}"),
        json!({"isRead": true}),
    )
    .await;
    assert_eq!(counts("inbox").await, (1, 2));
    ada.call(
        Method::POST,
        &format!("me/messages/{first}/move"),
        json!({"destinationId": "archive"}),
    )
    .await;
    assert_eq!(
        (counts("inbox").await, counts("archive").await),
        ((1, 1), (0, 1))
    );
    let search = ada
        .get("me/mailFolders?$filter=displayName eq 'Unread Mail'")
        .await
        .items()[0]
        .clone();
    assert_eq!(
        (
            search["unreadItemCount"].as_u64(),
            search["totalItemCount"].as_u64()
        ),
        (Some(1), Some(1))
    );
    let shown = ada
        .get(&format!(
            "me/mailFolders/{}/messages",
            search["id"].as_str().expect("an id")
        ))
        .await;
    assert_eq!(shown.column("subject"), ["two"]);
}

#[tokio::test]
async fn the_delta_of_folders_tells_what_came_changed_and_went() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let (all, link) = ada
        .round("me/mailFolders/delta", "odata.maxpagesize=4")
        .await;
    assert!(all.len() > 10);
    let (none, link) = ada.round(&link, "").await;
    assert_eq!(none, Vec::<Value>::new());
    let id = create(&stage, "inbox", "Projects").await.text_of("id");
    stage.mail("no folder changes").await;
    let (new, link) = ada.round(&link, "").await;
    assert_eq!(
        new.iter()
            .map(|folder| folder["displayName"].as_str())
            .collect::<Vec<_>>(),
        [Some("Projects")]
    );
    ada.call(
        Method::PATCH,
        &format!("me/mailFolders/{id}"),
        json!({"displayName": "Tunnel"}),
    )
    .await;
    let (changed, link) = ada.round(&link, "").await;
    assert_eq!(changed[0]["displayName"], "Tunnel");
    ada.call(Method::DELETE, &format!("me/mailFolders/{id}"), Value::Null)
        .await;
    let (gone, _) = ada.round(&link, "").await;
    assert_eq!(
        gone,
        [
            json!({"@odata.type": "#microsoft.graph.mailFolder", "id": id, "@removed": {"reason": "deleted"}})
        ]
    );
    assert_eq!(
        ada.get("me/mailFolders/delta?$deltatoken=nonsense")
            .await
            .refusal()
            .1,
        "InvalidSyncStateData"
    );
}

#[tokio::test]
async fn a_folder_deleted_between_pages_costs_no_other_folder() {
    let stage = Stage::new().await;
    let mut made = Vec::new();
    for n in 0..6 {
        made.push(
            create(&stage, "inbox", &format!("Project {n}"))
                .await
                .text_of("id"),
        );
    }
    let ada = stage.person(ADA).await;
    let size = ("prefer", "odata.maxpagesize=1");
    let mut page = ada.get_with("me/mailFolders/delta", size).await;
    let first = page.column("id")[0].to_owned();
    let (mut seen, mut deleted) = (vec![first], false);
    while let Some(next) = page.json["@odata.nextLink"].as_str().map(str::to_owned) {
        page = ada.get_with(&next, size).await;
        seen.extend(page.column("id").into_iter().map(str::to_owned));
        if !deleted && seen.contains(&made[0]) {
            deleted = true;
            let gone = ada
                .call(
                    Method::DELETE,
                    &format!("me/mailFolders/{}", made[0]),
                    Value::Null,
                )
                .await;
            assert_eq!(gone.status, 204);
        }
    }
    assert!(deleted && made.iter().all(|id| seen.contains(id)));
}
