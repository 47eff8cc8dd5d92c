//! The inbox: who may open and do what, and the stories of this page.

use std::slice;

use maildesk_model::Role;
use maildesk_model::message::{Address, Body, RemoteMessage};
use maildesk_store::contract::DeskStore;
use serde_json::json;

use super::access::Row;
use crate::support::{Answer, Desk, Engine, Person, SERVER, Session, attachment, mail, story};

/// Every page and action of this area.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("GET", "/", "", &[], [303, 200, 200, 200]),
    ("GET", "/", "?mailbox={id}", &[], [303, 404, 200, 200]),
    ("GET", "/", "?mailbox={id}&folder={folder}", &[], [303, 404, 200, 200]),
    ("GET", "/", "?message={message}", &[], [303, 404, 200, 200]),
    ("GET", "/found", "?mailbox={id}&q=mail", &[], [303, 404, 200, 200]),
    ("GET", "/messages/{message}/body", "", &[], [303, 404, 200, 200]),
    ("GET", "/messages/{message}/attachments/{attachment}/preview", "", &[], [303, 404, 200, 200]),
    ("GET", "/messages/{message}/original", "", &[], [303, 404, 200, 200]),
    ("GET", "/messages/{message}/picture", "?url=https%3A%2F%2Ft.example%2Fp.png&sign=00", &[], [303, 404, 404, 404]),
    ("POST", "/messages/{message}/pictures", "", &[], [303, 404, 303, 303]),
    ("POST", "/messages/act", "", &[("do", "flag"), ("id", "{message}")], [303, 404, 303, 303]),
    ("POST", "/mailboxes/{id}/check", "", &[], [303, 404, 303, 303]),
];

async fn open(desk: &Desk, session: &Session, path: &str) -> Answer {
    desk.call("GET", &format!("~{path}"))
        .in_session(session)
        .send()
        .await
}

async fn scene(engine: Engine) -> (Desk, Person, Session) {
    let desk = Desk::open(engine).await;
    let ada = desk.person("ada", Role::User).await;
    let session = desk.session(&ada).await;
    (desk, ada, session)
}

story!(all_inboxes_are_one_list_and_each_is_alone, async |engine| {
    let (desk, ada, session) = scene(engine).await;
    let empty = open(&desk, &session, "/").await;
    assert!(empty.text().contains("No mailbox is shared with you yet"));
    let one = desk.mailbox("One", &[&ada]).await;
    let two = desk.mailbox("Two", &[&ada]).await;
    let hidden = desk.mailbox("Hidden", &[]).await;
    desk.deliver(one, vec![mail(1)]).await;
    let with_file = RemoteMessage {
        has_attachments: Some(true),
        ..mail(2)
    };
    desk.deliver(two, vec![with_file]).await;
    desk.deliver(hidden, vec![mail(3)]).await;
    let all = open(&desk, &session, "/").await.text();
    assert_eq!(all.matches("<li data-id").count(), 2, "{all}");
    assert!(all.contains("(2) All inboxes"), "unread in the tab");
    assert!(!all.contains("Hidden"));
    let alone = open(&desk, &session, &format!("/?mailbox={one}"))
        .await
        .text();
    assert_eq!(alone.matches("<li data-id").count(), 1);
    let unread = open(&desk, &session, "/?filter=unread").await.text();
    assert_eq!(unread.matches("<li data-id").count(), 2);
    let flagged = open(&desk, &session, "/?filter=flagged").await.text();
    assert!(flagged.contains("Nothing fits this filter"));
    assert!(all.contains("href=\"/?filter=attachments\""));
    let attachments = open(&desk, &session, "/?filter=attachments").await.text();
    assert_eq!(attachments.matches("<li data-id").count(), 1);
    assert!(attachments.contains("Mail 2") && !attachments.contains("Mail 1"));
});

