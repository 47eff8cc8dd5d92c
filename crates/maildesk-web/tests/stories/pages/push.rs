//! The assistant and the push table: who may open and do what, and the stories of these pages.

use std::time::Duration;

use maildesk_model::mailbox::{Connection, Trouble};
use maildesk_model::push::{PushEvent, PushState};
use maildesk_model::stamp::Trigger;
use maildesk_model::{MailboxId, Role};
use maildesk_store::contract::{ConnectionStore, PeopleStore, PushNote, PushStore};

use super::access::Row;
use crate::support::{Answer, Desk, Engine, Session, mail, story};

/// Every page and action of this area. Nobody plays push here, so what is asked for stays under way.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("GET", "/mailboxes/{id}/push", "", &[], [303, 404, 403, 200]),
    ("POST", "/mailboxes/{id}/push", "", &[("do", "check")], [303, 404, 403, 202]),
    ("GET", "/mailboxes/{id}/push/secret", "", &[], [303; 4]),
    ("POST", "/mailboxes/{id}/push/secret", "", &[], [303, 404, 403, 200]),
    ("GET", "/settings/push", "", &[], [303, 403, 403, 200]),
    ("POST", "/settings/push", "", &[], [303, 403, 403, 200]),
    ("GET", "/settings/push/troubleshooting", "", &[], [303, 403, 403, 200]),
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
        assert!(page.contains("typically 3 to 13 seconds, not instant"));
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
    let shown = shown.text();
    assert!(shown.contains("the-client-state"));
    assert!(shown.contains("data-once"), "no refresh takes it away");
    assert_eq!(desk.audited().await, ["push.secret.show"]);
    // Whoever comes back to the address of that form is led on.
    let later = open(&desk, &session, &format!("/mailboxes/{id}/push/secret")).await;
    let assistant = format!("/mailboxes/{id}/push");
    assert_eq!((later.status, later.header("location")), (303, &*assistant));
    let table = open(&desk, &session, "/settings/push").await.text();
    assert!(table.contains(&format!("/mailboxes/{id}/push")) && table.contains("Support"));
}

/// Every page that speaks of push says what brings the mail instead, and how far the removal is.
#[tokio::test]
async fn a_server_without_push_says_so_everywhere_and_offers_nothing() {
    let desk = Desk::with(Engine::Sqlite, |settings| {
        settings.push_enabled = false;
        settings.sync_interval = Duration::from_secs(90);
    })
    .await;
    let admin = desk.person("admin", Role::Administrator).await;
    let session = desk.session(&admin).await;
    let id = desk.mailbox("Support", &[]).await;
    desk.subscribe(id, "the-client-state").await;
    let assistant = format!("/mailboxes/{id}/push");
    let mailbox = format!("/settings/mailboxes/{id}");
    for path in [
        assistant.as_str(),
        mailbox.as_str(),
        "/settings/mailboxes",
        "/settings/push",
        "/settings/technical/system-parameters",
    ] {
        let page = open(&desk, &session, path).await.text();
        assert!(
            page.contains("always scheduled sync. New mail is here within 90 seconds."),
            "{path}"
        );
        for offer in [
            "Register",
            "Check now",
            "Turn off",
            "Test address",
            "Push works for",
        ] {
            assert!(!page.contains(offer), "{path} offers {offer}");
        }
    }
    for path in [assistant.as_str(), "/settings/push"] {
        let page = open(&desk, &session, path).await.text();
        assert!(
            page.contains("Scheduled sync")
                && page.contains("One subscription is still to be deleted")
        );
    }
    let lease = desk.push_lease_now(id).await;
    let work = desk.store.push_work(&lease, desk.now()).await.unwrap();
    let gone = desk
        .store
        .forget_subscription(&lease, work.subscriptions[0].id);
    gone.await.unwrap();
    for path in [assistant.as_str(), "/settings/push"] {
        let page = open(&desk, &session, path).await.text();
        assert!(
            page.contains("No subscription of this server is left at Microsoft."),
            "{path}"
        );
    }
}

