//! Signatures: who may write which, how they look, and where they stand in what people write.

use maildesk_model::{MailboxId, Role};
use serde_json::{Value, json};

use super::access::Row;
use crate::support::{Answer, Desk, Engine, Person, Session, mail, story};

/// Every page and action of this area.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("GET", "/profile/signatures", "", &[], [303, 200, 200, 200]),
    ("POST", "/profile/signatures", "", &[("answers", "yes")], [303; 4]),
    ("GET", "/profile/signatures/{id}", "", &[], [303, 404, 200, 200]),
    ("POST", "/profile/signatures/{id}", "", &[("which", "own"), ("html", "<b>x</b>")], [303, 404, 303, 303]),
    ("GET", "/settings/mailboxes/{id}/signature", "", &[], [303, 404, 403, 200]),
    ("POST", "/settings/mailboxes/{id}/signature", "", &[("html", "x")], [303, 404, 403, 303]),
    ("GET", "/mailboxes/{id}/signature/preview", "", &[], [303, 404, 200, 200]),
    ("POST", "/mailboxes/{id}/signature/preview", "", &[("html", "x")], [303, 404, 200, 200]),
];

/// Ada and Bo with the mailbox Support, and an administrator.
struct Scene {
    desk: Desk,
    ada: Person,
    bo: Person,
    admin: Person,
    id: MailboxId,
}

async fn scene(engine: Engine) -> Scene {
    let desk = Desk::open(engine).await;
    let ada = desk.person("ada <b>", Role::User).await;
    let bo = desk.person("bo", Role::User).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let id = desk.mailbox("Support", &[&ada, &bo]).await;
    Scene {
        desk,
        ada,
        bo,
        admin,
        id,
    }
}

impl Scene {
    async fn open(&self, who: &Session, path: &str) -> Answer {
        let call = self.desk.call("GET", &format!("~{path}"));
        call.in_session(who).send().await
    }

    async fn post(&self, who: &Session, path: &str, fields: &[(&str, &str)]) -> Answer {
        let owned = fields.iter();
        let fields: Vec<_> = owned
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        let call = self.desk.call("POST", &format!("~{path}")).in_session(who);
        call.form(Some(who), &fields).send().await
    }

    /// Sets what stands below somebody's mail.
    async fn set(&self, who: &Session, which: &str, html: &str) -> Answer {
        let path = format!("/profile/signatures/{}", self.id);
        let fields = [("which", which), ("html", html)];
        self.post(who, &path, &fields).await
    }

    async fn set_common(&self, html: &str) {
        let admin = self.desk.session(&self.admin).await;
        let path = format!("/settings/mailboxes/{}/signature", self.id);
        let kept = self.post(&admin, &path, &[("html", html)]).await;
        assert_eq!(kept.status, 303, "{}", kept.text());
    }

    /// What the API says stands below somebody's mail.
    async fn signature(&self, who: &Person) -> Value {
        let path = format!("/mailboxes/{}/signature", self.id);
        self.desk.get(&path).by(who).send().await.expect(200)
    }

    async fn begin(&self, who: &Person, body: Value) -> Value {
        let path = format!("/mailboxes/{}/drafts", self.id);
        let call = self.desk.call("POST", &path).by(who).json(&body);
        call.send().await.expect(201)
    }
}