#[tokio::test]
async fn a_long_list_is_read_page_by_page() {
    let (desk, ada, session) = scene(Engine::Sqlite).await;
    let id = desk.mailbox("One", &[&ada]).await;
    desk.deliver(id, (0..120).map(mail).collect()).await;
    let mut path = "/".to_owned();
    let mut seen = 0;
    for rows in [50, 50, 20] {
        let page = open(&desk, &session, &path).await.text();
        assert_eq!(page.matches("<li data-id").count(), rows);
        seen += rows;
        let older = page.split("id=\"older\"").nth(1);
        let href = older.map(|rest| {
            rest.split("href=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
        });
        assert_eq!(href.is_some(), seen < 120);
        path = href
            .unwrap_or_default()
            .replace("&#38;", "&")
            .replace("&amp;", "&");
    }
    let nonsense = open(&desk, &session, "/?after=nonsense").await;
    assert_eq!(nonsense.status, 400);
}

#[tokio::test]
async fn a_body_is_a_document_that_can_do_nothing() {
    let (desk, ada, session) = scene(Engine::Sqlite).await;
    let id = desk.mailbox("One", &[&ada]).await;
    let mut nasty = mail(1);
    nasty.body = Some(Body {
        is_html: true,
        content: "<p onclick=x()>Hello<script>alert(1)</script><img src=\"http://track.example/p.gif\"><img src=\"cid:logo\"><img src=\"https://desk.example:8/logout\"></p>".to_owned(),
    });
    let mut logo = attachment("logo.png", "image/png");
    logo.content_id = Some("logo".to_owned());
    logo.is_inline = true;
    nasty.attachments = Some(vec![logo]);
    let message = desk.deliver(id, vec![nasty]).await[0];
    let body = desk.get(&format!("~/messages/{message}/body"));
    let body = body
        .in_session(&session)
        .header("host", "Desk.example:8480");
    let body = body.send().await;
    let policy = body.header("content-security-policy");
    assert!(
        policy.starts_with("sandbox allow-same-origin allow-popups ")
            && policy.contains("script-src 'none'")
            && policy.ends_with("img-src 'self' data:"),
        "{policy}"
    );
    let text = body.text();
    assert!(
        text.contains("data-blocked=\"yes\"")
            && text.contains("data-remote-src=\"http://track.example/p.gif\"")
    );
    assert!(!text.contains("desk.example"), "no picture is asked of us");
    assert!(!text.contains("alert(1)") && !text.contains("onclick"));
    assert!(text.contains(&format!("src=\"/api/v1/messages/{message}/attachments/")));
    let shown = open(
        &desk,
        &session,
        &format!("/messages/{message}/body?images=yes"),
    )
    .await;
    assert!(shown.text().contains(" src=\"http://track.example/p.gif\""));
    assert!(
        shown
            .header("content-security-policy")
            .ends_with("https: http:")
    );
    let page = open(&desk, &session, &format!("/?message={message}"))
        .await
        .text();
    assert!(
        page.contains("sandbox=\"allow-same-origin allow-popups allow-popups-to-escape-sandbox\"")
    );
    assert!(
        !page.contains("track.example"),
        "the page itself shows no body"
    );
}

#[tokio::test]
async fn a_body_that_asks_for_too_much_shows_its_words_and_says_so() {
    let (desk, ada, session) = scene(Engine::Sqlite).await;
    let id = desk.mailbox("One", &[&ada]).await;
    let mut much = mail(1);
    much.body = Some(Body {
        is_html: true,
        content: "<table>x".repeat(20_000),
    });
    let ids = desk.deliver(id, vec![much, mail(2)]).await;
    let body = async |message| {
        let path = format!("/messages/{message}/body");
        open(&desk, &session, &path).await.text()
    };
    let said = "so here are its words alone";
    let text = body(ids[0]).await;
    assert!(
        text.contains(said) && text.contains("This is mail 1"),
        "{text}"
    );
    assert!(!body(ids[1]).await.contains(said));
}

#[tokio::test]
async fn what_strangers_write_stays_in_its_line_and_its_direction() {
    let (desk, ada, session) = scene(Engine::Sqlite).await;
    let id = desk.mailbox("One", &[&ada]).await;
    let mut nasty = mail(1);
    nasty.subject = Some("Invoice\u{202e}fdp.exe\r\nBcc: x\0".to_owned());
    let name = "gro.knab@eciffo\u{2067} \u{202d}Bank".to_owned();
    let address = "x@evil.example".to_owned();
    let writer = Address { name, address };
    nasty.from = Some(Some(writer.clone()));
    nasty.to = Some(vec![writer.clone(), writer]);
    nasty.preview = Some("One\u{2066}two\u{1b}three".to_owned());
    let message = desk.deliver(id, vec![nasty]).await[0];
    let page = open(&desk, &session, &format!("/?message={message}"))
        .await
        .text();
    for shown in [
        "<bdi>Invoicefdp.exe  Bcc: x</bdi>",
        "<bdi>gro.knab@eciffo Bank</bdi>",
        "<bdi>Onetwothree</bdi>",
        "\u{2068}gro.knab@eciffo Bank\u{2069} &#60;\u{2068}x@evil.example\u{2069}&#62;, \u{2068}gro",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    let unseen = [
        '\u{202e}', '\u{2067}', '\u{202d}', '\u{2066}', '\0', '\u{1b}',
    ];
    assert!(!page.contains(unseen), "nothing turns the page around");
}

#[tokio::test]
async fn what_is_open_stays_listed_though_it_is_read_by_that() {
    let (desk, ada, session) = scene(Engine::Sqlite).await;
    let id = desk.mailbox("One", &[&ada]).await;
    let ids = desk.deliver(id, vec![mail(1), mail(2), mail(3)]).await;
    for message in &ids {
        let read = desk.call("PATCH", &format!("/messages/{message}"));
        let read = read.by(&ada).json(&json!({"isRead": true}));
        read.send().await.expect(200);
    }
    let rows = async |path: String| {
        let page = open(&desk, &session, &path).await.text();
        let list = page.split("id=\"list\"").nth(1).unwrap_or_default();
        let list = list.split("</ol>").next().unwrap_or_default();
        let rows = list.split("<li data-id=\"").skip(1);
        let ids = rows.map(|row| row.split('"').next().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let middle = ids[1];
    let none: [String; 0] = [];
    let read = desk.store.summaries(SERVER, &[middle]).await.unwrap();
    let thread = read[0].thread().to_string();
    for list in [format!("mailbox={id}&"), String::new()] {
        let path = format!("/?{list}filter=unread");
        assert_eq!(rows(path.clone()).await, none);
        let shown = rows(format!("{path}&message={middle}")).await;
        assert_eq!(shown, slice::from_ref(&thread));
    }
    let single = [("mark-read", "opened".to_owned())];
    let call = desk.call("POST", "~/profile/desk").in_session(&session);
    call.form(Some(&session), &single).send().await;
    let shown = rows(format!("/?filter=unread&message={middle}")).await;
    assert_eq!(shown, [middle.to_string()]);
    // One that was never in this list does not come into it by being open.
    let other = desk.mailbox("Two", &[&ada]).await;
    let elsewhere = format!("/?mailbox={other}&filter=unread&message={middle}");
    assert_eq!(rows(elsewhere).await, none);
    let searched = format!("/?q=nothing&filter=unread&message={middle}");
    assert_eq!(rows(searched).await, none);
}

fn with_text(n: i64, content: &str) -> RemoteMessage {
    let mut mail = mail(n);
    mail.body = Some(Body {
        is_html: false,
        content: content.to_owned(),
    });
    mail
}

#[tokio::test]
async fn addresses_in_a_text_are_links_and_nothing_said_is_said() {
    let (desk, ada, session) = scene(Engine::Sqlite).await;
    let id = desk.mailbox("One", &[&ada]).await;
    let mut pixel = mail(3);
    pixel.body = Some(Body {
        is_html: true,
        content: "<div>&nbsp;\u{200b}</div><img src=\"http://a.example/x.png\">".to_owned(),
    });
    let empty = "<html><body><div><br></div>&nbsp;</body></html>";
    let mut wordless = mail(4);
    wordless.body = Some(Body {
        is_html: true,
        content: empty.to_owned(),
    });
    let text = "See https://a.example/x, write to b@c.example, not to javascript:alert(1)";
    let mails = vec![with_text(1, text), with_text(2, " \r\n"), pixel, wordless];
    let ids = desk.deliver(id, mails).await;
    let body = async |n: usize| {
        let path = format!("/messages/{}/body", ids[n]);
        open(&desk, &session, &path).await.text()
    };
    let out = "target=\"_blank\" rel=\"noopener noreferrer nofollow\"";
    let text = body(0).await;
    for link in [
        format!("<a href=\"https://a.example/x\" {out}>https://a.example/x</a>,"),
        format!("<a href=\"mailto:b@c.example\" {out}>b@c.example</a>,"),
    ] {
        assert!(text.contains(&link), "{text}");
    }
    assert_eq!(text.matches("<a ").count(), 2, "{text}");
    let said = "This message has no text.";
    assert!(!text.contains(said) && !body(2).await.contains(said));
    assert!(body(1).await.contains(said) && body(3).await.contains(said));
}
