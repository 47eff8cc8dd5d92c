//! Attachments: streamed from rows, fetched when they are not here, harmless when opened.

use axum::body::Body;
use futures::StreamExt;
use maildesk_model::intent::Want;
use maildesk_model::mailbox::Trouble;
use maildesk_model::message::{AttachmentKind, RemoteAttachment};
use maildesk_model::{AttachmentId, MailboxId, Role};
use maildesk_store::contract::{DeskStore, IntentOutcome, Lease, SyncStore};

use crate::support::{Desk, Engine, Person, SERVER, attachment, mail, soon, story};

/// As large as a chunk may be.
const CHUNK: usize = 256 * 1024;

struct Scene {
    desk: Desk,
    user: Person,
    mailbox: MailboxId,
    path: String,
    id: AttachmentId,
}

async fn scene(engine: Engine, file: RemoteAttachment) -> Scene {
    let desk = Desk::with(engine, |_| {}).await;
    let user = desk.person("user", Role::User).await;
    let mailbox = desk.mailbox("Support", &[&user]).await;
    let mut with_file = mail(1);
    with_file.has_attachments = Some(true);
    with_file.attachments = Some(vec![file]);
    let message = desk.deliver(mailbox, vec![with_file]).await[0];
    let detail = desk.store.message(SERVER, message).await.unwrap().unwrap();
    let id = detail.attachments.unwrap()[0].id;
    let path = format!("/messages/{message}/attachments/{id}");
    Scene {
        desk,
        user,
        mailbox,
        path,
        id,
    }
}

impl Scene {
    async fn put(&self, lease: &Lease, bytes: &[u8]) {
        let store = &self.desk.store;
        let now = self.desk.now();
        for (n, chunk) in bytes.chunks(CHUNK).enumerate() {
            let chunk = bytes::Bytes::copy_from_slice(chunk);
            let put = store.put_blob_chunk(lease, self.id, n as i64, chunk, now);
            put.await.unwrap();
        }
        let size = bytes.len() as i64;
        let finished = store.finish_blob(lease, self.id, size, 1 << 30, now);
        finished.await.unwrap();
    }
}

fn many_bytes() -> Vec<u8> {
    (0..CHUNK * 2 + 1000).map(|n| (n % 251) as u8).collect()
}

story!(
    bytes_that_are_here_are_streamed_chunk_by_chunk,
    async |engine| {
        let scene = scene(engine, attachment("Größe \"1\".html", "text/html")).await;
        let bytes = many_bytes();
        let lease = scene.desk.lease(scene.mailbox).await;
        scene.put(&lease, &bytes).await;
        scene.desk.release(lease).await;
        let response = scene.desk.get(&scene.path).by(&scene.user).start().await;
        let (head, body) = response.into_parts();
        assert_eq!(head.status, 200);
        let header = |name: &str| head.headers[name].to_str().unwrap();
        assert_eq!(header("content-length"), bytes.len().to_string());
        assert_eq!(header("content-type"), "application/octet-stream");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(
            header("content-security-policy"),
            "sandbox; default-src 'none'"
        );
        assert_eq!(
            header("content-disposition"),
            "attachment; filename=\"Gr__e _1_.html\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22.html"
        );
        let chunks = frames(body).await;
        let sizes: Vec<_> = chunks.iter().map(bytes::Bytes::len).collect();
        assert_eq!(sizes, [CHUNK, CHUNK, 1000]);
        assert!(chunks.concat() == bytes);
    }
);

