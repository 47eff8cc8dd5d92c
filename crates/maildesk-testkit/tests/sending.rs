//! Mail that goes out: written, answered and handed on at the desk, sent once, and where it belongs.

use std::time::Duration;

use maildesk_testkit::engine::Engine;
use maildesk_testkit::stack::Stack;
use maildesk_testkit::world::World;
use maildesk_testkit::{chance::Chance, equal, story, wait};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const TEAM: &str = "team@contoso.test";
const BO: &str = "bo@contoso.test";

/// A desk with a mailbox, somebody to write to, and a mail from them.
struct Scene {
    world: World,
    mailbox: String,
    origin: String,
}

async fn scene(engine: Engine) -> Scene {
    let world = World::start(engine, &[("MAILDESK_SYNC_INTERVAL_S", "2")]).await;
    world.sim.add_mailbox(BO, "user").await;
    let mailbox = world.mailbox(TEAM).await;
    let mut events = world.desk.events(None).await;
    let mail = json!({
        "from": {"name": "Bo", "address": BO}, "subject": "Plans", "html": "<p>Shall we?</p>",
        "attachments": [{"name": "offer.txt", "contentType": "text/plain", "contentBase64": "YQ=="}],
    });
    world.sim.deliver_mail(TEAM, mail).await;
    let event = events.next_named("message.created").await;
    let origin = event.data["id"].as_str().expect("an id").to_owned();
    Scene {
        world,
        mailbox,
        origin,
    }
}

impl Scene {
    async fn begin(&self, mode: &str) -> Value {
        let body = if mode == "new" {
            json!({"mode": mode})
        } else {
            json!({"mode": mode, "messageId": self.origin})
        };
        let path = format!("/mailboxes/{}/drafts", self.mailbox);
        self.world.desk.call(Method::POST, &path, Some(body)).await
    }

    async fn write(&self, draft: &Value, subject: &str, to: &str) {
        let text = json!({
            "version": draft["version"], "to": [{"name": "", "address": to}], "cc": [], "bcc": [],
            "subject": subject, "bodyHtml": "<p>My words</p>", "quotes": draft["quotes"],
            "importance": "normal",
        });
        let path = path(draft, "");
        self.world.desk.call(Method::PUT, &path, Some(text)).await;
    }

    async fn send(&self, draft: &Value, undo: u64) -> Value {
        let body = Some(json!({"undoSeconds": undo}));
        let path = path(draft, "/send");
        self.world.desk.call(Method::POST, &path, body).await
    }

    async fn read(&self, draft: &Value) -> Value {
        self.world
            .desk
            .call(Method::GET, &path(draft, ""), None)
            .await
    }

    async fn becomes(
        &self,
        draft: &Value,
        what: &'static str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Value {
        wait::within(Duration::from_mins(1), what, || async {
            let read = self.read(draft).await;
            is_so(&read).then_some(read)
        })
        .await
    }

    /// The messages of a mailbox in a folder with a subject, as Microsoft has them.
    async fn count(&self, address: &str, folder: &str, subject: &str) -> usize {
        let snapshot = self.world.sim.snapshot(address).await;
        let messages = snapshot["messages"].as_array().expect("messages").iter();
        let same = messages.filter(|one| one["folderName"] == folder && one["subject"] == subject);
        same.count()
    }
}

fn path(draft: &Value, rest: &str) -> String {
    format!("/drafts/{}{rest}", draft["id"].as_str().expect("an id"))
}

