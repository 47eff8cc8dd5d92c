//! Who may do what: every call of the API, for nobody, for somebody without the mailbox, for
//! somebody with it, and for an administrator. A call that is missing here fails the test.

use std::collections::BTreeSet;

use maildesk_model::draft::{DraftKind, DraftText};
use maildesk_model::intent::Want;
use maildesk_model::mailbox::Connection;
use maildesk_model::{DraftId, FolderId, MailboxId, Role, Viewer};
use maildesk_store::contract::{
    BlobState, DeskStore, DraftStore, MailboxStore, NewDraft, NewDraftFile, SyncStore,
};
use serde_json::{Value, json};

use crate::support::{Desk, Engine, Person, SERVER, attachment, mail, story};

/// A row: method, path as described, query, body, and the status for each of the four.
type Row = (&'static str, &'static str, &'static str, Body, [u16; 4]);

#[derive(Clone, Copy)]
enum Body {
    None,
    NewMailbox,
    Name,
    People,
    Read,
    NewDraft,
    Draft,
    NewFile,
}

/// In this order, because what is deleted at the end is needed before.
#[rustfmt::skip]
const MATRIX: [Row; 49] = [
    ("GET", "/openapi.json", "", Body::None, [200, 200, 200, 200]),
    ("GET", "/mailboxes", "", Body::None, [401, 200, 200, 200]),
    ("POST", "/mailboxes", "", Body::NewMailbox, [401, 403, 403, 201]),
    ("GET", "/mailboxes/{id}", "", Body::None, [401, 404, 200, 200]),
    ("PATCH", "/mailboxes/{id}", "", Body::Name, [401, 404, 403, 200]),
    ("PUT", "/mailboxes/{id}/access", "", Body::People, [401, 404, 403, 200]),
    ("GET", "/mailboxes/{id}/connect", "", Body::None, [401, 404, 403, 409]),
    ("POST", "/mailboxes/{id}/sync", "", Body::None, [401, 404, 202, 202]),
    ("GET", "/mailboxes/{id}/folders", "", Body::None, [401, 404, 200, 200]),
    ("GET", "/mailboxes/{id}/signature", "", Body::None, [401, 404, 200, 200]),
    ("GET", "/mailboxes/{id}/push", "", Body::None, [401, 404, 403, 200]),
    ("POST", "/mailboxes/{id}/push", "", Body::None, [401, 404, 403, 202]),
    ("POST", "/mailboxes/{id}/push/check", "", Body::None, [401, 404, 403, 202]),
    ("GET", "/mailboxes/{id}/push/secret", "", Body::None, [401, 404, 403, 200]),
    ("GET", "/users", "", Body::None, [401, 403, 403, 200]),
    ("GET", "/messages", "", Body::None, [401, 200, 200, 200]),
    ("GET", "/messages", "?mailbox={id}", Body::None, [401, 404, 200, 200]),
    ("GET", "/messages", "?folder={folder}", Body::None, [401, 404, 200, 200]),
    ("GET", "/messages", "?folder={empty}", Body::None, [401, 404, 200, 200]),
    ("GET", "/messages/count", "", Body::None, [401, 200, 200, 200]),
    ("GET", "/messages/count", "?mailbox={id}", Body::None, [401, 404, 200, 200]),
    ("GET", "/messages/count", "?folder={folder}", Body::None, [401, 404, 200, 200]),
    ("GET", "/messages/count", "?folder={empty}", Body::None, [401, 404, 200, 200]),
    ("GET", "/messages/{message}", "", Body::None, [401, 404, 200, 200]),
    ("PATCH", "/messages/{message}", "", Body::Read, [401, 404, 200, 200]),
    ("GET", "/messages/{message}/attachments/{attachment}", "", Body::None, [401, 404, 200, 200]),
    ("GET", "/addresses", "?q=gr", Body::None, [401, 200, 200, 200]),
    ("GET", "/addresses", "?q=gr&mailbox={id}", Body::None, [401, 404, 200, 200]),
    ("POST", "/mailboxes/{id}/messages", "", Body::None, [401, 404, 400, 400]),
    ("POST", "/mailboxes/{id}/drafts", "", Body::NewDraft, [401, 404, 201, 201]),
    ("POST", "/messages/{message}/draft", "", Body::None, [401, 404, 409, 409]),
    ("GET", "/drafts", "", Body::None, [401, 200, 200, 200]),
    ("GET", "/drafts/{draft}", "", Body::None, [401, 404, 200, 404]),
    ("PUT", "/drafts/{draft}", "", Body::Draft, [401, 404, 200, 404]),
    ("POST", "/drafts/{draft}/files", "", Body::NewFile, [401, 404, 201, 404]),
    ("PUT", "/drafts/{spare}/files/{file}", "?offset=0", Body::None, [401, 404, 200, 404]),
    ("DELETE", "/drafts/{spare}/files/{file}", "", Body::None, [401, 404, 204, 404]),
    ("POST", "/drafts/{spare}/send", "", Body::None, [401, 404, 202, 404]),
    ("DELETE", "/drafts/{spare}/send", "", Body::None, [401, 404, 200, 404]),
    ("DELETE", "/drafts/{spare}", "", Body::None, [401, 404, 204, 404]),
    ("GET", "/intents/{change}", "", Body::None, [401, 404, 200, 200]),
    ("GET", "/intents/{push}", "", Body::None, [401, 404, 403, 200]),
    ("GET", "/events", "", Body::None, [401, 200, 200, 200]),
    ("DELETE", "/mailboxes/{id}/push", "", Body::None, [401, 404, 403, 202]),
    ("DELETE", "/messages/{message}", "", Body::None, [401, 404, 200, 200]),
    ("GET", "/mailboxes/{person}/connect", "", Body::None, [401, 404, 403, 302]),
    ("POST", "/mailboxes/{id}/disconnect", "", Body::None, [401, 404, 403, 200]),
    ("POST", "/mailboxes/{id}/connect", "", Body::None, [401, 404, 403, 200]),
    ("DELETE", "/mailboxes/{id}", "", Body::None, [401, 404, 403, 204]),
];

/// A desk with mail in it, and four who ask for it.
pub(crate) struct Scene {
    pub(crate) desk: Desk,
    /// Nobody, without, with, administrator.
    pub(crate) people: [Option<Person>; 4],
    /// Values for the names in paths.
    names: Vec<(&'static str, String)>,
}

/// Sets the scene.
pub(crate) async fn scene(engine: Engine) -> Scene {
    let desk = Desk::open(engine).await;
    let outsider = desk.person("outsider", Role::User).await;
    let member = desk.person("member", Role::User).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let id = desk.mailbox("Support", &[&member]).await;
    let own = desk
        .bare_mailbox("Person", Connection::GraphDelegated)
        .await;
    let people = [member.id];
    let shared = desk.store.set_access(SERVER, own, &people, desk.now());
    assert_eq!(shared.await.unwrap(), Some(true));
    desk.subscribe(id, "secret").await;
    let mut with_file = mail(1);
    with_file.attachments = Some(vec![attachment("a.txt", "text/plain")]);
    let message = desk.deliver(id, vec![with_file]).await[0];
    let detail = desk.store.message(SERVER, message).await.unwrap().unwrap();
    let file = detail.attachments.unwrap()[0].id;
    let lease = desk.lease(id).await;
    let chunk = desk
        .store
        .put_blob_chunk(&lease, file, 0, "hello".into(), desk.now());
    chunk.await.unwrap();
    desk.store
        .finish_blob(&lease, file, 5, 1 << 30, desk.now())
        .await
        .unwrap();
    desk.release(lease).await;
    let blob = desk
        .store
        .attachment(SERVER, message, file, desk.now())
        .await;
    assert_ne!(blob.unwrap().unwrap().1, BlobState::Absent);
    let want = Want::FetchBody { message };
    let change = desk
        .store
        .want(SERVER, id, &want, desk.now())
        .await
        .unwrap();
    let push = desk
        .store
        .want(SERVER, id, &Want::CheckPush, desk.now())
        .await
        .unwrap();
    let author = Viewer {
        user: member.id,
        role: Role::User,
    };
    let draft = begin(&desk, author, id).await;
    let spare = begin(&desk, author, id).await;
    let new = NewDraftFile {
        name: "a.txt".to_owned(),
        content_type: String::new(),
        size: 1,
    };
    let added = desk.store.add_draft_file(author, spare, &new, desk.now());
    let draft_file = added.await.unwrap().unwrap().id;
    let folders = desk.store.folders(SERVER, id).await.unwrap().unwrap();
    let folder = |name: &str| -> FolderId {
        folders
            .iter()
            .find(|folder| folder.name == name)
            .unwrap()
            .id
    };
    let names = vec![
        ("id", id.to_string()),
        ("person", own.to_string()),
        ("folder", folder("inbox").to_string()),
        ("empty", folder("later").to_string()),
        ("message", message.to_string()),
        ("attachment", file.to_string()),
        ("change", change.unwrap().to_string()),
        ("push", push.unwrap().to_string()),
        ("member", member.id.to_string()),
        ("draft", draft.to_string()),
        ("spare", spare.to_string()),
        ("file", draft_file.to_string()),
    ];
    Scene {
        desk,
        people: [None, Some(outsider), Some(member), Some(admin)],
        names,
    }
}

async fn begin(desk: &Desk, author: Viewer, mailbox: MailboxId) -> DraftId {
    let new = NewDraft {
        mailbox,
        kind: DraftKind::New,
        origin: None,
        text: DraftText {
            to: mail(1).to.unwrap(),
            ..DraftText::default()
        },
        quoted: None,
        marker: "marker".to_owned(),
    };
    let made = desk.store.create_draft(author, &new, desk.now()).await;
    made.unwrap().unwrap().id
}

impl Scene {
    /// A path with the names in braces replaced by the scene's own ids.
    pub(crate) fn path(&self, template: &str) -> String {
        let mut path = template.to_owned();
        for (name, value) in &self.names {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        path
    }

    fn body(&self, body: Body) -> Option<Value> {
        let member = self.path("{member}");
        match body {
            Body::None => None,
            Body::NewMailbox => Some(json!({
                "name": "Sales", "email": "sales@contoso.example", "connection": "graph_application"
            })),
            Body::Name => Some(json!({ "name": "Support desk" })),
            Body::People => Some(json!({ "userIds": [member] })),
            Body::Read => Some(json!({ "isRead": true })),
            Body::NewDraft => Some(json!({ "mode": "new" })),
            Body::Draft => Some(json!({
                "version": 1, "to": [], "cc": [], "bcc": [], "subject": "", "bodyHtml": "",
                "quotes": false, "importance": "normal"
            })),
            Body::NewFile => Some(json!({ "name": "a.txt", "size": 1 })),
        }
    }
}

story!(everybody_gets_what_is_theirs, async |engine| {
    let scene = scene(engine).await;
    for (method, path, query, body, wanted) in MATRIX {
        for (person, status) in scene.people.iter().zip(wanted) {
            let mut call = scene
                .desk
                .call(method, &scene.path(&format!("{path}{query}")));
            if let Some(person) = person {
                call = call.by(person);
            }
            if let Some(body) = scene.body(body) {
                call = call.json(&body);
            }
            // An event stream has no end, so only the head is looked at.
            let response = call.start().await;
            assert_eq!(response.status(), status, "{method} {path}{query}");
            if status >= 400 {
                let kind = &response.headers()["content-type"];
                assert_eq!(kind, "application/problem+json", "{method} {path}{query}");
            }
        }
    }
});

story!(a_broken_body_outranks_nothing, async |engine| {
    let scene = scene(engine).await;
    let with_body = MATRIX
        .into_iter()
        .filter(|row| !matches!(row.3, Body::None));
    for (method, path, _, _, wanted) in with_body {
        for (person, status) in scene.people.iter().zip(wanted) {
            let mut call = scene.desk.call(method, &scene.path(path));
            if let Some(person) = person {
                call = call.by(person);
            }
            let answer = call.text("application/json", "{").send().await;
            let wanted = if status < 400 { 400 } else { status };
            assert_eq!(answer.status, wanted, "{method} {path}");
        }
    }
});

#[tokio::test]
async fn the_matrix_is_the_whole_api() {
    let desk = Desk::open(Engine::Sqlite).await;
    let description = desk.get("/openapi.json").send().await.expect(200);
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let path = path.strip_prefix("/api/v1").unwrap();
            described.insert((method.to_uppercase(), shape(path)));
        }
    }
    let tested: BTreeSet<_> = MATRIX
        .iter()
        .map(|(method, path, ..)| ((*method).to_owned(), shape(path)))
        .collect();
    assert_eq!(described, tested);
}

/// A path without the names of its ids.
fn shape(path: &str) -> String {
    let parts = path.split('/');
    let parts = parts.map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn ids_that_never_were_are_not_found() {
    let scene = scene(Engine::Sqlite).await;
    let admin = scene.people[3].as_ref().unwrap();
    for (method, path, _, body, _) in MATRIX.into_iter().filter(|row| row.1.contains('{')) {
        for id in ["x", "b0000000000000", "m%FF", "%2e%2e"] {
            let path = shape(path).replace("{}", id);
            let mut call = scene.desk.call(method, &path).by(admin);
            if let Some(body) = scene.body(body) {
                call = call.json(&body);
            }
            call.send().await.refused(404, "not_found");
            let nobody = scene.desk.call(method, &path).send().await;
            nobody.refused(401, "unauthenticated");
        }
    }
}

#[tokio::test]
async fn an_administrators_reading_of_foreign_mail_is_audited() {
    let scene = scene(Engine::Sqlite).await;
    let [_, _, Some(member), Some(admin)] = &scene.people else {
        panic!("four people");
    };
    let path = scene.path("/messages/{message}");
    scene.desk.get(&path).by(member).send().await.expect(200);
    assert_eq!(scene.desk.audited().await, [""; 0]);
    scene.desk.get(&path).by(admin).send().await.expect(200);
    scene
        .desk
        .get("/messages")
        .by(admin)
        .send()
        .await
        .expect(200);
    assert_eq!(
        scene.desk.audited().await,
        ["mail.read"],
        "once in ten minutes"
    );
    scene.desk.clock.turn(std::time::Duration::from_mins(10));
    scene
        .desk
        .get("/messages")
        .by(admin)
        .send()
        .await
        .expect(200);
    assert_eq!(scene.desk.audited().await, ["mail.read", "mail.read"]);
    // A number tells of mail, too, whichever way it was asked for.
    for ask in ["/messages/count", "~/found?q=is:unread"] {
        let before = scene.desk.audited().await.len();
        scene.desk.clock.turn(std::time::Duration::from_mins(10));
        if ask.starts_with('~') {
            let session = scene.desk.session(admin).await;
            let call = scene.desk.call("GET", ask).in_session(&session);
            assert_eq!(call.send().await.status, 200);
        } else {
            scene.desk.get(ask).by(admin).send().await.expect(200);
        }
        assert_eq!(scene.desk.audited().await.len(), before + 1, "{ask}");
    }
}
