//! Alerts: who may open and do what, and the stories of this page.

use std::time::Duration;

use maildesk_model::alert::{AlertKind, AlertWay, Telling};
use maildesk_model::id::NodeId;
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::{MailboxId, Role, Viewer};
use maildesk_store::contract::{
    AlertChange, AlertStore, ConnectionStore, MailboxStore, NoticeOutcome, SyncStore,
};

use super::access::Row;
use crate::support::{Desk, Engine, Session};

const PATH: &str = "~/settings/alerts";

/// Every page and action of this area.
pub(super) const ROWS: &[Row] = &[
    ("GET", "/settings/alerts", "", &[], [303, 403, 403, 200]),
    ("POST", "/settings/alerts", "", &[], [303, 403, 403, 200]),
    ("GET", "/settings/alerts/test", "", &[], [303; 4]),
    (
        "POST",
        "/settings/alerts/test",
        "",
        &[],
        [303, 403, 403, 200],
    ),
];

async fn desk() -> (Desk, Session) {
    let desk = Desk::open(Engine::Sqlite).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let session = desk.session(&admin).await;
    (desk, session)
}

async fn open(desk: &Desk, session: &Session) -> String {
    let call = desk.call("GET", PATH).in_session(session);
    call.send().await.text()
}

async fn post(
    desk: &Desk,
    session: &Session,
    path: &str,
    fields: &[(&str, &str)],
) -> (u16, String) {
    let call = desk.call("POST", path).in_session(session);
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    let answer = call.form(Some(session), &fields).send().await;
    (answer.status, answer.text())
}

/// Writes changes down as the worker does, and tells nothing.
async fn change(desk: &Desk, changes: &[AlertChange]) {
    let node = NodeId("test".to_owned());
    let now = desk.now();
    let lease = desk
        .store
        .claim_alerts(&node, now, now.plus(Duration::from_secs(9)));
    let lease = lease.await.unwrap().unwrap();
    let saved = desk.store.save_alerts(&lease, changes, &[], &[], now);
    saved.await.unwrap();
    desk.store.release_alerts(&lease, now).await.unwrap();
}

fn trouble(name: &str) -> Trouble {
    Trouble {
        code: "sign_in_again".to_owned(),
        message: format!("What <befell> {name}."),
        remedy: "Sign in once more.".to_owned(),
    }
}

fn begin(kind: AlertKind, mailbox: Option<MailboxId>, name: &str) -> AlertChange {
    AlertChange::Begin {
        kind,
        mailbox,
        name: name.to_owned(),
        level: 0,
        trouble: trouble(name),
        opened: true,
    }
}

#[tokio::test]
async fn what_needs_somebody_is_there_with_the_way_to_mend_it() {
    let (desk, session) = desk().await;
    assert!(open(&desk, &session).await.contains("Nothing needs you."));
    let sales = desk.mailbox("Sales", &[]).await;
    let begun = [
        begin(AlertKind::PushBroken, Some(sales), "Sales"),
        begin(AlertKind::AppRefused, None, ""),
    ];
    change(&desk, &begun).await;
    let page = open(&desk, &session).await;
    assert!(!page.contains("Nothing needs you."));
    assert!(page.contains("What &#60;befell&#62; Sales."), "{page}");
    assert!(page.contains(&format!("/mailboxes/{sales}/push")));
    assert!(page.contains("href=\"/settings/microsoft\" aria-label=\"Go there: Microsoft app\""));
    let place = |text: &str| page.find(text).unwrap();
    assert!(
        place("App refused") < place("Push broken"),
        "the worst first"
    );

    let admin = Viewer {
        user: maildesk_model::UserId(1),
        role: Role::Administrator,
    };
    let standing = desk.store.alerts(admin, 9).await.unwrap();
    let ends: Vec<_> = standing
        .iter()
        .map(|one| AlertChange::End(one.id))
        .collect();
    change(&desk, &ends).await;
    let page = open(&desk, &session).await;
    assert!(page.contains("Nothing needs you.") && page.contains("What has ended"));
    assert!(page.contains("Push broken: <a href"));
}