async fn goes_out(engine: Engine) {
    let scene = scene(engine).await;
    let read = format!("/messages/{}", scene.origin);
    let origin = scene.world.desk.call(Method::GET, &read, None).await;
    for mode in ["new", "reply", "replyAll", "forward"] {
        let draft = scene.begin(mode).await;
        let subject = format!("By {mode}");
        scene.write(&draft, &subject, BO).await;
        scene.send(&draft, 0).await;
        let sent = scene
            .becomes(&draft, "the mail is sent", |one| one["state"] == "sent")
            .await;
        assert_eq!(scene.count(TEAM, "Sent Items", &subject).await, 1, "{mode}");
        assert_eq!(scene.count(BO, "Inbox", &subject).await, 1, "{mode}");
        assert_eq!(scene.count(TEAM, "Drafts", &subject).await, 0, "{mode}");
        let id = sent["messageId"]
            .as_str()
            .expect("the sent mail is known here");
        let path = format!("/messages/{id}");
        let shown = scene.world.desk.call(Method::GET, &path, None).await;
        let same = shown["conversationId"] == origin["conversationId"];
        assert_eq!(same, mode != "new", "{mode}: the conversation");
        let body = shown["bodyHtml"].as_str().expect("a body");
        assert!(body.contains("My words"), "{body}");
        assert_eq!(body.contains("Shall we?"), mode != "new", "{body}");
        assert!(!body.contains("MailDesk is writing"), "{body}");
        let files = shown["attachments"].as_array().expect("a list").len();
        assert_eq!(files, usize::from(mode == "forward"), "{mode}");
    }
    equal::wait_equal(&scene.world.sim, TEAM, &scene.world.desk, &scene.mailbox).await;
    scene.world.stop().await;
}

async fn can_be_taken_back(engine: Engine) {
    let scene = scene(engine).await;
    let draft = scene.begin("new").await;
    scene.write(&draft, "Too early", BO).await;
    scene.send(&draft, 10).await;
    // Microsoft has its copy long before the time is over.
    scene
        .becomes(&draft, "the copy is equal", |one| one["isSaved"] == true)
        .await;
    let undo = path(&draft, "/send");
    let back = scene.world.desk.call(Method::DELETE, &undo, None).await;
    assert_eq!(back["state"], "writing");
    scene.world.clock.advance(Duration::from_secs(20));
    let read = scene.read(&draft).await;
    scene.write(&read, "Now", BO).await;
    scene.send(&read, 0).await;
    scene
        .becomes(&draft, "the mail is sent", |one| one["state"] == "sent")
        .await;
    assert_eq!(scene.count(BO, "Inbox", "Too early").await, 0);
    assert_eq!(scene.count(BO, "Inbox", "Now").await, 1);
    scene.world.stop().await;
}

async fn is_refused_in_words(engine: Engine) {
    let scene = scene(engine).await;
    let full = json!({"full": true});
    let address = format!("/sim/mailboxes/{TEAM}");
    scene
        .world
        .sim
        .call(Method::PATCH, &address, Some(full))
        .await;
    let draft = scene.begin("new").await;
    scene.write(&draft, "No room", BO).await;
    let sending = scene.send(&draft, 0).await;
    let refused = scene
        .becomes(&draft, "Microsoft says no", |one| {
            one["trouble"].is_object()
        })
        .await;
    assert_eq!(refused["trouble"]["code"], "ErrorQuotaExceeded");
    assert_eq!(refused["state"], "writing");
    let intent = format!("/intents/{}", sending["intentId"].as_str().expect("an id"));
    let intent = scene.world.desk.call(Method::GET, &intent, None).await;
    assert_eq!(intent["state"], "refused");
    let room = json!({"full": false});
    scene
        .world
        .sim
        .call(Method::PATCH, &address, Some(room))
        .await;
    scene.send(&draft, 0).await;
    scene
        .becomes(&draft, "the mail is sent", |one| one["state"] == "sent")
        .await;
    assert_eq!(scene.count(BO, "Inbox", "No room").await, 1);
    scene.world.stop().await;
}

async fn goes_out_once_without_an_answer(engine: Engine) {
    let scene = scene(engine).await;
    let lost = json!({"mail": {"sendAnswerLost": 1, "sendLagMs": 500}});
    scene.world.sim.faults(lost).await;
    let draft = scene.begin("reply").await;
    scene.write(&draft, "Unanswered", BO).await;
    scene.send(&draft, 0).await;
    scene
        .becomes(&draft, "the mail is sent", |one| one["state"] == "sent")
        .await;
    assert_eq!(scene.count(TEAM, "Sent Items", "Unanswered").await, 1);
    assert_eq!(scene.count(BO, "Inbox", "Unanswered").await, 1);
    scene.world.stop().await;
}

