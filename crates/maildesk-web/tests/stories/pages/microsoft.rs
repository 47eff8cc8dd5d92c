//! The Microsoft app registration: who may open and do what, and the stories of this page.

use std::time::Duration;

use maildesk_model::mailbox::{Connection, Trouble};
use maildesk_model::microsoft::{AppCredential, AppRegistration, CredentialKind, FixedApp};
use maildesk_model::{Cloud, Role, Secret};
use maildesk_store::contract::{AppStore, PeopleStore};

use super::access::Row;
use crate::support::{Desk, Engine, Session};

const PATH: &str = "~/settings/microsoft";

/// Every page and action of this area.
pub(super) const ROWS: &[Row] = &[
    ("GET", "/settings/microsoft", "", &[], [303, 403, 403, 200]),
    ("GET", "/settings/microsoft/credential", "", &[], [303; 4]),
    ("GET", "/settings/microsoft/consent", "", &[], [303; 4]),
    ("GET", "/settings/microsoft/test", "", &[], [303; 4]),
    ("POST", "/settings/microsoft", "", &[], [303, 403, 403, 422]),
    (
        "POST",
        "/settings/microsoft/credential",
        "",
        &[("id", "1")],
        [303, 403, 403, 404],
    ),
    (
        "POST",
        "/settings/microsoft/consent",
        "",
        &[],
        [303, 403, 403, 200],
    ),
    (
        "POST",
        "/settings/microsoft/test",
        "",
        &[],
        [303, 403, 403, 200],
    ),
];

/// A desk and an administrator's browser.
async fn desk(fixed: FixedApp) -> (Desk, Session) {
    let desk = Desk::with(Engine::Sqlite, |settings| settings.fixed_app = fixed).await;
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

const APP: [(&str, &str); 6] = [
    ("seen", "0"),
    ("client_id", "11111111-2222-3333-4444-555555555555"),
    ("tenant", "contoso.test"),
    ("cloud", "global"),
    ("secret", "abc~secret"),
    ("expires", "2027-06-30"),
];

/// The fields with some of them changed.
fn but<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<(&str, &str)> = APP.to_vec();
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields
}

fn secret(text: &str) -> AppCredential {
    AppCredential {
        kind: CredentialKind::Secret,
        value: Secret::new(text),
        expires_at: None,
    }
}

#[tokio::test]
async fn an_administrator_sets_the_app_and_rotates_its_secret() {
    let (desk, session) = desk(FixedApp::default()).await;
    let base = "https://desk.example.com";
    let set = desk.store.set_parameter("web.base.url", base, desk.now());
    set.await.unwrap();
    let page = open(&desk, &session).await;
    assert!(page.contains("No Microsoft app is set yet"));
    assert!(page.contains("https://desk.example.com/oauth/microsoft/callback"));

    let (status, page) = post(&desk, &session, PATH, &APP).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("Saved.") && !page.contains("abc~secret"));
    let kept = desk.store.microsoft_app().await.unwrap();
    let app = kept.registration().unwrap();
    assert_eq!(app.credentials[0].value.expose(), "abc~secret");
    assert_eq!(
        app.expires_at().unwrap().to_rfc3339(),
        "2027-06-30T23:59:59Z"
    );

    let next = but(&[("seen", "1"), ("secret", "next"), ("expires", "2028-06-30")]);
    let (status, page) = post(&desk, &session, PATH, &next).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("There are two credentials"));
    let kept = desk.store.microsoft_app().await.unwrap();
    let old = kept.credentials[1].id.to_string();
    let remove = "~/settings/microsoft/credential";
    let (status, page) = post(&desk, &session, remove, &[("id", &old)]).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("The credential was removed"));
    let last = kept.credentials[0].id.to_string();
    let (status, page) = post(&desk, &session, remove, &[("id", &last)]).await;
    assert_eq!(status, 409);
    assert!(page.contains("This is the only credential"));
    let left = desk.store.microsoft_app().await.unwrap().credentials;
    assert_eq!(left.len(), 1);
    let log = desk.call("GET", "~/settings/audit").in_session(&session);
    let log = log.send().await.text();
    assert!(log.contains("Changed the Microsoft app"));
    assert!(log.contains("Removed a credential of the Microsoft app"));
}

#[tokio::test]
async fn each_wrong_value_is_named_and_nothing_is_kept() {
    let (desk, session) = desk(FixedApp::default()).await;
    for (changes, said) in [
        (
            &[("client_id", "my app")][..],
            "Application (client) ID from the Overview",
        ),
        (&[("tenant", "https://x")], "This is not a tenant"),
        (&[("cloud", "china")], "Choose another cloud"),
        (&[("cloud", "moon")], "Choose another cloud"),
        (
            &[("secret", "11111111-2222-3333-4444-555555555555")],
            "the id of a client secret",
        ),
        (&[("expires", "")], "Enter the date on which"),
        (&[("expires", "2001-01-01")], "This has ended already"),
        (
            &[("secret", "")],
            "without one Microsoft lets the app do nothing",
        ),
        (&[("certificate", "x")], "one at a time"),
        (
            &[("secret", ""), ("certificate", "x")],
            "holds no private key",
        ),
        (&[("seen", "7")], "Somebody else has changed"),
    ] {
        let (status, page) = post(&desk, &session, PATH, &but(changes)).await;
        assert_eq!(status, 422, "{changes:?}");
        assert!(page.contains(said), "{changes:?}: {page}");
        assert!(!page.contains("abc~secret"));
    }
    let kept = desk.store.microsoft_app().await.unwrap();
    assert!(kept.registration().is_none());
}

