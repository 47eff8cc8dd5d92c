//! Bodies: made harmless, and fetched when they are not here.

use std::time::Duration;

use maildesk_model::Role;
use maildesk_model::intent::Want;
use maildesk_model::mailbox::Trouble;
use maildesk_model::message::{Body, RemoteMessage};
use maildesk_store::contract::IntentOutcome;

use crate::support::{Desk, Engine, attachment, mail};

fn with_html(html: &str) -> RemoteMessage {
    let mut mail = mail(1);
    mail.body = Some(Body {
        is_html: true,
        content: html.to_owned(),
    });
    mail
}

/// A mail whose body and attachments have not come yet.
fn bodiless() -> RemoteMessage {
    let mut mail = mail(1);
    mail.body = None;
    mail.attachments = None;
    mail
}

#[tokio::test]
async fn foreign_html_is_made_harmless_and_inline_images_lead_here() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let mut nasty = with_html(
        "<script>steal()</script><p onclick=steal()>Hello</p><img src=\"cid:logo@x\">\
         <img src=\"https://track.example/pixel.gif\"><a href=\"javascript:steal()\">x</a>",
    );
    let mut logo = attachment("logo.png", "image/png");
    logo.content_id = Some("logo@x".to_owned());
    logo.is_inline = true;
    nasty.attachments = Some(vec![logo]);
    let message = desk.deliver(id, vec![nasty]).await[0];
    let shown = desk
        .get(&format!("/messages/{message}"))
        .by(&user)
        .send()
        .await
        .expect(200);
    let html = shown["bodyHtml"].as_str().unwrap();
    let attachment = shown["attachments"][0]["id"].as_str().unwrap();
    for gone in [
        "script",
        "onclick",
        "javascript",
        "cid:",
        "steal",
        " src=\"https",
    ] {
        assert!(!html.contains(gone), "{gone} in {html}");
    }
    let inline = format!("<img src=\"/api/v1/messages/{message}/attachments/{attachment}\">");
    assert!(html.contains(&inline), "{html}");
    assert!(
        html.contains("<img data-remote-src=\"https://track.example/pixel.gif\">"),
        "{html}"
    );
    assert_eq!(shown["hasRemoteImages"], true);
    assert_eq!(shown["bodyState"], "here");
}

#[tokio::test]
async fn plain_text_and_oversized_html_are_shown_as_text() {
    let desk = Desk::with(Engine::Sqlite, |settings| settings.html_max = 1000).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let mut plain = mail(1);
    plain.body = Some(Body {
        is_html: false,
        content: "1 < 2\n<b>".to_owned(),
    });
    let mut long = mail(2);
    long.body = Some(Body {
        is_html: true,
        content: "<b>x</b>".repeat(200),
    });
    let ids = desk.deliver(id, vec![plain, long]).await;
    let read = async |message| {
        let answer = desk
            .get(&format!("/messages/{message}"))
            .by(&user)
            .send()
            .await;
        answer.expect(200)["bodyHtml"].as_str().unwrap().to_owned()
    };
    let wanted = "<div style=\"white-space:pre-wrap\">1 &lt; 2\n&lt;b&gt;</div>";
    assert_eq!(read(ids[0]).await, wanted);
    assert!(
        read(ids[1])
            .await
            .starts_with("<div style=\"white-space:pre-wrap\">This is mail 2")
    );
}

#[tokio::test]
async fn html_that_takes_the_square_of_its_length_is_shown_as_text() {
    let desk = Desk::with(Engine::Sqlite, |_| {}).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let million = |unit: &str| with_html(&unit.repeat(1_000_000 / unit.len()));
    for (n, unit) in ["&amp;", "&notanent", "&nbsp;", "<table>x", "<p>"]
        .iter()
        .enumerate()
    {
        let mut much = mail(n as i64 + 1);
        much.body = million(unit).body;
        let message = desk.deliver(id, vec![much]).await[0];
        let shown = desk
            .get(&format!("/messages/{message}"))
            .by(&user)
            .send()
            .await
            .expect(200);
        let html = shown["bodyHtml"].as_str().unwrap();
        assert!(
            html.starts_with("<div style=\"white-space:pre-wrap\">This is mail"),
            "{unit}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_not_here_is_fetched_while_the_reader_waits() {
    let desk = Desk::with(Engine::Sqlite, |_| {}).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let message = desk.deliver(id, vec![bodiless()]).await[0];
    let path = format!("/messages/{message}");
    let (answer, ()) = tokio::join!(desk.get(&path).by(&user).send(), async {
        let (lease, intent) = desk.sync_intent(id).await;
        assert_eq!(intent.want, Want::FetchBody { message });
        let mut answer = with_html("<p>Here I am</p>");
        answer.attachments = Some(vec![attachment("a.txt", "text/plain")]);
        desk.settle(lease, &intent, IntentOutcome::Done(Some(Box::new(answer))))
            .await;
    });
    let shown = answer.expect(200);
    assert_eq!(shown["bodyHtml"], "<p>Here I am</p>");
    assert_eq!(shown["attachments"][0]["name"], "a.txt");
    assert_eq!(shown["bodyState"], "here");
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_said_so() {
    let desk = Desk::with(Engine::Sqlite, |_| {}).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let message = desk.deliver(id, vec![bodiless()]).await[0];
    let path = format!("/messages/{message}");
    let (answer, ()) = tokio::join!(desk.get(&path).by(&user).send(), async {
        let (lease, _) = desk.sync_intent(id).await;
        desk.release(lease).await;
        desk.clock.turn(Duration::from_secs(20));
    });
    let shown = answer.expect(200);
    assert_eq!(shown["bodyState"], "fetching");
    assert_eq!(shown["bodyHtml"], serde_json::Value::Null);
    assert_eq!(shown["subject"], "Mail 1");
}

#[tokio::test]
async fn a_body_that_microsoft_cannot_give_is_said_so() {
    let desk = Desk::with(Engine::Sqlite, |_| {}).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let message = desk.deliver(id, vec![bodiless()]).await[0];
    let path = format!("/messages/{message}");
    let (answer, ()) = tokio::join!(desk.get(&path).by(&user).send(), async {
        let (lease, intent) = desk.sync_intent(id).await;
        let refused = IntentOutcome::Refused(Trouble {
            code: "ErrorItemNotFound".to_owned(),
            message: "The specified object was not found in the store.".to_owned(),
            remedy: "It was deleted in Outlook.".to_owned(),
        });
        desk.settle(lease, &intent, refused).await;
    });
    let shown = answer.expect(200);
    assert_eq!(shown["bodyState"], "unavailable");
    assert_eq!(shown["bodyTrouble"]["code"], "ErrorItemNotFound");
}