/// What push notes down.
async fn note(desk: &Desk, id: MailboxId, note: PushNote) {
    let lease = desk.push_lease_now(id).await;
    desk.store
        .note_push(&lease, &note, desk.now())
        .await
        .unwrap();
    desk.store.release_push(&lease).await.unwrap();
}

fn event(desk: &Desk, kind: &str, detail: &str) -> PushNote {
    PushNote {
        event: Some(PushEvent {
            at: desk.now(),
            kind: kind.to_owned(),
            detail: detail.to_owned(),
            times: 1,
        }),
        ..PushNote::default()
    }
}

#[tokio::test]
async fn each_state_is_said_in_a_word_and_a_sentence() {
    let (desk, session) = scene(Engine::Sqlite).await;
    let id = desk.mailbox("Support", &[]).await;
    for (state, word, sentence) in [
        (
            PushState::Off,
            "Off",
            "Push is off here; mail comes by the schedule, within 3 minutes.",
        ),
        (
            PushState::NotReady,
            "Not ready",
            "It registers itself as soon as",
        ),
        (
            PushState::Active,
            "Active",
            "Microsoft notifies this server as soon as",
        ),
        (
            PushState::Renewing,
            "Renewing",
            "the last try to renew it failed",
        ),
        (PushState::Quiet, "Quiet", "which is no fault"),
        (
            PushState::Broken,
            "Broken",
            "A subscription is wanted and none lives.",
        ),
    ] {
        let state = PushNote {
            state: Some(state),
            ..PushNote::default()
        };
        note(&desk, id, state).await;
        let page = open(&desk, &session, &format!("/mailboxes/{id}/push"))
            .await
            .text();
        assert!(page.contains(sentence), "{sentence}");
        let table = open(&desk, &session, "/settings/push").await.text();
        for page in [page, table] {
            assert!(page.contains(&format!("\">{word}</span>")), "{word}");
        }
    }
}

/// One state and one thing to do: nothing on the page of a broken mailbox says that all is well, offers
/// the same twice, or promises what only a living subscription brings.
#[tokio::test]
async fn what_is_broken_is_not_called_ready_beside_it() {
    let (desk, session) = scene(Engine::Sqlite).await;
    let id = desk.mailbox("Support", &[]).await;
    let base = "https://desk.example";
    let set = desk.store.set_parameter("web.base.url", base, desk.now());
    set.await.unwrap();
    let broken = PushNote {
        state: Some(PushState::Broken),
        wanted: Some(true),
        readiness: Some((vec![], desk.now())),
        trouble: Some(Some(trouble("ValidationError"))),
        next_at: Some(Some(desk.now().plus(Duration::from_secs(95)))),
        ..PushNote::default()
    };
    note(&desk, id, broken).await;
    let path = format!("/mailboxes/{id}/push");
    let page = open(&desk, &session, &path).await.text();
    for (part, times) in [
        ("This mailbox is ready for push.", 0),
        ("value=\"register\"", 1),
        ("value=\"test\"", 1),
        ("button primary", 1),
        ("typically 3 to 13", 0),
        ("by the schedule, within 3 minutes, until push works", 1),
        ("tries again by itself at 2 March 2026, 14:01:35", 1),
        ("On this side nothing stands in the way.", 1),
        ("Enable Microsoft 365", 2),
    ] {
        assert_eq!(page.matches(part).count(), times, "{part}: {page}");
    }
    let table = open(&desk, &session, "/settings/push").await.text();
    assert!(table.contains("by the schedule") && !table.contains("3 to 13"));

    // While something is in the way, trying again would only say so again.
    let not_ready = PushNote {
        state: Some(PushState::NotReady),
        readiness: Some((vec![trouble("base_url_not_https")], desk.now())),
        ..PushNote::default()
    };
    note(&desk, id, not_ready).await;
    let page = open(&desk, &session, &path).await.text();
    assert!(!page.contains("value=\"register\""));

    // And what lives is not still to be enabled.
    desk.subscribe(id, "the-client-state").await;
    let page = open(&desk, &session, &path).await.text();
    assert!(!page.contains("Enable Microsoft 365") && page.contains("Microsoft 365 push"));
}