#[tokio::test]
async fn another_app_is_taken_only_when_somebody_means_it() {
    let (desk, session) = desk(FixedApp::default()).await;
    post(&desk, &session, PATH, &APP).await;
    let other = but(&[("seen", "1"), ("client_id", "other"), ("secret", "theirs")]);
    let (status, page) = post(&desk, &session, PATH, &other).await;
    assert_eq!(status, 422);
    assert!(page.contains("Tick the box below if you mean it"));
    let sure = [&other[..], &[("sure", "on")]].concat();
    let (status, _) = post(&desk, &session, PATH, &sure).await;
    assert_eq!(status, 200);
    let app = desk.store.microsoft_app().await.unwrap().registration();
    assert_eq!(app.unwrap().client_id, "other");
}

#[tokio::test]
async fn a_certificate_brings_its_own_end_and_administrators_are_warned_of_it() {
    let (desk, session) = desk(FixedApp::default()).await;
    let ends = desk.now().plus(Duration::from_hours(24 * 10));
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}", ends.to_rfc3339());
    let fields = but(&[("secret", ""), ("expires", ""), ("certificate", &pem)]);
    let (status, page) = post(&desk, &session, PATH, &fields).await;
    assert_eq!(status, 200, "{page}");
    let page = open(&desk, &session).await;
    assert!(page.contains("10 days left"));
    assert!(page.contains("app ends in 10 days. Mailboxes stop then."));

    let user = desk.person("user", Role::User).await;
    let theirs = desk.session(&user).await;
    let profile = desk.call("GET", "~/profile").in_session(&theirs);
    assert!(!profile.send().await.text().contains("app ends in"));

    let alarm = Trouble {
        code: "invalid_client".to_owned(),
        message: "AADSTS7000222: over.".to_owned(),
        remedy: "Make a new one.".to_owned(),
    };
    desk.store.set_app_alarm(Some(&alarm)).await.unwrap();
    let inbox = desk.call("GET", "~/").in_session(&session).send().await;
    assert!(
        inbox
            .text()
            .contains("Microsoft does not accept this server")
    );
    assert!(open(&desk, &session).await.contains("AADSTS7000222: over."));
}

#[tokio::test]
async fn what_the_environment_fixes_is_shown_and_not_changed() {
    let fixed = FixedApp {
        registration: Some(AppRegistration {
            client_id: "the-client-id".to_owned(),
            tenant: "common".to_owned(),
            cloud: Cloud::UsGov,
            credentials: vec![secret("new"), secret("old")],
        }),
        ..FixedApp::default()
    };
    let (desk, session) = desk(fixed).await;
    let page = open(&desk, &session).await;
    assert!(page.contains("the-client-id") && page.contains("us_gov"));
    assert!(page.contains("Set by the server") && !page.contains("name=\"secret\""));
    assert!(page.contains("This tenant stands for many"));
    let (status, page) = post(&desk, &session, PATH, &APP).await;
    assert_eq!(status, 409);
    assert!(page.contains("MAILDESK_MICROSOFT_"));

    let add = [
        ("connection", "graph_application"),
        ("addresses", "a@b.test"),
    ];
    let (status, page) = post(&desk, &session, "~/settings/mailboxes", &add).await;
    assert_eq!(status, 422);
    assert!(page.contains("name your own tenant") && page.contains("a@b.test"));
}

#[tokio::test]
async fn the_tenant_alone_may_be_fixed() {
    let fixed = FixedApp {
        tenant: Some("fixed.test".to_owned()),
        ..FixedApp::default()
    };
    let (desk, session) = desk(fixed).await;
    let (status, page) = post(&desk, &session, PATH, &but(&[("tenant", "mine.test")])).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("value=\"fixed.test\" readonly") && !page.contains("mine.test"));
}

#[tokio::test]
async fn a_test_says_what_holds_and_what_to_do_about_the_rest() {
    let (desk, session) = desk(FixedApp::default()).await;
    post(&desk, &session, PATH, &APP).await;
    let mailbox = desk.bare_mailbox("Ada", Connection::GraphDelegated).await;
    let test = "~/settings/microsoft/test";
    let person = mailbox.to_string();
    let (status, page) = post(&desk, &session, test, &[("person", &person)]).await;
    assert_eq!(status, 200);
    assert!(page.contains("Everything holds.") && page.contains("Client secret is accepted"));

    let both = [
        ("person", person.as_str()),
        ("organisation", "sales@contoso.test"),
    ];
    let (_, page) = post(&desk, &session, test, &both).await;
    assert!(page.contains("One thing does not hold."));
    assert!(page.contains("Access is &#60;denied&#62;.") && page.contains("Add Mail.Send."));
    let (status, page) = post(&desk, &session, test, &[("outside", "nobody")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("outside-wrong"));
}

#[tokio::test]
async fn a_consent_link_is_made_when_somebody_asks_for_it() {
    let (desk, session) = desk(FixedApp::default()).await;
    post(&desk, &session, PATH, &APP).await;
    assert!(!open(&desk, &session).await.contains("adminconsent"));
    let link = "~/settings/microsoft/consent";
    let (status, page) = post(&desk, &session, link, &[]).await;
    assert_eq!(status, 200);
    assert!(page.contains("https://login.example/adminconsent"));
    desk.store
        .begin_consent(
            &[1; 32],
            maildesk_model::UserId(1),
            desk.now().plus(Duration::from_secs(9)),
        )
        .await
        .unwrap();
    let ended = desk
        .store
        .end_consent(&[1; 32], Some("contoso"), desk.now());
    assert!(ended.await.unwrap());
    let page = open(&desk, &session).await;
    assert!(
        page.contains("An administrator consented on") && page.contains("<code>contoso</code>")
    );
}
