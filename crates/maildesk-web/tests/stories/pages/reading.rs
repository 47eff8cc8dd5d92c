//! Reading: conversations, quotations, colours, pictures and files, as the server renders them.

use maildesk_model::meeting::{Meeting, MeetingKind};
use maildesk_model::message::{Body, RemoteMessage};
use maildesk_model::{MessageId, Role, Timestamp};

use crate::support::{Desk, Engine, Person, Session, mail, story};

struct Reader {
    desk: Desk,
    ada: Person,
    session: Session,
}

impl Reader {
    async fn new(engine: Engine) -> Self {
        let desk = Desk::open(engine).await;
        let ada = desk.person("ada", Role::User).await;
        let session = desk.session(&ada).await;
        Self { desk, ada, session }
    }

    async fn open(&self, path: &str) -> String {
        let call = self.desk.get(&format!("~{path}"));
        call.in_session(&self.session).send().await.text()
    }

    async fn body(&self, message: MessageId, query: &str) -> String {
        self.open(&format!("/messages/{message}/body{query}")).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> u16 {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        let call = self.desk.call("POST", &format!("~{path}"));
        let call = call.in_session(&self.session);
        call.form(Some(&self.session), &fields).send().await.status
    }

    /// Delivers one mail with this body into a new mailbox of Ada's.
    async fn html(&self, n: i64, subject: &str, html: &str) -> MessageId {
        let id = self.desk.mailbox(&format!("Box {n}"), &[&self.ada]).await;
        let mail = RemoteMessage {
            subject: Some(subject.to_owned()),
            body: Some(Body {
                is_html: true,
                content: html.to_owned(),
            }),
            ..mail(n)
        };
        self.desk.deliver(id, vec![mail]).await[0]
    }
}

fn talk(n: i64, is_read: bool) -> RemoteMessage {
    RemoteMessage {
        conversation: Some("talk".to_owned()),
        is_read: Some(is_read),
        ..mail(n)
    }
}

/// The cards of a page.
fn cards(page: &str) -> Vec<&str> {
    let list = page.split("<ol class=\"cards\"").nth(1).unwrap_or_default();
    let list = list.split("</ol>").next().unwrap_or_default();
    list.split("<li data-id=").skip(1).collect()
}

story!(an_opened_message_shows_its_conversation, async |engine| {
    let reader = Reader::new(engine).await;
    let one = reader.desk.mailbox("One", &[&reader.ada]).await;
    let hidden = reader.desk.mailbox("Hidden", &[]).await;
    let mut long = talk(3, true);
    long.preview = Some("Third and last".to_owned());
    let mails = vec![talk(1, true), talk(2, false), long, mail(9)];
    let ids = reader.desk.deliver(one, mails).await;
    reader.desk.deliver(hidden, vec![talk(4, true)]).await;
    let page = reader.open(&format!("/?message={}", ids[0])).await;
    let shown = cards(&page);
    assert_eq!(shown.len(), 3, "{page}");
    for (n, card) in shown.iter().enumerate() {
        let id = ids[n];
        assert!(card.starts_with(&format!("\"{id}\"")), "oldest first");
        // The opened and the unread one are unfolded, and only their bodies are loaded.
        let is_unfolded = n != 2;
        let frame = format!("src=\"/messages/{id}/body\"");
        assert_eq!(card.contains(&format!(" {frame}")), is_unfolded, "{card}");
        assert_eq!(card.contains(&format!("data-{frame}")), !is_unfolded);
        assert!(card.contains("<summary"));
        assert_eq!(card.contains("data-opened"), n == 0);
    }
    assert!(shown[2].contains("Third and last") && shown[2].contains("data-compose=\"reply\""));
    assert!(shown[1].contains("data-unread") && !shown[0].contains("data-unread"));
    let alone = reader.open(&format!("/?message={}", ids[3])).await;
    assert_eq!(cards(&alone).len(), 1);
    let page = reader.open("/").await;
    assert!(cards(&page).is_empty());
});

#[tokio::test]
async fn what_is_quoted_is_folded_where_it_is_read_and_nowhere_else() {
    let reader = Reader::new(Engine::Sqlite).await;
    let html =
        "<p>Yes.</p><div class=\"gmail_quote\">On Monday:<blockquote>Do we?</blockquote></div>";
    let answer = reader.html(1, "Re: Plan", html).await;
    let forwarded = reader.html(2, "FW: Plan", html).await;
    let text = reader.body(answer, "").await;
    let folded = "<p>Yes.</p><details class=\"quoted\"><summary aria-label=\"Quoted text\" title=\"Quoted text\">…</summary><div>On Monday:<blockquote>Do we?</blockquote></div></details>";
    assert!(text.contains(folded), "{text}");
    assert!(!reader.body(forwarded, "").await.contains("<details"));
    let api = reader
        .desk
        .get(&format!("/messages/{answer}"))
        .by(&reader.ada);
    let api = api.send().await.expect(200);
    assert_eq!(
        api["bodyHtml"],
        "<p>Yes.</p><div>On Monday:<blockquote>Do we?</blockquote></div>"
    );
    let id = reader.desk.mailbox("Text", &[&reader.ada]).await;
    let mut plain = mail(3);
    plain.body = Some(Body {
        is_html: false,
        content: "Yes.\n\nOn Monday, Ada wrote:\n> Do we?\n> See https://a.example\n".to_owned(),
    });
    let plain = reader.desk.deliver(id, vec![plain]).await[0];
    let text = reader.body(plain, "").await;
    assert!(
        text.contains("Yes.\n\n<details class=\"quoted\"")
            && text.contains(
                "On Monday, Ada wrote:\n&gt; Do we?\n&gt; See <a href=\"https://a.example/\""
            ),
        "{text}"
    );
}

#[tokio::test]
async fn mail_with_colours_is_turned_where_it_is_dark_unless_one_wants_it_as_sent() {
    let reader = Reader::new(Engine::Sqlite).await;
    let plain = reader.html(1, "a", "<p>No colours</p>").await;
    let bright = reader
        .html(
            2,
            "b",
            "<p style=\"background-color:#fff;color:#000\">Bright</p>",
        )
        .await;
    let dark = reader
        .html(
            3,
            "c",
            "<table bgcolor=\"#111111\"><tr><td>Dark</td></tr></table>",
        )
        .await;
    let class = async |id, query| {
        let text = reader.body(id, query).await;
        let class = text
            .split("<html lang=\"\"")
            .nth(1)
            .unwrap()
            .split('>')
            .next();
        let switches = text.matches("class=\"switch\"").count();
        (class.unwrap().trim().to_owned(), switches)
    };
    let turned = || ("class=\"turned\"".to_owned(), 1);
    let paper = |switches| ("class=\"paper\"".to_owned(), switches);
    assert_eq!(class(plain, "").await, (String::new(), 0));
    assert_eq!(class(bright, "").await, turned());
    assert_eq!(class(bright, "?colours=original").await, paper(1));
    assert_eq!(class(dark, "").await, paper(0));
    let text = reader.body(bright, "?images=yes").await;
    assert!(
        text.contains("href=\"?images=yes&amp;colours=original\""),
        "{text}"
    );
    let fields = [("mark-read", "opened"), ("dark-mail", "original")];
    assert_eq!(reader.post("/profile/desk", &fields).await, 303);
    assert_eq!(class(bright, "").await, paper(1));
    assert_eq!(class(bright, "?colours=adapted").await, turned());
    // Who wants the desk so has the frame so, and the paper of a mail as well.
    let desk = |text: &str| text.split("<body").next().unwrap().to_owned();
    let system = desk(&reader.body(bright, "").await);
    assert!(
        system.contains("color-scheme:light dark;")
            && system.contains("@media screen and (prefers-color-scheme:dark){")
    );
    for (name, media) in [("light", "@media not all{"), ("dark", "@media screen{")] {
        let fields = [("mark-read", "opened"), ("appearance", name)];
        assert_eq!(reader.post("/profile/desk", &fields).await, 303);
        let frame = desk(&reader.body(bright, "").await);
        let scheme = format!("html{{color-scheme:{name};");
        assert!(frame.contains(&scheme) && frame.contains(media), "{frame}");
        assert!(!frame.contains("prefers-color-scheme"), "{frame}");
        let page = reader.open("/").await;
        let head = format!("<html lang=\"en\" data-scheme=\"{name}\">");
        assert!(page.contains(&head), "{page}");
        assert!(page.contains(&format!("<meta name=\"color-scheme\" content=\"{name}\">")));
        let chosen = format!("value=\"{name}\" checked");
        assert!(reader.open("/profile").await.contains(&chosen));
    }
    let fields = [("mark-read", "opened"), ("appearance", "odd")];
    assert_eq!(reader.post("/profile/desk", &fields).await, 400);
    // Before somebody is signed in it is as the system is.
    reader.desk.person("head", Role::Administrator).await;
    let nobody = reader.desk.get("~/login").send().await.text();
    assert!(nobody.contains("<html lang=\"en\">"), "{nobody}");
    let fields = [("mark-read", "opened"), ("dark-mail", "odd")];
    assert_eq!(reader.post("/profile/desk", &fields).await, 400);
}

story!(
    pictures_of_a_sender_are_loaded_always_for_who_wants_it,
    async |engine| {
        let reader = Reader::new(engine).await;
        let bo = reader.desk.person("bo", Role::User).await;
        let one = reader.desk.mailbox("One", &[&reader.ada, &bo]).await;
        let news = |n| RemoteMessage {
            body: Some(Body {
                is_html: true,
                content: "<img src=\"https://t.example/p.png\">".to_owned(),
            }),
            ..mail(n)
        };
        let ids = reader.desk.deliver(one, vec![news(1), news(2)]).await;
        let loads = async |id| {
            reader
                .body(id, "")
                .await
                .contains(" src=\"https://t.example")
        };
        assert!(!loads(ids[0]).await);
        let path = format!("/messages/{}/pictures", ids[0]);
        assert_eq!(reader.post(&path, &[]).await, 303);
        assert!(
            loads(ids[0]).await && loads(ids[1]).await,
            "all of this sender"
        );
        let session = reader.desk.session(&bo).await;
        let call = reader.desk.get(&format!("~/messages/{}/body", ids[0]));
        let text = call.in_session(&session).send().await.text();
        assert!(
            text.contains("data-blocked"),
            "what Ada wants is Ada's: {text}"
        );
        let profile = reader.open("/profile").await;
        assert!(
            profile.contains("<td>grace@contoso.example</td>"),
            "{profile}"
        );
        assert!(
            reader
                .body(ids[0], "")
                .await
                .contains("data-shown=\"always\"")
        );
        let fields = [("sender", "grace@contoso.example")];
        assert_eq!(reader.post("/profile/pictures/end", &fields).await, 303);
        assert!(!loads(ids[0]).await);
        let once = reader.body(ids[0], "?images=yes").await;
        assert!(once.contains("data-shown=\"once\""), "{once}");
        // From the mail itself, too.
        assert_eq!(reader.post(&path, &[]).await, 303);
        assert!(loads(ids[1]).await);
        assert_eq!(reader.post(&path, &[("do", "end")]).await, 303);
        assert!(!loads(ids[0]).await && !loads(ids[1]).await);
    }
);

#[tokio::test]
async fn the_original_is_saved_under_the_subject_and_what_is_in_its_way_is_told() {
    let reader = Reader::new(Engine::Sqlite).await;
    let one = reader.desk.mailbox("One", &[&reader.ada]).await;
    let named = RemoteMessage {
        subject: Some("Q1/Q2: plan \u{202e}".to_owned()),
        ..mail(1)
    };
    let ids = reader.desk.deliver(one, vec![named, mail(404)]).await;
    let get = async |id| {
        let call = reader.desk.get(&format!("~/messages/{id}/original"));
        call.in_session(&reader.session).send().await
    };
    let saved = get(ids[0]).await;
    assert_eq!(
        (saved.status, saved.header("content-type")),
        (200, "message/rfc822")
    );
    assert_eq!(saved.text(), "Subject: mail-1\r\n\r\nHello");
    let disposition = saved.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"Q1-Q2- plan.eml\""),
        "{disposition}"
    );
    let gone = get(ids[1]).await;
    assert_eq!(gone.status, 502);
    assert!(
        gone.text().contains("It was deleted in Outlook."),
        "{}",
        gone.text()
    );
    let page = reader.open(&format!("/?message={}", ids[0])).await;
    assert!(page.contains(&format!("href=\"/messages/{}/original\" download", ids[0])));
}

