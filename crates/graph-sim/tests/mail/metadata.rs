//! Every field that the simulator writes on `/v1.0` is one that Microsoft's own metadata knows.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Map, Value, json};

use crate::stage::{ADA, BOB, Reply, Stage};

/// Seen on the wire though the schema does not have it [recorded 7.2].
const RECORDED: [(&str, &str); 2] = [
    ("mailFolder", "sizeInBytes"),
    ("mailSearchFolder", "sizeInBytes"),
];

struct Metadata {
    types: Map<String, Value>,
    enums: Map<String, Value>,
}

impl Metadata {
    fn read() -> Self {
        let all: Value =
            serde_json::from_str(include_str!("../data/mail-metadata.json")).expect("JSON");
        let part = |name: &str| all[name].as_object().expect("an object").clone();
        Self {
            types: part("types"),
            enums: part("enums"),
        }
    }

    /// The declared type of a property, looked for in a type and those it extends.
    fn property(&self, kind: &str, name: &str) -> Option<String> {
        let mut at = Some(kind.to_owned());
        while let Some(kind) = at {
            let kind = self.types.get(&kind)?;
            if let Some(declared) = kind["properties"][name].as_str() {
                return Some(declared.trim_end_matches('!').to_owned());
            }
            at = kind["base"].as_str().map(str::to_owned);
        }
        None
    }

    /// Collects what is wrong with an object of a type.
    fn check(&self, kind: &str, object: &Value, wrong: &mut BTreeSet<String>) {
        let Some(fields) = object.as_object() else {
            wrong.insert(format!("{kind} is not an object: {object}"));
            return;
        };
        let kind = match fields.get("@odata.type").and_then(Value::as_str) {
            Some(named) => named.trim_start_matches("#microsoft.graph.").to_owned(),
            None => kind.to_owned(),
        };
        for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with('@')) {
            match self.property(&kind, name) {
                Some(declared) => {
                    self.check_value(&format!("{kind}.{name}"), &declared, value, wrong);
                }
                None if RECORDED.contains(&(kind.as_str(), name)) => {}
                None if kind == "message" && name == "attachments" => {
                    self.check_list("attachment", value, wrong);
                }
                None if kind == "message" && name == "singleValueExtendedProperties" => {}
                None if kind.starts_with("mail") && name == "childFolders" => {
                    self.check_list("mailFolder", value, wrong);
                }
                None if kind == "itemAttachment" && name == "item" => {
                    self.check("message", value, wrong);
                }
                None => {
                    wrong.insert(format!("{kind}.{name} is not in the metadata"));
                }
            }
        }
    }

    fn check_list(&self, kind: &str, list: &Value, wrong: &mut BTreeSet<String>) {
        for item in list.as_array().expect("a list") {
            self.check(kind, item, wrong);
        }
    }

    fn check_value(&self, at: &str, declared: &str, value: &Value, wrong: &mut BTreeSet<String>) {
        if let Some(inner) = declared
            .strip_prefix("Collection(")
            .and_then(|rest| rest.strip_suffix(')'))
        {
            for item in value.as_array().into_iter().flatten() {
                self.check_value(at, inner, item, wrong);
            }
            if !value.is_array() {
                wrong.insert(format!("{at} is not a list"));
            }
            return;
        }
        if value.is_null() {
            return;
        }
        let fits = match declared {
            "Edm.Boolean" => value.is_boolean(),
            "Edm.Int32" | "Edm.Int64" => value.is_i64(),
            "Edm.DateTimeOffset" => value
                .as_str()
                .is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
            "Edm.String" | "Edm.Binary" | "Edm.Guid" => value.is_string(),
            named => {
                if let Some(members) = self.enums.get(named) {
                    members.as_array().expect("members").contains(value)
                } else {
                    self.check(named, value, wrong);
                    true
                }
            }
        };
        if !fits {
            wrong.insert(format!("{at} is no {declared}: {value}"));
        }
    }
}

