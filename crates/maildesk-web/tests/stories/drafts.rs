//! Writing: a draft from its beginning until it is on its way, with the runner played by the tests.

use std::time::Duration;

use maildesk_model::{DraftId, MailboxId, Role};
use maildesk_store::contract::{DraftNote, DraftStore as _, SyncStore as _};
use serde_json::{Value, json};

use crate::support::{Desk, Person, attachment, mail, story};

/// Ada, with the mailbox Support, in which a mail lies that she can answer.
struct Scene {
    desk: Desk,
    ada: Person,
    mailbox: MailboxId,
    message: String,
}

async fn scene(engine: crate::support::Engine) -> Scene {
    let desk = Desk::open(engine).await;
    let ada = desk.person("ada", Role::User).await;
    let mailbox = desk.mailbox("Support", &[&ada]).await;
    let mut origin = mail(1);
    let bob = json!({"name": "Bob", "address": "bob@contoso.example"});
    origin.cc = Some(vec![maildesk_model::message::Address {
        name: bob["name"].as_str().unwrap().to_owned(),
        address: bob["address"].as_str().unwrap().to_owned(),
    }]);
    origin.attachments = Some(vec![attachment("offer.pdf", "application/pdf")]);
    let message = desk.deliver(mailbox, vec![origin]).await[0].to_string();
    Scene {
        desk,
        ada,
        mailbox,
        message,
    }
}

impl Scene {
    async fn begin(&self, body: Value) -> Value {
        let path = format!("/mailboxes/{}/drafts", self.mailbox);
        let call = self.desk.call("POST", &path).by(&self.ada).json(&body);
        call.send().await.expect(201)
    }

    fn call(&self, method: &str, draft: &Value, rest: &str) -> crate::support::Call<'_> {
        let id = draft["id"].as_str().unwrap();
        let path = format!("/drafts/{id}{rest}");
        self.desk.call(method, &path).by(&self.ada)
    }
}

/// The change that makes a draft of `draft`, addressed to Grace.
fn change(draft: &Value) -> Value {
    json!({
        "version": draft["version"],
        "to": [{"name": "Grace", "address": "grace@contoso.example"}],
        "cc": [], "bcc": [],
        "subject": "Plans",
        "bodyHtml": "<p onclick=\"x()\">Hello</p>",
        "quotes": draft["quotes"],
        "importance": "high",
    })
}