story!(an_invitation_stands_over_its_text, async |engine| {
    let reader = Reader::new(engine).await;
    let time = |text| Timestamp::parse(text);
    let invitation = |n, kind| RemoteMessage {
        meeting: Some(Meeting {
            kind,
            starts_at: time("2026-03-05T08:00:00Z"),
            ends_at: time("2026-03-05T09:30:00Z"),
            is_all_day: Some(false),
            repeats: Some(true),
            location: Some("Room <4>\u{202e}".to_owned()),
        }),
        ..mail(n)
    };
    let mut day = invitation(2, Some(MeetingKind::Cancelled));
    let meeting = day.meeting.as_mut().unwrap();
    (meeting.is_all_day, meeting.repeats) = (Some(true), Some(false));
    (meeting.starts_at, meeting.ends_at) =
        (time("2026-03-05T00:00:00Z"), time("2026-03-06T00:00:00Z"));
    let mut bare = mail(4);
    bare.meeting = Some(Meeting::default());
    let mails = vec![
        invitation(1, Some(MeetingKind::Request)),
        day,
        invitation(3, Some(MeetingKind::Declined)),
        bare,
        mail(5),
    ];
    let one = reader.desk.mailbox("One", &[&reader.ada]).await;
    let ids = reader.desk.deliver(one, mails).await;
    let zone = [("name", "Ada"), ("zone", "Europe/Berlin")];
    assert_eq!(reader.post("/profile", &zone).await, 303);
    let list = reader.open("/").await;
    assert_eq!(list.matches("title=\"About a meeting\"").count(), 4);
    let mut notes = Vec::new();
    for id in &ids {
        let page = reader.open(&format!("/?message={id}")).await;
        let card = cards(&page)[0].to_owned();
        let note = card.split("<div class=\"meeting").nth(1).map(str::to_owned);
        notes.push(note.unwrap_or_default());
    }
    for (n, parts) in [
        &[
            "<bdi>Invitation</bdi>",
            "<time datetime=\"2026-03-05T08:00:00Z\">Thursday, 5 March 2026, 09:00–10:30</time>",
            "Room &#60;4&#62;</bdi>", "Organiser", "<bdi>Grace</bdi>", "repeats",
            "href=\"https://outlook.office365.com/owa/?ItemID=1\" target=\"_blank\" rel=\"noopener noreferrer\">Answer in Outlook</a>",
        ][..],
        &[
            "The meeting is cancelled",
            "<time datetime=\"2026-03-05\">Thursday, 5 March 2026</time>, all day</dd>",
        ],
        &["<bdi>Grace declined</bdi>", "Thursday, 5 March 2026"],
        &["<bdi>About a meeting</bdi>"],
        &[],
    ]
    .into_iter()
    .enumerate()
    {
        for part in parts {
            assert!(notes[n].contains(part), "{part}: {}", notes[n]);
        }
        assert_eq!(notes[n].contains("Answer in Outlook"), n == 0);
        assert_eq!(notes[n].is_empty(), n == 4);
    }
    assert!(!notes[1].contains("repeats") && !notes[2].contains("Organiser"));
    let api = reader.desk.get(&format!("/messages/{}", ids[0]));
    let api = api.by(&reader.ada).send().await.expect(200);
    let wanted = serde_json::json!({
        "kind": "request", "startsAt": "2026-03-05T08:00:00Z", "endsAt": "2026-03-05T09:30:00Z",
        "isAllDay": false, "repeats": true, "location": "Room <4>\u{202e}",
    });
    assert_eq!(api["meeting"], wanted);
});

#[tokio::test]
async fn what_somebody_elses_page_opens_is_shown_and_not_read_by_that() {
    let reader = Reader::new(Engine::Sqlite).await;
    let message = reader.html(1, "Plans", "<p>Hi</p>").await;
    for (site, is_led) in [
        ("none", false),
        ("same-origin", false),
        ("cross-site", true),
        ("same-site", true),
    ] {
        let call = reader.desk.get(&format!("~/?message={message}"));
        let call = call.header("sec-fetch-site", site);
        let page = call.in_session(&reader.session).send().await.text();
        let article = page.split("<article").nth(1).expect("it is open");
        let begin = article.split('>').next().unwrap_or_default();
        assert_eq!(begin.contains(" data-led-here"), is_led, "{site}: {begin}");
        assert!(article.contains("value=\"read\""), "it can be marked");
    }
    let page = reader.open(&format!("/?message={message}")).await;
    assert!(
        !page.contains("data-led-here"),
        "a browser that says nothing"
    );
}