/// Looked at in a window of its own, a file is what it may be and nothing else.
#[tokio::test]
async fn what_cannot_run_is_shown_and_what_can_is_not() {
    for (name, claimed, shown) in [
        ("a.png", "image/png", Some("image/png")),
        ("a.pdf", "application/octet-stream", Some("application/pdf")),
        ("a.html", "text/plain", Some("text/plain; charset=utf-8")),
        ("a.html", "text/html", None),
        ("a.svg", "image/svg+xml", None),
    ] {
        let scene = scene(Engine::Sqlite, attachment(name, claimed)).await;
        let lease = scene.desk.lease(scene.mailbox).await;
        scene.put(&lease, b"<script>alert(1)</script>").await;
        scene.desk.release(lease).await;
        let session = scene.desk.session(&scene.user).await;
        let path = format!("~{}/preview", scene.path);
        let answer = scene.desk.get(&path).in_session(&session).send().await;
        let Some(shown) = shown else {
            assert_eq!(answer.status, 409, "{name} {claimed}");
            continue;
        };
        assert_eq!((answer.status, answer.header("content-type")), (200, shown));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let inline = format!("inline; filename=\"{name}\"; filename*=UTF-8''{name}");
        assert_eq!(answer.header("content-disposition"), inline);
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert_eq!(policy.starts_with("sandbox;"), shown != "application/pdf");
        // The page offers it; the download stays a download.
        let message = scene.path.split('/').nth(2).unwrap();
        let page = scene.desk.get(&format!("~/?message={message}"));
        let page = page.in_session(&session).send().await.text();
        assert!(page.contains(&format!(
            "href=\"{}/preview\" target=\"_blank\"",
            scene.path
        )));
        assert!(page.contains(&format!("href=\"/api/v1{}\" download", scene.path)));
    }
}

async fn frames(body: Body) -> Vec<bytes::Bytes> {
    let frames = body.into_data_stream().map(Result::unwrap).collect();
    soon("the end of a download", frames).await
}

story!(bytes_that_are_not_here_are_fetched_first, async |engine| {
    let scene = scene(engine, attachment("a.png", "image/png")).await;
    let call = scene.desk.get(&scene.path).by(&scene.user);
    let (answer, ()) = tokio::join!(call.send(), async {
        let (lease, intent) = scene.desk.sync_intent(scene.mailbox).await;
        let attachment = scene.id;
        assert_eq!(intent.want, Want::FetchAttachment { attachment });
        scene.put(&lease, b"hello").await;
        scene
            .desk
            .settle(lease, &intent, IntentOutcome::Done(None))
            .await;
    });
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), "hello");
    assert_eq!(answer.header("content-type"), "image/png");
});

#[tokio::test]
async fn what_microsoft_refuses_is_told_in_its_words() {
    let scene = scene(Engine::Sqlite, attachment("a.png", "image/png")).await;
    let call = scene.desk.get(&scene.path).by(&scene.user);
    let (answer, ()) = tokio::join!(call.send(), async {
        let (lease, intent) = scene.desk.sync_intent(scene.mailbox).await;
        let refused = IntentOutcome::Refused(Trouble {
            code: "ErrorItemNotFound".to_owned(),
            message: "The specified object was not found in the store.".to_owned(),
            remedy: "Open the message in Outlook.".to_owned(),
        });
        scene.desk.settle(lease, &intent, refused).await;
    });
    let problem = answer.refused(502, "ErrorItemNotFound");
    assert_eq!(
        problem["message"],
        "The specified object was not found in the store."
    );
    assert_eq!(problem["remedy"], "Open the message in Outlook.");
}

#[tokio::test]
async fn what_does_not_come_in_time_can_be_asked_for_again() {
    let scene = scene(Engine::Sqlite, attachment("a.png", "image/png")).await;
    let call = scene.desk.get(&scene.path).by(&scene.user);
    let (answer, ()) = tokio::join!(call.send(), async {
        let (lease, _) = scene.desk.sync_intent(scene.mailbox).await;
        scene.desk.release(lease).await;
        scene.desk.clock.turn(std::time::Duration::from_secs(20));
    });
    answer.refused(503, "still_fetching");
    assert_eq!(answer.header("retry-after"), "5");
}

#[tokio::test]
async fn a_link_has_no_bytes() {
    let mut link = attachment("plan.docx", "");
    link.kind = AttachmentKind::Reference;
    let scene = scene(Engine::Sqlite, link).await;
    let answer = scene.desk.get(&scene.path).by(&scene.user).send().await;
    answer.refused(409, "attachment_is_link");
}

#[tokio::test]
async fn an_attachment_belongs_to_its_message() {
    let scene = scene(Engine::Sqlite, attachment("a.txt", "text/plain")).await;
    let mut other = mail(2);
    other.attachments = Some(vec![attachment("b.txt", "text/plain")]);
    let other = scene.desk.deliver(scene.mailbox, vec![other]).await[0];
    let path = format!("/messages/{other}/attachments/{}", scene.id);
    let answer = scene.desk.get(&path).by(&scene.user).send().await;
    answer.refused(404, "not_found");
}