/// Every answer of a walk through the operations, with the type of what is in it.
async fn walk(stage: &Stage) -> Vec<(&'static str, Reply)> {
    let attachments = json!([
        {"name": "a.pdf", "contentBase64": "AAEC"},
        {"name": "i", "mime": "From: a@b.test\r\nSubject: inside\r\n\r\nHi\r\n"},
        {"name": "l", "sourceUrl": "https://files.test/x"},
    ]);
    let id = stage
        .deliver(
            ADA,
            json!({"subject": "one", "html": "<p>x</p>", "attachments": attachments}),
        )
        .await;
    stage
        .sim(
            Method::POST,
            &format!("mailboxes/{ADA}/fill"),
            json!({"count": 200, "folders": 12, "seed": 1}),
        )
        .await;
    let ada = stage.person(ADA).await;
    let flag = json!({"flag": {"flagStatus": "complete", "completedDateTime": {"dateTime": "2026-01-01T00:00:00", "timeZone": "UTC"}}});
    let path = format!("me/messages/{id}");
    let draft = json!({"subject": "d", "toRecipients": [{"emailAddress": {"address": BOB}}]});
    let mut seen = vec![
        ("user", ada.get("me").await),
        ("mailFolder", ada.get("me/mailFolders?$top=100&includeHiddenFolders=true&$expand=childFolders").await),
        ("mailFolder", ada.get("me/mailFolders/inbox").await),
        ("mailFolder", ada.get("me/mailFolders/delta").await),
        ("mailFolder", ada.call(Method::POST, "me/mailFolders", json!({"displayName": "new"})).await),
        ("message", ada.get("me/messages?$top=200&$count=true").await),
        ("message", ada.get(&format!("{path}?$expand=attachments&$select=subject,internetMessageHeaders,uniqueBody,body,flag,replyTo")).await),
        ("message", ada.call(Method::PATCH, &path, flag).await),
        ("message", ada.call(Method::POST, "me/messages", draft).await),
        ("message", ada.call(Method::POST, &format!("{path}/createReply"), json!({})).await),
        ("message", ada.call(Method::POST, &format!("{path}/move"), json!({"destinationId": "archive"})).await),
        ("attachment", ada.get(&format!("{path}/attachments")).await),
        ("message", ada.get_with("me/mailFolders/inbox/messages/delta", ("prefer", "odata.maxpagesize=100")).await),
        ("convertIdResult", ada.call(Method::POST, "me/translateExchangeIds", json!({"inputIds": [id, "x"], "targetIdType": "restId"})).await),
    ];
    let draft = seen[8].1.text_of("id");
    let session =
        json!({"AttachmentItem": {"attachmentType": "file", "name": "x", "size": 4_000_000}});
    seen.push((
        "uploadSession",
        ada.call(
            Method::POST,
            &format!("me/messages/{draft}/attachments/createUploadSession"),
            session,
        )
        .await,
    ));
    let item = seen[11].1.items()[1]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    seen.push((
        "attachment",
        ada.get(&format!(
            "{path}/attachments/{item}?$expand=microsoft.graph.itemAttachment/item"
        ))
        .await,
    ));
    let (changes, _) = sparse_round(stage, &id).await;
    seen.push(("message", changes));
    for kind in [
        "meetingRequest",
        "meetingCancelled",
        "meetingTenativelyAccepted",
    ] {
        let meeting = json!({"meetingMessageType": kind, "start": "2026-12-01T00:00:00Z", "end": "2026-12-02T00:00:00Z", "isAllDay": true, "location": "Room 4", "type": "seriesMaster"});
        let id = stage
            .deliver(ADA, json!({"subject": kind, "meeting": meeting}))
            .await;
        seen.push(("message", ada.get(&format!("me/messages/{id}")).await));
    }
    seen
}

/// A round with a sparse and a removed item.
async fn sparse_round(stage: &Stage, id: &str) -> (Reply, String) {
    let ada = stage.person(ADA).await;
    let (_, link) = ada
        .round(
            "me/mailFolders/archive/messages/delta",
            "IdType=\"ImmutableId\"",
        )
        .await;
    stage.faults(json!({"delta": {"sparse": 1}})).await;
    stage
        .sim(
            Method::PATCH,
            &format!("mailboxes/{ADA}/messages/{id}"),
            json!({"isRead": true, "categories": ["x"], "importance": "high"}),
        )
        .await;
    let gone = stage
        .deliver(ADA, json!({"subject": "gone", "folder": "archive"}))
        .await;
    stage
        .sim(
            Method::DELETE,
            &format!("mailboxes/{ADA}/messages/{gone}"),
            Value::Null,
        )
        .await;
    let reply = ada.get(&link).await;
    assert_eq!(reply.items().len(), 2);
    (reply, link)
}

#[tokio::test]
async fn every_field_on_the_wire_is_in_microsofts_metadata() {
    let stage = Stage::new().await;
    let metadata = Metadata::read();
    let mut wrong = BTreeSet::new();
    for (kind, reply) in walk(&stage).await {
        assert!(reply.status < 300, "{reply:?}");
        match reply.json["value"].as_array() {
            Some(items) => items
                .iter()
                .for_each(|item| metadata.check(kind, item, &mut wrong)),
            None => metadata.check(kind, &reply.json, &mut wrong),
        }
        let annotations = reply
            .json
            .as_object()
            .expect("an object")
            .keys()
            .filter(|name| name.starts_with('@'));
        for name in annotations {
            let known = [
                "@odata.context",
                "@odata.count",
                "@odata.nextLink",
                "@odata.deltaLink",
                "@odata.etag",
                "@odata.type",
                "@odata.mediaContentType",
            ];
            assert!(known.contains(&name.as_str()), "{name}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_check_itself_finds_what_is_wrong() {
    let metadata = Metadata::read();
    let mut wrong = BTreeSet::new();
    let message = json!({"subject": 5, "colour": "red", "importance": "huge", "from": {"emailAddress": {"adress": "x"}}, "receivedDateTime": "soon"});
    metadata.check("message", &message, &mut wrong);
    assert_eq!(wrong.len(), 5, "{wrong:#?}");
}