story!(a_signature_is_written_seen_and_ones_own, async |engine| {
    let scene = scene(engine).await;
    let (ada, bo) = (
        scene.desk.session(&scene.ada).await,
        scene.desk.session(&scene.bo).await,
    );
    let list = scene.open(&ada, "/profile/signatures").await.text();
    assert!(
        list.contains("Support") && list.contains(">nothing<"),
        "{list}"
    );
    let typed = "<b>{name}</b> <script>x()</script><a href=\"mailto:{email}\">{email}</a><img src=\"https://a.test/x.png\">";
    let kept = scene.set(&ada, "own", typed).await;
    assert_eq!(kept.status, 303, "{}", kept.text());
    let path = format!("/profile/signatures/{}", scene.id);
    let page = scene.open(&ada, &path).await.text();
    assert!(page.contains("value=\"own\" checked"), "{page}");
    let kept = "&#60;b&#62;{name}&#60;/b&#62; &#60;a href=&#34;mailto:{email}&#34;&#62;{email}&#60;/a&#62;</textarea>";
    assert!(page.contains(kept), "{page}");
    let preview = format!("/mailboxes/{}/signature/preview", scene.id);
    let seen = scene.open(&ada, &preview).await;
    let policy = seen.header("content-security-policy").to_owned();
    assert!(policy.starts_with("sandbox ") && policy.contains("script-src 'none'"));
    let seen = seen.text();
    assert!(
        seen.contains("<b>ada &lt;b&gt;</b> <a href=\"mailto:support@"),
        "{seen}"
    );
    // What was just typed is seen before it is kept, and nobody else has any of it.
    let fields = [
        ("which", "own"),
        ("html", "<i>{mailbox}</i><script>y()</script>"),
    ];
    let typed = scene.post(&ada, &preview, &fields).await.text();
    assert!(typed.contains("<i>Support</i></body>"), "{typed}");
    let other = scene.open(&bo, &preview).await.text();
    assert!(other.contains("There is no signature."), "{other}");
    assert_eq!(
        scene.signature(&scene.bo).await,
        json!({"bodyHtml": "", "inAnswers": true})
    );

    let long = "x".repeat((16 << 10) + 1);
    let refused = scene.set(&ada, "own", &long).await;
    assert_eq!(refused.status, 422);
    let text = refused.text();
    assert!(
        text.contains("may have 16 kB") && text.contains(&long),
        "kept as typed"
    );
    let deep = scene
        .post(&ada, &preview, &[("html", &"<p><i>".repeat(2000))])
        .await;
    assert!(deep.text().contains("too many layers"));
    assert_eq!(scene.set(&ada, "odd", "x").await.status, 400);
    let still = scene.open(&ada, &preview).await.text();
    assert!(still.contains("ada &lt;b&gt;"), "{still}");
});

story!(
    the_common_one_is_for_those_without_their_own,
    async |engine| {
        let scene = scene(engine).await;
        let (ada, bo) = (
            scene.desk.session(&scene.ada).await,
            scene.desk.session(&scene.bo).await,
        );
        scene.set_common("<b>{name}</b> at Contoso").await;
        assert_eq!(scene.desk.audited().await, ["mailbox.signature"]);
        let html = async |who| scene.signature(who).await["bodyHtml"].clone();
        assert_eq!(html(&scene.ada).await, "<b>ada &lt;b&gt;</b> at Contoso");
        assert_eq!(html(&scene.bo).await, "<b>bo</b> at Contoso");
        let list = scene.open(&bo, "/profile/signatures").await.text();
        assert!(list.contains(">the common one<"), "{list}");
        // Whoever begins their own begins with it.
        let path = format!("/profile/signatures/{}", scene.id);
        let page = scene.open(&bo, &path).await.text();
        assert!(
            page.contains("value=\"common\" checked") && page.contains(" at Contoso</textarea>")
        );
        assert_eq!(scene.set(&ada, "own", "Ada").await.status, 303);
        assert_eq!(scene.set(&bo, "none", "").await.status, 303);
        assert_eq!(
            (html(&scene.ada).await, html(&scene.bo).await),
            (json!("Ada"), json!(""))
        );
        // An own one without a word is none of one's own.
        assert_eq!(scene.set(&ada, "own", "<div><br></div>").await.status, 303);
        assert_eq!(scene.set(&bo, "common", "").await.status, 303);
        scene.set_common("Contoso").await;
        assert_eq!(
            (html(&scene.ada).await, html(&scene.bo).await),
            (json!("Contoso"), json!("Contoso"))
        );
        let admin = scene.desk.session(&scene.admin).await;
        let one = format!("/settings/mailboxes/{}", scene.id);
        let one = scene.open(&admin, &one).await.text();
        assert!(one.contains(&format!("/settings/mailboxes/{}/signature\"", scene.id)));
        scene.set_common("").await;
        let page = format!("/settings/mailboxes/{}/signature", scene.id);
        let page = scene.open(&admin, &page).await.text();
        assert!(page.contains("There is none yet."), "{page}");
    }
);

