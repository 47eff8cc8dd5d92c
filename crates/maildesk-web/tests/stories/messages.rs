//! Reading, changing and deleting mail.

use maildesk_model::Role;
use maildesk_model::intent::Want;
use maildesk_model::mailbox::Trouble;
use maildesk_store::contract::{IntentOutcome, MailboxStore};
use serde_json::{Value, json};

use crate::support::{Desk, Engine, SERVER, mail, story};

async fn folder(desk: &Desk, mailbox: maildesk_model::MailboxId, name: &str) -> String {
    let folders = desk.store.folders(SERVER, mailbox).await.unwrap().unwrap();
    let folder = folders.into_iter().find(|folder| folder.name == name);
    folder.unwrap().id.to_string()
}

#[tokio::test]
async fn a_message_looks_like_this() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let message = desk.deliver(id, vec![mail(1)]).await[0];
    let list = desk.get("/messages").by(&user).send().await;
    insta::assert_snapshot!(list.shown(), @r#"
    200 application/json
    {
      "items": [
        {
          "categories": [],
          "conversationId": "c8xmz3kbgkfsqr",
          "flag": "none",
          "flagDue": null,
          "folderId": "f8xmz3kbgkfsqr",
          "from": {
            "address": "grace@contoso.example",
            "name": "Grace"
          },
          "hasAttachments": false,
          "id": "m8xmz3kbgkfsqr",
          "importance": "normal",
          "isDraft": false,
          "isRead": false,
          "mailboxId": "b8xmz3kbgkfsqr",
          "meeting": null,
          "preview": "This is mail 1",
          "receivedAt": "2026-03-02T14:00:01Z",
          "subject": "Mail 1",
          "to": [
            {
              "address": "support@contoso.example",
              "name": "Support"
            }
          ],
          "webLink": "https://outlook.office365.com/owa/?ItemID=1"
        }
      ],
      "nextCursor": null
    }
    "#);
    let read = desk
        .get(&format!("/messages/{message}"))
        .by(&user)
        .send()
        .await;
    insta::assert_snapshot!(read.shown(), @r#"
    200 application/json
    {
      "attachments": [],
      "bcc": [],
      "bodyHtml": "<p>This is mail 1</p>",
      "bodyState": "here",
      "bodyText": "This is mail 1",
      "bodyTrouble": null,
      "categories": [],
      "cc": [],
      "conversationId": "c8xmz3kbgkfsqr",
      "flag": "none",
      "flagDue": null,
      "folderId": "f8xmz3kbgkfsqr",
      "from": {
        "address": "grace@contoso.example",
        "name": "Grace"
      },
      "hasAttachments": false,
      "hasRemoteImages": false,
      "id": "m8xmz3kbgkfsqr",
      "importance": "normal",
      "isDraft": false,
      "isRead": false,
      "mailboxId": "b8xmz3kbgkfsqr",
      "meeting": null,
      "preview": "This is mail 1",
      "receivedAt": "2026-03-02T14:00:01Z",
      "replyTo": [],
      "sender": null,
      "subject": "Mail 1",
      "to": [
        {
          "address": "support@contoso.example",
          "name": "Support"
        }
      ],
      "webLink": "https://outlook.office365.com/owa/?ItemID=1"
    }
    "#);
    let folders = desk
        .get(&format!("/mailboxes/{id}/folders"))
        .by(&user)
        .send()
        .await;
    insta::assert_snapshot!(folders.shown(), @r#"
    200 application/json
    {
      "items": [
        {
          "id": "f8xmz3kbgkfsqr",
          "name": "inbox",
          "parentId": null,
          "totalCount": 1,
          "unreadCount": 1,
          "wellKnownName": "inbox"
        },
        {
          "id": "ff1739w000br5d",
          "name": "deleted",
          "parentId": null,
          "totalCount": 0,
          "unreadCount": 0,
          "wellKnownName": "deleteditems"
        },
        {
          "id": "f54s7g4whjqz8z",
          "name": "later",
          "parentId": null,
          "totalCount": 0,
          "unreadCount": 0,
          "wellKnownName": null
        }
      ],
      "nextCursor": null
    }
    "#);
}

story!(
    a_change_is_shown_at_once_and_travels_on_its_own,
    async |engine| {
        let desk = Desk::open(engine).await;
        let user = desk.person("user", Role::User).await;
        let id = desk.mailbox("Support", &[&user]).await;
        let message = desk.deliver(id, vec![mail(1)]).await[0];
        let later = folder(&desk, id, "later").await;
        let path = format!("/messages/{message}");
        let change = json!({
            "isRead": true, "flag": "flagged", "categories": ["Red", "Blue"], "folderId": later
        });
        let changed = desk
            .call("PATCH", &path)
            .by(&user)
            .json(&change)
            .send()
            .await
            .expect(200);
        for (field, value) in change.as_object().unwrap() {
            assert_eq!(&changed[field], value);
        }
        assert_eq!(changed["subject"], "Mail 1");
        assert_eq!(changed.get("bodyHtml"), None, "a change asks for no text");
        let intent = format!("/intents/{}", changed["intentId"].as_str().unwrap());
        let waiting = desk.get(&intent).by(&user).send().await.expect(200);
        assert_eq!(waiting["state"], "waiting");
        assert_eq!(waiting["messageId"], message.to_string());

        let (lease, wanted) = desk.sync_intent(id).await;
        assert!(matches!(wanted.want, Want::Change { .. }));
        let refused = IntentOutcome::Refused(Trouble {
            code: "ErrorAccessDenied".to_owned(),
            message: "Access is denied.".to_owned(),
            remedy: "Ask your administrator.".to_owned(),
        });
        desk.settle(lease, &wanted, refused).await;
        let settled = desk.get(&intent).by(&user).send().await.expect(200);
        assert_eq!(settled["state"], "refused");
        assert_eq!(settled["error"]["code"], "ErrorAccessDenied");
        let back = desk.get(&path).by(&user).send().await.expect(200);
        assert_eq!(back["isRead"], false);
        assert_eq!(back["folderId"], folder(&desk, id, "inbox").await);
    }
);

#[tokio::test]
async fn a_change_that_makes_no_sense_is_refused_by_field() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let other = desk.mailbox("Other", &[&user]).await;
    let message = desk.deliver(id, vec![mail(1)]).await[0];
    let foreign = folder(&desk, other, "inbox").await;
    let path = format!("/messages/{message}");
    for (change, field) in [
        (json!({}), ""),
        (json!({"isRead": "yes"}), "isRead"),
        (json!({"isRead": null}), "isRead"),
        (json!({"flag": "blue"}), "flag"),
        (json!({"categories": [""]}), "categories[0]"),
        (json!({"categories": ["a", 7]}), "categories[1]"),
        (json!({"categories": vec!["x"; 51]}), "categories"),
        (json!({"folderId": "inbox"}), "folderId"),
        (json!({"folderId": foreign}), "folderId"),
        (json!({"isRead": true, "subject": "x"}), "subject"),
    ] {
        let answer = desk
            .call("PATCH", &path)
            .by(&user)
            .json(&change)
            .send()
            .await;
        let problem = answer.refused(422, "invalid_value");
        assert_eq!(problem["errors"][0]["field"], field, "{change}");
    }
    let untouched = desk.get(&path).by(&user).send().await.expect(200);
    assert_eq!(untouched["isRead"], false);
}

story!(
    deleting_moves_first_and_deletes_for_good_then,
    async |engine| {
        let desk = Desk::open(engine).await;
        let user = desk.person("user", Role::User).await;
        let id = desk.mailbox("Support", &[&user]).await;
        let message = desk.deliver(id, vec![mail(1)]).await[0];
        let deleted = folder(&desk, id, "deleted").await;
        let path = format!("/messages/{message}");
        let delete = async || -> Value {
            desk.call("DELETE", &path)
                .by(&user)
                .send()
                .await
                .expect(200)
        };
        let moved = delete().await;
        assert_eq!(moved["folderId"], deleted);
        let (lease, intent) = desk.sync_intent(id).await;
        assert!(matches!(intent.want, Want::Change { .. }));
        let mut answer = mail(1);
        answer.folder = Some("deleted".to_owned());
        desk.settle(lease, &intent, IntentOutcome::Done(Some(Box::new(answer))))
            .await;
        let gone = delete().await;
        assert_eq!(gone["subject"], "Mail 1");
        desk.get(&path)
            .by(&user)
            .send()
            .await
            .refused(404, "not_found");
        let (lease, intent) = desk.sync_intent(id).await;
        assert!(matches!(intent.want, Want::Delete { .. }));
        desk.settle(lease, &intent, IntentOutcome::Deleted).await;
        let intent = format!("/intents/{}", gone["intentId"].as_str().unwrap());
        let intent = desk.get(&intent).by(&user).send().await.expect(200);
        assert_eq!(intent["state"], "done");
    }
);

story!(lists_are_filtered, async |engine| {
    let desk = Desk::open(engine).await;
    let user = desk.person("user", Role::User).await;
    let first = desk.mailbox("First", &[&user]).await;
    let second = desk.mailbox("Second", &[&user]).await;
    let hidden = desk.mailbox("Hidden", &[]).await;
    let mut flagged = mail(2);
    flagged.flag = Some(maildesk_model::message::Flag::Flagged);
    flagged.is_read = Some(true);
    flagged.subject = Some("Quarterly figures".to_owned());
    flagged.has_attachments = Some(true);
    desk.deliver(first, vec![mail(1), flagged]).await;
    desk.deliver(second, vec![mail(3)]).await;
    desk.deliver(hidden, vec![mail(4)]).await;
    let inbox = folder(&desk, first, "inbox").await;
    let later = folder(&desk, first, "later").await;
    for (query, wanted) in [
        (
            String::new(),
            &["Mail 3", "Quarterly figures", "Mail 1"][..],
        ),
        (format!("mailbox={first}"), &["Quarterly figures", "Mail 1"]),
        (format!("folder={inbox}"), &["Quarterly figures", "Mail 1"]),
        (format!("mailbox={first}&folder={later}"), &[]),
        ("unread=true".to_owned(), &["Mail 3", "Mail 1"]),
        ("unread=false".to_owned(), &["Quarterly figures"]),
        ("flagged=true".to_owned(), &["Quarterly figures"]),
        ("q=quarterly%20fig".to_owned(), &["Quarterly figures"]),
        ("q=nothing".to_owned(), &[]),
        ("attachments=true".to_owned(), &["Quarterly figures"]),
        ("attachments=false".to_owned(), &["Mail 3", "Mail 1"]),
        (
            "q=has:attachment%20is:flagged".to_owned(),
            &["Quarterly figures"],
        ),
        ("q=%22figures%20quarterly%22".to_owned(), &[]),
        ("q=subject:quarterly%20in:later".to_owned(), &[]),
        ("q=before:1990".to_owned(), &[]),
    ] {
        let page = desk
            .get(&format!("/messages?{query}"))
            .by(&user)
            .send()
            .await;
        let page = page.expect(200);
        let subjects: Vec<_> = page["items"].as_array().unwrap().iter().collect();
        let subjects: Vec<_> = subjects
            .iter()
            .map(|m| m["subject"].as_str().unwrap())
            .collect();
        assert_eq!(subjects, wanted, "{query}");
    }
    let answer = desk.get("/messages?q=before:soon").by(&user).send().await;
    let problem = answer.refused(400, "malformed");
    assert_eq!(problem["errors"][0]["field"], "q");
    let foreign = folder(&desk, second, "later").await;
    for query in [
        format!("mailbox={hidden}"),
        format!("folder={}", folder(&desk, hidden, "inbox").await),
        format!("mailbox={first}&folder={foreign}"),
        "mailbox=x".to_owned(),
        "folder=x".to_owned(),
        format!("mailbox={hidden}&limit=0"),
    ] {
        let answer = desk
            .get(&format!("/messages?{query}"))
            .by(&user)
            .send()
            .await;
        answer.refused(404, "not_found");
    }
});