story!(a_failure_says_all_and_offers_the_ways_on, async |engine| {
    let (desk, session) = scene(engine).await;
    let person = desk.bare_mailbox("Grace", Connection::GraphDelegated).await;
    let shared = desk.mailbox("Support", &[]).await;
    let failed = Trouble {
        code: "ValidationError".to_owned(),
        message: "Subscription validation request timed out.".to_owned(),
        remedy: "Confirm the address. A probe reached this server at 14:00 and was answered within 3 ms.".to_owned(),
    };
    for (id, state, title, way_on) in [
        (
            person,
            PushState::Broken,
            "could not be registered",
            "Reconnect with Microsoft Graph",
        ),
        (
            shared,
            PushState::Renewing,
            "could not be renewed",
            "/settings/microsoft",
        ),
    ] {
        let trouble = PushNote {
            state: Some(state),
            trouble: Some(Some(failed.clone())),
            ..PushNote::default()
        };
        note(&desk, id, trouble).await;
        let page = open(&desk, &session, &format!("/mailboxes/{id}/push"))
            .await
            .text();
        for part in [
            title,
            way_on,
            "Subscription validation request timed out.",
            "answered within 3 ms",
            "MailDesk tries again by itself",
            "value=\"register\">Retry",
            "/settings/technical/system-parameters",
            "/settings/push/troubleshooting#trouble-handshake",
        ] {
            assert!(page.contains(part), "{part}");
        }
    }
    let quota = Trouble {
        code: "ExtensionError".to_owned(),
        message: "The limit of 1000 subscriptions has been reached.".to_owned(),
        remedy: String::new(),
    };
    let quota = PushNote {
        trouble: Some(Some(quota)),
        ..PushNote::default()
    };
    note(&desk, shared, quota).await;
    let page = open(&desk, &session, &format!("/mailboxes/{shared}/push")).await;
    assert!(page.text().contains("#trouble-quota"));
});

#[tokio::test]
async fn the_panel_tells_a_silent_death_from_beginning_to_end() {
    let (desk, session) = scene(Engine::Sqlite).await;
    let id = desk.mailbox("Support", &[]).await;
    for (kind, detail) in [
        ("registered", "Microsoft notifies this server of changes."),
        ("renewed", "The subscription was renewed."),
        ("renewed", "The subscription was renewed."),
        ("unannounced", "The schedule found new mail."),
        ("gone", "Microsoft does not have it."),
        ("something_newer", "A sentence of a later version."),
    ] {
        note(&desk, id, event(&desk, kind, detail)).await;
        desk.clock.turn(Duration::from_secs(61));
    }
    desk.subscribe(id, "the-client-state").await;
    note(
        &desk,
        id,
        event(
            &desk,
            "registered",
            "Microsoft notifies this server of changes.",
        ),
    )
    .await;
    desk.end_sync(id, Some(Trigger::CatchUp)).await;
    let page = open(&desk, &session, &format!("/mailboxes/{id}/push"))
        .await
        .text();
    let story = page.split("What happened").nth(1).unwrap();
    let mut rest = story;
    for line in [
        "Caught up",
        "Registered",
        "A sentence of a later version.",
        "14:04:04</time> <span class=\"badge bad\">Gone</span> Microsoft does not have it.",
        "Unannounced mail",
        "Renewed</span> The subscription was renewed. <span class=\"dim\">(2 times)",
        "14:00:00</time> <span class=\"badge good\">Registered",
    ] {
        let at = rest.find(line).unwrap_or_else(|| panic!("{line}: {story}"));
        rest = &rest[at..];
    }
    assert!(page.contains("to catch up"), "what the last sync was for");
}