story!(mail_goes_out_once_and_where_it_belongs, goes_out);
story!(
    a_mail_without_an_answer_goes_out_once,
    goes_out_once_without_an_answer
);
story!(a_mail_can_be_taken_back_in_time, can_be_taken_back);
story!(
    a_refusal_says_why_and_the_mail_goes_out_after,
    is_refused_in_words
);

/// The file of a draft, handed over in parts until it is here.
async fn hand_over(stack: &Stack, path: &str, bytes: &[u8]) {
    let http = maildesk_testkit::stack::client();
    let mut offset = 0;
    while offset < bytes.len() {
        let end = (offset + (4 << 20)).min(bytes.len());
        let url = format!("{}/api/v1{path}?offset={offset}", stack.desk.url);
        let put = http.put(url).bearer_auth(stack.desk.token());
        let answer = put.body(bytes[offset..end].to_vec()).send().await;
        let answer = answer.expect("the desk answers");
        assert_eq!(answer.status(), StatusCode::OK);
        offset = end;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_out_though_the_server_is_killed_while_it_is_sent() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut stack = Stack::start(folder.path(), &[("MAILDESK_SYNC_INTERVAL_S", "2")]).await;
    stack.sim.add_mailbox(TEAM, "shared").await;
    stack.sim.add_mailbox(BO, "user").await;
    let mailbox = stack.desk.add_mailbox(TEAM).await;
    stack.desk.wait_active(&mailbox).await;
    let begin = Some(json!({"mode": "new"}));
    let drafts = format!("/mailboxes/{mailbox}/drafts");
    let draft = stack.desk.call(Method::POST, &drafts, begin).await;
    let bytes: Vec<u8> = (0..20_000_000_u32).map(|n| (n / 251) as u8).collect();
    let new = json!({"name": "large.bin", "contentType": "", "size": bytes.len()});
    let files = path(&draft, "/files");
    let file = stack.desk.call(Method::POST, &files, Some(new)).await;
    let part = format!("{files}/{}", file["id"].as_str().expect("an id"));
    hand_over(&stack, &part, &bytes).await;
    let text = json!({
        "version": 1, "to": [{"name": "", "address": BO}], "cc": [], "bcc": [],
        "subject": "Large", "bodyHtml": "", "quotes": false, "importance": "normal",
    });
    stack
        .desk
        .call(Method::PUT, &path(&draft, ""), Some(text))
        .await;
    let undo = Some(json!({"undoSeconds": 0}));
    stack
        .desk
        .call(Method::POST, &path(&draft, "/send"), undo)
        .await;
    let mut chance = Chance::new(9);
    for _ in 0..6 {
        wait::moment(Duration::from_millis(100 + chance.below(900) as u64)).await;
        stack.kill_server();
        stack.start_server().await;
    }
    wait::within(Duration::from_mins(3), "the mail is sent", || async {
        let (_, read) = stack
            .desk
            .try_call(Method::GET, &path(&draft, ""), None)
            .await?;
        (read["state"] == "sent").then_some(())
    })
    .await;
    let snapshot = stack.sim.snapshot(BO).await;
    let arrived = snapshot["messages"].as_array().expect("messages");
    assert_eq!(
        arrived
            .iter()
            .filter(|one| one["subject"] == "Large")
            .count(),
        1
    );
    let sent = stack
        .desk
        .all(&format!("/messages?mailbox={mailbox}"))
        .await;
    let sent = sent
        .iter()
        .find(|one| one["subject"] == "Large")
        .expect("it is listed");
    let message = format!("/messages/{}", sent["id"].as_str().expect("an id"));
    let message = stack.desk.call(Method::GET, &message, None).await;
    let listed = message["attachments"].as_array().expect("a list");
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["size"], bytes.len());
    assert_eq!(stack.stop_server(), Some(0), "a graceful stop");
}
