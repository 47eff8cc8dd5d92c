//! The assistant and the push table: who may open and do what, and the stories of these pages.

use maildesk_model::Role;
use maildesk_model::mailbox::Trouble;
use maildesk_store::contract::{ConnectionStore, PeopleStore, PushNote, PushStore};

use super::access::Row;
use crate::support::{Answer, Desk, Engine, Session, story};

/// Every page and action of this area. Nobody plays push here, so what is asked for stays under way.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("GET", "/mailboxes/{id}/push", "", &[], [303, 404, 403, 200]),
    ("POST", "/mailboxes/{id}/push", "", &[("do", "check")], [303, 404, 403, 202]),
    ("POST", "/mailboxes/{id}/push/secret", "", &[], [303, 404, 403, 200]),
    ("GET", "/settings/push", "", &[], [303, 403, 403, 200]),
    ("POST", "/settings/push", "", &[], [303, 403, 403, 303]),
];

async fn scene(engine: Engine) -> (Desk, Session) {
    let desk = Desk::open(engine).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let session = desk.session(&admin).await;
    (desk, session)
}

async fn open(desk: &Desk, session: &Session, path: &str) -> Answer {
    desk.call("GET", &format!("~{path}"))
        .in_session(session)
        .send()
        .await
}

/// What push finds of a mailbox.
async fn found(desk: &Desk, reasons: Vec<Trouble>) {
    let (now, until) = (
        desk.now(),
        desk.now().plus(std::time::Duration::from_secs(30)),
    );
    let node = maildesk_model::NodeId("push".to_owned());
    let lease = desk
        .store
        .claim_push(&node, now, until)
        .await
        .unwrap()
        .unwrap();
    let note = PushNote {
        readiness: Some((reasons, now)),
        ..PushNote::default()
    };
    desk.store.note_push(&lease, &note, now).await.unwrap();
    desk.store.release_push(&lease).await.unwrap();
}

fn trouble(code: &str) -> Trouble {
    Trouble {
        code: code.to_owned(),
        message: format!("What is wrong: {code}."),
        remedy: "What to do.".to_owned(),
    }
}

story!(
    the_button_is_there_only_when_everything_is_ready,
    async |engine| {
        let (desk, session) = scene(engine).await;
        let id = desk.mailbox("Support", &[]).await;
        let path = format!("/mailboxes/{id}/push");
        let unchecked = open(&desk, &session, &path).await.text();
        assert!(unchecked.contains("Enable Microsoft 365 push notifications"));
        assert!(!unchecked.contains("Register Subscription"));
        found(
            &desk,
            vec![trouble("imap_token"), trouble("base_url_not_https")],
        )
        .await;
        let page = open(&desk, &session, &path).await.text();
        assert!(
            page.contains("What is wrong: imap_token.")
                && page.contains("What is wrong: base_url_not_https.")
        );
        assert_eq!(page.matches("What to do.").count(), 2);
        assert!(
            !page.contains("Register Subscription"),
            "absent, not greyed"
        );
        open(&desk, &session, &path).await;
        let want = desk.call("POST", &format!("~{path}")).in_session(&session);
        want.form(Some(&session), &[("do", "check".to_owned())])
            .send()
            .await;
        found(&desk, vec![]).await;
        let page = open(&desk, &session, &path).await.text();
        assert!(
            page.contains("This mailbox is ready for push.")
                && page.contains("Register Subscription")
        );
        assert!(page.contains("typically appears in 3 to 13 seconds, not instantly"));
    }
);

#[tokio::test]
async fn the_panel_shows_the_subscription_and_its_secret_only_when_asked() {
    let (desk, session) = scene(Engine::Sqlite).await;
    let id = desk.mailbox("Support", &[]).await;
    desk.subscribe(id, "the-client-state").await;
    let page = open(&desk, &session, &format!("/mailboxes/{id}/push"))
        .await
        .text();
    assert!(page.contains("sub-1") && page.contains("Expires"));
    assert!(!page.contains("the-client-state"));
    assert_eq!(desk.audited().await, [""; 0]);
    let call = desk
        .call("POST", &format!("~/mailboxes/{id}/push/secret"))
        .in_session(&session);
    let shown = call.form(Some(&session), &[]).send().await;
    assert!(shown.text().contains("the-client-state"));
    assert_eq!(desk.audited().await, ["push.secret.show"]);
    let table = open(&desk, &session, "/settings/push").await.text();
    assert!(table.contains(&format!("/mailboxes/{id}/push")) && table.contains("Support"));
}

#[tokio::test]
async fn a_server_without_push_says_so_and_offers_nothing() {
    let desk = Desk::with(Engine::Sqlite, |settings| settings.push_enabled = false).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let session = desk.session(&admin).await;
    let id = desk.mailbox("Support", &[]).await;
    let page = open(&desk, &session, &format!("/mailboxes/{id}/push"))
        .await
        .text();
    assert!(page.contains("every mailbox keeps its scheduled sync"));
    assert!(!page.contains("Register Subscription") && !page.contains("Check now"));
}

story!(
    a_test_of_the_address_says_what_stands_in_the_way,
    async |engine| {
        let (desk, session) = scene(engine).await;
        let id = desk.mailbox("Support", &[]).await;
        let base = "https://desk.example";
        let set = desk.store.set_parameter("web.base.url", base, desk.now());
        set.await.unwrap();
        let path = format!("/mailboxes/{id}/push");
        let call = desk.call("POST", &format!("~{path}")).in_session(&session);
        let form = [("do", "test".to_owned())];
        let answer = call.form(Some(&session), &form).send().await;
        assert_eq!(answer.status, 200);
        let page = answer.text();
        assert!(page.contains("does not answer as Microsoft wants it"));
        assert!(page.contains("Somebody &#60;wants&#62; to know who calls."));
        assert!(page.contains("answered within 12 ms") && page.contains("Let it through."));
        assert!(
            desk.audited()
                .await
                .contains(&"push.address.test".to_owned())
        );

        // The certificate that was seen last is advice, once it ends soon.
        let memo = "push.certificate_ends_at";
        let keep = async |ends: &str| desk.store.set_memo(memo, ends).await.unwrap();
        keep("2099-01-01T00:00:00Z").await;
        let page = open(&desk, &session, &path).await.text();
        assert!(!page.contains("The certificate of the public address ends"));
        keep(&desk.now().to_rfc3339()).await;
        let page = open(&desk, &session, &path).await.text();
        assert!(page.contains("The certificate of the public address ends on"));
    }
);