story!(an_answer_begins_with_everything_filled_in, async |engine| {
    let scene = scene(engine).await;
    let begin = async |mode| {
        scene
            .begin(json!({"mode": mode, "messageId": scene.message}))
            .await
    };
    let reply = begin("reply").await;
    assert_eq!(reply["subject"], "RE: Mail 1");
    assert_eq!(
        reply["to"],
        json!([{"name": "Grace", "address": "grace@contoso.example"}])
    );
    assert_eq!(reply["cc"], json!([]));
    assert_eq!(
        (&reply["quotes"], &reply["hasQuote"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(reply["originId"], json!(scene.message));
    assert_eq!(reply["files"], json!([]));
    let all = begin("replyAll").await;
    assert_eq!(
        all["cc"],
        json!([{"name": "Bob", "address": "bob@contoso.example"}])
    );
    let forward = begin("forward").await;
    assert_eq!(
        (&forward["subject"], &forward["to"]),
        (&json!("FW: Mail 1"), &json!([]))
    );
    let file = &forward["files"][0];
    assert_eq!(
        (&file["name"], &file["isHere"]),
        (&json!("offer.pdf"), &json!(false))
    );
    let new = scene.begin(json!({"mode": "new"})).await;
    assert_eq!(
        (&new["subject"], &new["quotes"]),
        (&json!(""), &json!(false))
    );
    let listed = scene
        .desk
        .get("/drafts")
        .by(&scene.ada)
        .send()
        .await
        .expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 4);
    let path = format!("/mailboxes/{}/drafts", scene.mailbox);
    for body in [
        json!({"mode": "reply"}),
        json!({"mode": "new", "messageId": scene.message}),
        json!({"mode": "reply", "messageId": "m0000000000000"}),
        json!({"mode": "resend"}),
    ] {
        let call = scene.desk.call("POST", &path).by(&scene.ada).json(&body);
        call.send().await.refused(422, "invalid_value");
    }
});

story!(
    a_draft_is_changed_and_a_late_change_is_told,
    async |engine| {
        let scene = scene(engine).await;
        let first = scene.begin(json!({"mode": "new"})).await;
        let put = async |body: &Value| scene.call("PUT", &first, "").json(body).send().await;
        let second = put(&change(&first)).await.expect(200);
        assert_eq!(second["version"], 2);
        assert_eq!(second["bodyHtml"], "<p>Hello</p>", "made harmless");
        assert_eq!(
            (&second["importance"], &second["isSaved"]),
            (&json!("high"), &json!(false))
        );
        let mut late = change(&first);
        late["subject"] = json!("Late");
        put(&late).await.refused(409, "draft_changed");
        let read = scene.call("GET", &first, "").send().await.expect(200);
        assert_eq!(read, second);
        let many: Vec<Value> = (0..501)
            .map(|n| json!({"address": format!("n{n}@x.example")}))
            .collect();
        for (field, value) in [
            ("to", json!(many)),
            ("to", json!([{"address": "nobody"}])),
            ("to", json!([{"address": "mei@t"}])),
            ("to", json!([{"address": "root@localhost"}])),
            (
                "cc",
                json!([{"address": "a@x.example", "name": "a\r\nBcc: b@x.example"}]),
            ),
            ("subject", json!("a\nb")),
            ("subject", json!("x".repeat(256))),
            ("bodyHtml", json!("x".repeat((1 << 20) + 1))),
            ("importance", json!("urgent")),
        ] {
            let mut wrong = change(&second);
            wrong[field] = value;
            put(&wrong).await.refused(422, "invalid_value");
        }
        scene.call("DELETE", &first, "").send().await.is(204);
        scene
            .call("GET", &first, "")
            .send()
            .await
            .refused(404, "not_found");
    }
);

story!(
    a_file_comes_in_parts_and_says_where_to_go_on,
    async |engine| {
        let scene = scene(engine).await;
        let draft = scene.begin(json!({"mode": "new"})).await;
        let new = json!({"name": "a.bin", "contentType": "", "size": 6});
        let file = scene
            .call("POST", &draft, "/files")
            .json(&new)
            .send()
            .await
            .expect(201);
        assert_eq!(
            (&file["received"], &file["isHere"]),
            (&json!(0), &json!(true))
        );
        let id = file["id"].as_str().unwrap();
        let put = async |offset: i64, bytes: &[u8]| {
            let rest = format!("/files/{id}?offset={offset}");
            scene.call("PUT", &draft, &rest).bytes(bytes).send().await
        };
        assert_eq!(put(0, b"abc").await.expect(200)["received"], 3);
        let other = put(0, b"abc").await.refused(409, "other_offset");
        assert_eq!(other["received"], 3);
        put(3, b"defg").await.refused(409, "other_offset");
        let change = change(&draft);
        scene
            .call("PUT", &draft, "")
            .json(&change)
            .send()
            .await
            .expect(200);
        let sent = scene.call("POST", &draft, "/send").send().await;
        sent.refused(409, "files_incomplete");
        assert_eq!(put(3, b"def").await.expect(200)["received"], 6);
        let large = vec![0; (4 << 20) + 1];
        put(6, &large).await.refused(413, "body_too_large");
        scene
            .call("DELETE", &draft, &format!("/files/{id}"))
            .send()
            .await
            .is(204);
        put(6, b"").await.refused(404, "not_found");
        for new in [
            json!({"name": "", "size": 1}),
            json!({"name": "a\nb", "size": 1}),
            json!({"name": "a", "size": -1}),
            json!({"name": "a", "size": (150 << 20) + 1}),
        ] {
            let call = scene.call("POST", &draft, "/files").json(&new);
            call.send().await.refused(422, "invalid_value");
        }
    }
);

story!(
    a_mail_can_be_taken_back_until_microsoft_is_asked,
    async |engine| {
        let scene = scene(engine).await;
        let draft = scene.begin(json!({"mode": "new"})).await;
        let send = async |body: Value| scene.call("POST", &draft, "/send").json(&body).send().await;
        send(json!({})).await.refused(422, "invalid_value");
        let change = change(&draft);
        scene
            .call("PUT", &draft, "")
            .json(&change)
            .send()
            .await
            .expect(200);
        send(json!({"undoSeconds": 61}))
            .await
            .refused(422, "invalid_value");
        let sending = send(json!({})).await.expect(202);
        let in_ten = scene.desk.now().plus(Duration::from_secs(10)).to_rfc3339();
        assert_eq!(sending["sendAt"], json!(in_ten));
        assert_eq!(
            send(json!({"undoSeconds": 60})).await.expect(202),
            sending,
            "once"
        );
        let read = scene.call("GET", &draft, "").send().await.expect(200);
        assert_eq!(
            (&read["state"], &read["canTakeBack"]),
            (&json!("sending"), &json!(true))
        );
        scene
            .call("PUT", &draft, "")
            .json(&change)
            .send()
            .await
            .refused(409, "not_writing");
        scene
            .call("DELETE", &draft, "")
            .send()
            .await
            .refused(409, "not_writing");
        let intent = format!("/intents/{}", sending["intentId"].as_str().unwrap());
        let intent = async || {
            scene
                .desk
                .get(&intent)
                .by(&scene.ada)
                .send()
                .await
                .expect(200)
        };
        assert_eq!(intent().await["state"], "waiting");
        assert_eq!(intent().await["draftId"], draft["id"]);
        let back = scene
            .call("DELETE", &draft, "/send")
            .send()
            .await
            .expect(200);
        assert_eq!(back["state"], "writing");
        assert_eq!(intent().await["error"]["code"], "taken_back");
        send(json!({"undoSeconds": 0})).await.expect(202);
        let lease = scene.desk.lease(scene.mailbox).await;
        let id = DraftId::parse(draft["id"].as_str().unwrap()).unwrap();
        let asking = DraftNote::Asking;
        let noted = scene
            .desk
            .store
            .note_draft(&lease, id, &asking, scene.desk.now());
        assert!(noted.await.unwrap());
        let late = scene.call("DELETE", &draft, "/send").send().await;
        late.refused(409, "already_sending");
    }
);

story!(a_program_sends_a_mail_once, async |engine| {
    let scene = scene(engine).await;
    let path = format!("/mailboxes/{}/messages", scene.mailbox);
    let send = async |key: &str, body: &Value| {
        let call = scene.desk.call("POST", &path).by(&scene.ada).json(body);
        let call = if key.is_empty() {
            call
        } else {
            call.header("idempotency-key", key)
        };
        call.send().await
    };
    let body = json!({
        "to": [{"address": "grace@contoso.example"}], "subject": "Plans", "bodyHtml": "<p>Hi</p>",
        "attachments": [{"name": "a.txt", "contentType": "text/plain", "contentBase64": "aGVsbG8="}],
    });
    send("", &body).await.refused(400, "key_missing");
    let first = send("one", &body).await.expect(202);
    assert_eq!(send("one", &body).await.expect(202), first);
    let mut other = body.clone();
    other["subject"] = json!("Other plans");
    send("one", &other).await.refused(422, "key_used");
    assert_ne!(send("two", &other).await.expect(202), first);
    let listed = scene
        .desk
        .get("/drafts")
        .by(&scene.ada)
        .send()
        .await
        .expect(200);
    let listed = listed["items"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|one| one["state"] == "sending"));
    assert_eq!(listed[1]["files"][0]["received"], 5);
    let answer = json!({"bodyHtml": "<p>Yes</p>", "inReplyTo": scene.message, "mode": "replyAll"});
    send("three", &answer).await.expect(202);
    let lease = scene.desk.lease(scene.mailbox).await;
    let work = scene
        .desk
        .store
        .work(&lease, scene.desk.now())
        .await
        .unwrap();
    let draft = work.intents.last().unwrap().want.draft().unwrap();
    let work = scene
        .desk
        .store
        .draft_work(&lease, draft)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(work.draft.text.subject, "RE: Mail 1");
    assert_eq!((work.draft.text.to.len(), work.draft.text.cc.len()), (1, 1));
    assert_eq!(work.origin.as_deref(), Some("mail-1"));
    assert!(work.quoted.unwrap().contains("<p>This is mail 1</p>"));
    for wrong in [
        json!({"bodyHtml": "x"}),
        json!({"bodyHtml": "x", "mode": "reply"}),
        json!({"bodyHtml": "x", "mode": "new", "inReplyTo": scene.message}),
        json!({"bodyHtml": "x", "inReplyTo": "m0000000000000"}),
        json!({"bodyHtml": "x", "to": [{"address": "a@x.example"}],
            "attachments": [{"name": "a", "contentBase64": "?"}]}),
    ] {
        send("four", &wrong).await.refused(422, "invalid_value");
    }
});

story!(a_draft_of_outlook_goes_on_here, async |engine| {
    let scene = scene(engine).await;
    let mut draft = mail(2);
    draft.is_draft = Some(true);
    draft.body.as_mut().unwrap().content =
        "<html><body><p>Half a <img src=\"cid:logo\"><script>x()</script>thought</p></body></html>"
            .into();
    let message = scene.desk.deliver(scene.mailbox, vec![draft]).await[0];
    let adopt = async || {
        let path = format!("/messages/{message}/draft");
        scene
            .desk
            .call("POST", &path)
            .by(&scene.ada)
            .send()
            .await
            .expect(200)
    };
    let adopted = adopt().await;
    assert_eq!(adopted["messageId"], json!(message.to_string()));
    assert_eq!(
        adopted["bodyHtml"],
        "<p>Half a <img src=\"cid:logo\">thought</p>"
    );
    assert_eq!(adopt().await, adopted);
    let path = format!("/messages/{}/draft", scene.message);
    let mail = scene.desk.call("POST", &path).by(&scene.ada).send().await;
    mail.refused(409, "no_draft");
});

story!(the_authors_tabs_follow_a_draft, async |engine| {
    let scene = scene(engine).await;
    let bob = scene.desk.person("bob", Role::Administrator).await;
    let draft = scene.begin(json!({"mode": "new"})).await;
    let mut hers = scene.desk.events(&scene.ada).await;
    let mut his = scene.desk.events(&bob).await;
    let change = change(&draft);
    scene
        .call("PUT", &draft, "")
        .json(&change)
        .send()
        .await
        .expect(200);
    let event = hers.next_of("draft.updated").await;
    assert_eq!(event.data["id"], draft["id"]);
    scene.desk.deliver(scene.mailbox, vec![mail(7)]).await;
    let next = his.next().await.unwrap();
    assert_ne!(next.name, "draft.updated");
});

story!(addresses_complete_from_mail, async |engine| {
    let scene = scene(engine).await;
    let outsider = scene.desk.person("outsider", Role::User).await;
    let find = async |person: &Person, query: &str| {
        let call = scene.desk.get(&format!("/addresses{query}")).by(person);
        call.send().await.expect(200)["items"].clone()
    };
    let grace = json!([{"name": "Grace", "address": "grace@contoso.example"}]);
    for query in ["?q=gr", "?q=GRACE@", "?q=gra&limit=1"] {
        assert_eq!(find(&scene.ada, query).await, grace, "{query}");
    }
    let of_one = format!("?q=gr&mailbox={}", scene.mailbox);
    assert_eq!(find(&scene.ada, &of_one).await, grace);
    for nothing in ["", "?q=", "?q=%20", "?q=zzz"] {
        assert_eq!(find(&scene.ada, nothing).await, json!([]));
    }
    assert_eq!(find(&outsider, "?q=gr").await, json!([]));
    for wrong in ["?q=gr&limit=0", "?q=gr&limit=51", "?q=gr&x=1"] {
        let path = format!("/addresses{wrong}");
        scene
            .desk
            .get(&path)
            .by(&scene.ada)
            .send()
            .await
            .refused(400, "malformed");
    }
});

/// Whatever a stranger calls themselves and their mail, an answer to it can be kept and sent.
#[tokio::test]
async fn an_answer_to_odd_names_can_be_written() {
    let scene = scene(crate::support::Engine::Sqlite).await;
    let odd = |name: String| maildesk_model::message::Address {
        name,
        address: "mallory@evil.example".to_owned(),
    };
    let mut origin = mail(2);
    origin.subject = Some("Pl\u{202e}ans\tfor\u{7} all".to_owned());
    origin.from = Some(Some(odd("Grace\u{202e}\r\nHopper\u{7}".to_owned())));
    origin.cc = Some(vec![maildesk_model::message::Address {
        address: "long@evil.example".to_owned(),
        ..odd("x".repeat(500))
    }]);
    let message = scene.desk.deliver(scene.mailbox, vec![origin]).await[0].to_string();
    let draft = scene
        .begin(json!({"mode": "replyAll", "messageId": message}))
        .await;
    assert_eq!(draft["subject"], "RE: Plans for all");
    assert_eq!(draft["to"][0]["name"], "Grace  Hopper");
    let change = json!({
        "version": draft["version"],
        "to": draft["to"], "cc": draft["cc"], "bcc": [],
        "subject": draft["subject"],
        "bodyHtml": "<p>Hello</p>",
        "quotes": true,
        "importance": "normal",
    });
    let call = scene.call("PUT", &draft, "").json(&change);
    call.send().await.expect(200);
    // An address with signs in it that nobody sees is none.
    let hidden = json!([{"name": "", "address": "ada@contoso\u{202e}.example"}]);
    let mut change = change;
    change["to"] = hidden;
    let call = scene.call("PUT", &draft, "").json(&change);
    call.send().await.refused(422, "invalid_value");
}