/// What has not stood long enough is no alert, and not nothing either; what is one is counted where
/// everybody who can mend it passes by.
#[tokio::test]
async fn what_is_watched_is_said_and_what_stands_is_counted() {
    let (desk, session) = desk().await;
    let sales = desk.mailbox("Sales", &[]).await;
    let watched = match begin(AlertKind::PushBroken, Some(sales), "Sales") {
        AlertChange::Begin {
            kind,
            mailbox,
            name,
            level,
            trouble,
            ..
        } => AlertChange::Begin {
            kind,
            mailbox,
            name,
            level,
            trouble,
            opened: false,
        },
        other => other,
    };
    change(&desk, &[watched]).await;
    let page = open(&desk, &session).await;
    assert!(!page.contains("Nothing needs you.") && page.contains("Nothing needs you yet."));
    assert!(page.contains("Being watched") && page.contains("What &#60;befell&#62; Sales."));
    assert!(!page.contains("(one alert)"), "watching is no alert");
    change(&desk, &[begin(AlertKind::AppRefused, None, "")]).await;
    let call = desk.call("GET", "~/settings/users").in_session(&session);
    let elsewhere = call.send().await.text();
    assert_eq!(elsewhere.matches("(one alert)").count(), 2, "{elsewhere}");
    let bo = desk.person("bo", Role::User).await;
    let theirs = desk.session(&bo).await;
    let inbox = desk.call("GET", "~/").in_session(&theirs).send().await;
    assert!(!inbox.text().contains("(one alert)"));
}

#[tokio::test]
async fn where_alerts_go_is_checked_and_kept() {
    let (desk, session) = desk().await;
    let page = open(&desk, &session).await;
    assert!(page.contains("Nobody is told outside of these pages yet."));
    assert!(page.contains("admin@desk.example"), "who would be told");
    for (fields, said) in [
        (&[("url", "http://a.example/x")][..], "is not https"),
        (&[("url", "https://127.0.0.1/x")], "this machine itself"),
        (&[("url", "nowhere")], "not a web address"),
        (
            &[("recipients", "ada@x.example\nnobody")],
            "“nobody” is not a whole mail address",
        ),
        (
            &[("recipients", "ada@x")],
            "“ada@x” is not a whole mail address",
        ),
        (&[("secret", "short")], "16 to 256 characters"),
        (&[("sender", "b000")], "Choose another one"),
    ] {
        let (status, page) = post(&desk, &session, PATH, fields).await;
        assert_eq!(status, 422, "{fields:?}");
        assert!(page.contains(said), "{fields:?}: {page}");
    }
    assert_eq!(desk.store.alert_settings().await.unwrap().ways(), []);

    let sales = desk.mailbox("Sales", &[]).await.to_string();
    let all = [
        ("mail", "on"),
        ("sender", sales.as_str()),
        (
            "recipients",
            " ops@x.example, ada@x.example\nops@x.example\n",
        ),
        ("url", "https://alerts.example.com/hook?t=1"),
        ("secret", "0123456789abcdef-secret"),
    ];
    let (status, page) = post(&desk, &session, PATH, &all).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("Saved.") && !page.contains("0123456789abcdef"));
    assert!(page.contains("Nothing was told yet"));
    let kept = desk.store.alert_settings().await.unwrap();
    assert_eq!(kept.ways(), AlertWay::ALL);
    assert_eq!(kept.recipients, ["ops@x.example", "ada@x.example"]);
    assert_eq!(kept.url, "https://alerts.example.com/hook?t=1");

    // The secret stays unless it is replaced or let go.
    let (_, _) = post(&desk, &session, PATH, &all[..4]).await;
    let kept = desk.store.alert_settings().await.unwrap();
    assert_eq!(kept.secret.unwrap().expose(), "0123456789abcdef-secret");
    let (_, _) = post(&desk, &session, PATH, &[("unsigned", "on")]).await;
    assert!(desk.store.alert_settings().await.unwrap().secret.is_none());
    let log = desk.call("GET", "~/settings/audit?kind=alert.");
    let log = log.in_session(&session).send().await.text();
    assert!(log.contains("Changed where alerts go"));
}