story!(how_fast_is_typical_first_and_then_its_own, async |engine| {
    let (desk, session) = scene(engine).await;
    let id = desk.mailbox("Support", &[]).await;
    desk.subscribe(id, "the-client-state").await;
    let path = format!("/mailboxes/{id}/push");
    desk.clock.turn(Duration::from_secs(30));
    let hints = (1..=19).map(|n| format!("mail-{n}")).collect();
    desk.announce(id, hints).await;
    desk.clock.turn(Duration::from_secs(2));
    desk.deliver(id, (1..=19).map(mail).collect()).await;
    let page = open(&desk, &session, &path).await.text();
    assert!(page.contains("typically 3 to 13 seconds, not instant"));
    assert!(page.contains("Own figures after 20 messages; 19 so far."));
    assert!(!page.contains("Nineteen of twenty within"));
    let table = open(&desk, &session, "/settings/push").await.text();
    assert!(!table.contains("mostly under"));

    desk.deliver(id, vec![mail(20)]).await;
    let page = open(&desk, &session, &path).await.text();
    assert!(
        page.contains("Half of the last 20 messages were here within 21.0 s"),
        "{page}"
    );
    assert!(page.contains("nineteen of twenty within 30.0 s"));
    assert!(page.contains("For 19 of them the notification came first"));
    for part in [
        "received by Microsoft → notified here</td><td>20.0 s</td><td>29.0 s",
        "notified → stored</td><td>2.0 s</td><td>2.0 s",
        "the whole way</td><td>21.0 s</td><td>30.0 s",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("on the first screen"), "nobody has looked");
});

#[tokio::test]
async fn registering_all_says_how_many_and_who_registers_new_ones() {
    let (desk, session) = scene(Engine::Sqlite).await;
    for name in ["One", "Two"] {
        desk.mailbox(name, &[]).await;
    }
    for _ in 0..2 {
        found(&desk, vec![]).await;
    }
    let page = open(&desk, &session, "/settings/push").await.text();
    assert!(page.contains("Register all that are ready (2)"));
    assert!(page.contains("New mailboxes wait for somebody"));
    let set = desk
        .store
        .set_parameter("push.register.new", "true", desk.now());
    set.await.unwrap();
    let call = desk.call("POST", "~/settings/push").in_session(&session);
    let page = call.form(Some(&session), &[]).send().await.text();
    assert!(page.contains("2 registrations are on their way"));
    assert!(page.contains("New mailboxes register themselves"));
    assert_eq!(desk.audited().await, ["push.register", "push.register"]);
}

/// The table in the product and the one in the documents are about the same things.
#[tokio::test]
async fn the_troubleshooting_table_has_every_row_of_the_document() {
    let (desk, session) = scene(Engine::Sqlite).await;
    let page = open(&desk, &session, "/settings/push/troubleshooting")
        .await
        .text();
    let document = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/admin/push-troubleshooting.md"
    );
    let document = std::fs::read_to_string(document).unwrap();
    let rows = document.lines().filter(|line| line.starts_with("| "));
    let codes = rows.filter_map(|row| row.split(" | ").find(|cell| cell.contains('`')));
    let codes: Vec<_> = codes
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|code| code.chars().all(|c| c.is_ascii_alphabetic() || c == '_'))
        .collect();
    assert!(codes.len() > 40, "{codes:?}");
    for code in codes {
        assert!(page.contains(code), "{code}");
    }
    // Word by word what the product's page promises.
    for symptom in [
        "“Register Subscription” is missing",
        "The reason speaks of IMAP, or of a wrong token",
        "Registration fails with a Graph error",
        "Validation handshake fails",
        "No mail appears after enabling",
    ] {
        assert!(page.contains(symptom), "{symptom}");
    }
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
        assert!(page.contains("/settings/push/troubleshooting#trouble-wall"));
        assert!(page.contains("The certificate counts until"));
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