story!(what_one_writes_begins_with_it_once, async |engine| {
    let scene = scene(engine).await;
    let ada = scene.desk.session(&scene.ada).await;
    let message = scene.desk.deliver(scene.id, vec![mail(1)]).await[0].to_string();
    let begun = "<div><br></div><div><br></div><div class=\"maildesk-signature\"><b>ada &lt;b&gt;</b></div>";
    let answer = |mode: &str| json!({"mode": mode, "messageId": message, "signature": true});
    let without = scene.begin(&scene.ada, answer("reply")).await;
    assert_eq!(without["bodyHtml"], "", "there is none yet");
    assert_eq!(scene.set(&ada, "own", "<b>{name}</b>").await.status, 303);
    for mode in ["reply", "reply", "replyAll", "forward"] {
        let draft = scene.begin(&scene.ada, answer(mode)).await;
        assert_eq!(draft["bodyHtml"], begun, "{mode}");
        // Read again and written back it is the same, and there is one.
        let id = draft["id"].as_str().unwrap();
        let path = format!("/drafts/{id}");
        let mut change = draft.clone();
        let fields = [
            "version",
            "to",
            "cc",
            "bcc",
            "subject",
            "bodyHtml",
            "quotes",
            "importance",
        ];
        change
            .as_object_mut()
            .unwrap()
            .retain(|name, _| fields.contains(&&**name));
        let call = scene.desk.call("PUT", &path).by(&scene.ada).json(&change);
        assert_eq!(call.send().await.expect(200)["bodyHtml"], begun, "{mode}");
    }
    let new = json!({"mode": "new", "signature": true});
    assert_eq!(
        scene.begin(&scene.ada, new.clone()).await["bodyHtml"],
        begun
    );
    let plain = json!({"mode": "reply", "messageId": message});
    let plain = scene.begin(&scene.ada, plain).await;
    assert_eq!(plain["bodyHtml"], "", "whoever does not ask gets none");

    let kept = scene.post(&ada, "/profile/signatures", &[]).await;
    assert_eq!(kept.status, 303);
    let page = scene.open(&ada, "/profile/signatures").await.text();
    assert!(!page.contains("value=\"yes\" checked"), "{page}");
    assert_eq!(scene.signature(&scene.ada).await["inAnswers"], false);
    let bare = scene.begin(&scene.ada, answer("reply")).await;
    assert_eq!(bare["bodyHtml"], "", "answers get none");
    assert_eq!(scene.begin(&scene.ada, new).await["bodyHtml"], begun);
});

story!(what_a_program_sends_gets_none, async |engine| {
    let scene = scene(engine).await;
    let ada = scene.desk.session(&scene.ada).await;
    assert_eq!(scene.set(&ada, "own", "<b>{name}</b>").await.status, 303);
    let path = format!("/mailboxes/{}/messages", scene.id);
    let mail = json!({
        "to": [{"address": "grace@contoso.example"}], "subject": "Report", "bodyHtml": "<p>All well</p>",
    });
    let call = scene.desk.call("POST", &path).by(&scene.ada);
    let call = call.header("idempotency-key", "one").json(&mail);
    call.send().await.expect(202);
    let drafts = scene
        .desk
        .get("/drafts")
        .by(&scene.ada)
        .send()
        .await
        .expect(200);
    let path = format!("/drafts/{}", drafts["items"][0]["id"].as_str().unwrap());
    let sent = scene
        .desk
        .get(&path)
        .by(&scene.ada)
        .send()
        .await
        .expect(200);
    assert_eq!(
        (&sent["state"], &sent["bodyHtml"]),
        (&json!("sending"), &json!("<p>All well</p>"))
    );
});