#[tokio::test]
async fn a_sender_that_cannot_send_is_said_and_so_is_who_stands_in() {
    let (desk, session) = desk().await;
    let grace = desk.bare_mailbox("Grace", Connection::GraphDelegated).await;
    let grace_id = grace.to_string();
    let fields = [("mail", "on"), ("sender", grace_id.as_str())];
    let (_, page) = post(&desk, &session, PATH, &fields).await;
    assert!(page.contains("alerts cannot go out by mail"), "{page}");
    let sales = desk.mailbox("Sales", &[]).await;
    let lease = desk.lease(sales).await;
    let set = desk
        .store
        .set_mailbox_state(&lease, MailboxState::Active, None, desk.now());
    set.await.unwrap();
    desk.release(lease).await;
    let trouble = trouble("Grace");
    let row = desk.store.connection(grace).await.unwrap().unwrap();
    let told = desk
        .store
        .need_sign_in(grace, row.version, &trouble, desk.now());
    told.await.unwrap();
    let page = open(&desk, &session).await;
    assert!(page.contains("Sales stands in for it"), "{page}");
    let chosen = |label: &str| format!("<option value=\"{grace}\" selected>{label}</option>");
    assert!(
        page.contains(&chosen("Grace (somebody has to sign in)")),
        "{page}"
    );
    // Removed, it is still what was chosen, and everything else can be set beside it.
    let admin = Viewer {
        user: maildesk_model::UserId(1),
        role: Role::Administrator,
    };
    let removed = desk.store.remove_mailbox(admin, grace, desk.now());
    assert!(removed.await.unwrap());
    let (status, page) = post(&desk, &session, PATH, &fields).await;
    assert_eq!(status, 200);
    assert!(
        page.contains(&chosen("Grace (removed or disconnected)")),
        "{page}"
    );
    assert!(page.contains("Sales stands in for it"), "{page}");
}

#[tokio::test]
async fn a_test_says_how_each_way_went() {
    let (desk, session) = desk().await;
    let test = "~/settings/alerts/test";
    let (status, page) = post(&desk, &session, test, &[]).await;
    assert_eq!(status, 200);
    assert_eq!(page.matches("Nobody is told outside").count(), 2, "{page}");
    desk.mailbox("Sales", &[]).await;
    let fields = [("mail", "on"), ("url", "https://alerts.example.com/")];
    post(&desk, &session, PATH, &fields).await;
    let (_, page) = post(&desk, &session, test, &[]).await;
    assert!(page.contains("Microsoft took a mail from Sales"), "{page}");
    assert!(page.contains("It was not taken.") && page.contains("answered with &#60;503&#62;"));
}

#[tokio::test]
async fn what_waits_and_why_is_said() {
    let (desk, session) = desk().await;
    post(&desk, &session, PATH, &[("url", "https://a.example.com/")]).await;
    change(&desk, &[begin(AlertKind::AppRefused, None, "")]).await;
    let (node, now) = (NodeId("test".to_owned()), desk.now());
    let store = &desk.store;
    let until = now.plus(Duration::from_secs(9));
    let lease = store
        .claim_alerts(&node, now, until)
        .await
        .unwrap()
        .unwrap();
    let id = store.alert_facts(now).await.unwrap().alerts[0].id;
    let tell = [(id, Telling::Opened)];
    let saved = store.save_alerts(&lease, &[], &tell, &[AlertWay::Http], now);
    saved.await.unwrap();
    let notice = store.next_notices(now).await.unwrap().remove(0);
    let again = NoticeOutcome::Again {
        due_at: until,
        trouble: Trouble {
            code: "alert_post_refused".to_owned(),
            message: "Nobody accepts the connection.".to_owned(),
            remedy: "Start it.".to_owned(),
        },
        is_doubtful: false,
    };
    let settled = store.settle_notice(&lease, notice.id, &again, now);
    settled.await.unwrap();
    let page = open(&desk, &session).await;
    assert!(
        page.contains("One waits") && page.contains("Nobody accepts the connection. Start it.")
    );
    assert!(page.contains("last told"));
    let taken = NoticeOutcome::Taken { sender: None };
    let settled = store.settle_notice(&lease, notice.id, &taken, now);
    settled.await.unwrap();
    let page = open(&desk, &session).await;
    assert!(page.contains("Last told") && !page.contains("One waits"));
    assert!(!page.contains("Nobody accepts"));
}
