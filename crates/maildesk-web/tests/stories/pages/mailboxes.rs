//! Mailboxes and system parameters: who may open and do what, and the stories of these pages.

use maildesk_model::Role;
use maildesk_model::mailbox::Connection;
use maildesk_store::contract::{AuditQuery, MailboxStore, PeopleStore};

use super::access::Row;
use crate::support::{Answer, Desk, Engine, Person, SERVER, Session, mail, story};

/// Every page and action of this area.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("GET", "/settings", "", &[], [303, 403, 403, 303]),
    ("GET", "/settings/mailboxes", "", &[], [303, 403, 403, 200]),
    ("POST", "/settings/mailboxes", "", &[("connection", "graph_application"), ("addresses", "new@contoso.example")], [303, 403, 403, 303]),
    ("GET", "/settings/mailboxes/share", "", &[], [303; 4]),
    ("POST", "/settings/mailboxes/share", "", &[("do", "share"), ("mailbox", "{id}")], [303, 403, 403, 422]),
    ("GET", "/settings/mailboxes/{id}", "", &[], [303, 404, 403, 200]),
    ("POST", "/settings/mailboxes/{id}", "", &[("do", "sync")], [303, 404, 403, 303]),
    ("GET", "/mailboxes/{id}", "", &[], [303, 404, 303, 303]),
    ("GET", "/settings/technical/system-parameters", "", &[], [303, 403, 403, 200]),
    ("POST", "/settings/technical/system-parameters", "", &[], [303, 403, 403, 200]),
    ("GET", "/settings/mailboxes/{id}/disconnect", "", &[], [303, 404, 403, 200]),
    ("POST", "/settings/mailboxes/{id}/disconnect", "", &[], [303, 404, 403, 303]),
    ("POST", "/settings/mailboxes/{id}", "", &[("do", "connect")], [303, 404, 403, 303]),
    ("GET", "/settings/mailboxes/{id}/remove", "", &[], [303, 404, 403, 200]),
    ("POST", "/settings/mailboxes/{id}/remove", "", &[("address", "x")], [303, 404, 403, 422]),
];

const PARAMETERS: &str = "/settings/technical/system-parameters";

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

async fn post(desk: &Desk, session: &Session, path: &str, fields: &[(&str, &str)]) -> Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    let call = desk.call("POST", &format!("~{path}")).in_session(session);
    call.form(Some(session), &fields).send().await
}

story!(
    a_pasted_list_adds_what_is_right_and_says_what_is_not,
    async |engine| {
        let (desk, session) = scene(engine).await;
        let empty = open(&desk, &session, "/settings/mailboxes").await.text();
        assert!(empty.contains("Three steps to the first mailbox"));
        let lines = "Sales <sales@contoso.example>\r\nnonsense\r\nsupport@contoso.example\r\nSALES@contoso.example\r\n";
        let fields = [("connection", "graph_application"), ("addresses", lines)];
        let page = post(&desk, &session, "/settings/mailboxes", &fields).await;
        assert_eq!(page.status, 422);
        let text = page.text();
        assert!(text.contains("2 mailboxes were added."), "{text}");
        assert!(
            text.contains("this is not a whole mail address")
                && text.contains("this mailbox is there already")
        );
        let mailboxes = desk.store.mailboxes(SERVER, None, 10).await.unwrap();
        let names: Vec<_> = mailboxes.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Sales", "support@contoso.example"]);
    }
);

#[tokio::test]
async fn a_mailbox_is_shared_renamed_and_removed() {
    let (desk, session) = scene(Engine::Sqlite).await;
    let bo = desk.person("bo", Role::User).await;
    let id = desk.mailbox("Support", &[]).await;
    desk.deliver(id, vec![mail(1), mail(2)]).await;
    let path = format!("/settings/mailboxes/{id}");
    let user = bo.id.to_string();
    post(&desk, &session, &path, &[("do", "share"), ("user", &user)]).await;
    assert_eq!(
        desk.store.access(SERVER, id).await.unwrap(),
        Some(vec![bo.id])
    );
    post(
        &desk,
        &session,
        &path,
        &[("do", "rename"), ("name", "Help")],
    )
    .await;
    let unnamed = post(&desk, &session, &path, &[("do", "rename"), ("name", " ")]).await;
    assert_eq!(unnamed.status, 422);
    let mailbox = desk.store.mailbox(SERVER, id).await.unwrap().unwrap();
    assert_eq!(mailbox.name, "Help");
    let remove = format!("{path}/remove");
    let asked = open(&desk, &session, &remove).await.text();
    assert!(
        asked.contains("the access of one person") && asked.contains("The mail at Microsoft stays")
    );
    let wrong = post(&desk, &session, &remove, &[("address", "other@x.example")]).await;
    assert_eq!(wrong.status, 422);
    post(
        &desk,
        &session,
        &remove,
        &[("address", &mailbox.address.to_uppercase())],
    )
    .await;
    assert!(desk.store.mailbox(SERVER, id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_mailbox_is_disconnected_and_connected_again() {
    let (desk, session) = scene(Engine::Sqlite).await;
    let bo = desk.person("bo", Role::User).await;
    let reader = desk.session(&bo).await;
    let id = desk.mailbox("Support", &[&bo]).await;
    desk.subscribe(id, "secret").await;
    desk.deliver(id, vec![mail(1)]).await;
    let path = format!("/settings/mailboxes/{id}");
    let disconnect = format!("{path}/disconnect");
    let before = open(&desk, &session, &path).await.text();
    assert!(before.contains("Sync now") && before.contains(&disconnect));
    let asked = open(&desk, &session, &disconnect).await.text();
    for said in [
        "No new mail comes",
        "subscription is deleted",
        "mail that is here stays",
    ] {
        assert!(asked.contains(said), "{said}: {asked}");
    }
    let done = post(&desk, &session, &disconnect, &[]).await;
    assert_eq!((done.status, done.header("location")), (303, &*path));
    let after = open(&desk, &session, &path).await.text();
    assert!(after.contains("Disconnected") && after.contains("Connect again"));
    assert!(!after.contains("Sync now") && !after.contains(&disconnect));
    let inbox = open(&desk, &reader, &format!("/?mailbox={id}"))
        .await
        .text();
    assert!(
        inbox.contains("disconnected") && inbox.contains("This is mail 1"),
        "{inbox}"
    );
    post(&desk, &session, &path, &[("do", "connect")]).await;
    let back = open(&desk, &session, &path).await.text();
    assert!(back.contains("Sync now") && !back.contains("Connect again"));
    assert_eq!(
        desk.audited().await,
        ["mailbox.connect_again", "mailbox.disconnect"]
    );
}

#[tokio::test]
async fn a_disconnected_mailbox_of_a_person_leads_to_the_sign_in() {
    let (desk, session) = scene(Engine::Sqlite).await;
    let id = desk
        .bare_mailbox("Person", Connection::GraphDelegated)
        .await;
    let path = format!("/settings/mailboxes/{id}");
    let asked = open(&desk, &session, &format!("{path}/disconnect")).await;
    assert!(asked.text().contains("Its sign-in is forgotten"));
    post(&desk, &session, &format!("{path}/disconnect"), &[]).await;
    let page = open(&desk, &session, &path).await.text();
    assert!(page.contains(&format!("/api/v1/mailboxes/{id}/connect")));
    let button = post(&desk, &session, &path, &[("do", "connect")]).await;
    assert_eq!(button.status, 409);
}

story!(
    a_base_url_is_checked_explained_and_then_kept,
    async |engine| {
        let (desk, session) = scene(engine).await;
        let id = desk.mailbox("Support", &[]).await;
        desk.subscribe(id, "secret").await;
        for (value, why) in [
            ("http://desk.example.com", "not https"),
            ("https://desk.example.com/", "ends with a slash"),
            (
                "https://desk.example.com/x",
                "more than scheme, host and port",
            ),
            ("https://192.168.1.5", "local address"),
            ("desk.example.com", "not a web address"),
        ] {
            let page = post(&desk, &session, PARAMETERS, &[("web.base.url", value)]).await;
            assert_eq!(page.status, 422, "{value}");
            assert!(page.text().contains(why), "{value}: {}", page.text());
        }
        let good = "https://desk.example.com";
        let asked = post(&desk, &session, PARAMETERS, &[("web.base.url", good)])
            .await
            .text();
        for said in [
            "https://desk.example.com/oauth/microsoft/callback",
            "What this change means",
            "One subscription is made again",
            "https://desk.example.com/maildesk/push/outlook/lifecycle",
            "answers as Microsoft wants it",
        ] {
            assert!(asked.contains(said), "{said}: {asked}");
        }
        let kept = async || desk.store.parameter("web.base.url").await.unwrap();
        assert_eq!(kept().await, None, "not before it is confirmed");
        let sure = confirmed(&asked);
        let fields = [("web.base.url", good), ("sure", &*sure)];
        let saved = post(&desk, &session, PARAMETERS, &fields);
        assert!(saved.await.text().contains("Running servers follow"));
        assert_eq!(kept().await.as_deref(), Some(good));
        assert_eq!(desk.audited().await, ["parameter.set", "push.address.test"]);
        let log = open(&desk, &session, "/settings/audit").await.text();
        assert!(log.contains("web.base.url: (none) → https://desk.example.com"));
    }
);

#[tokio::test]
async fn eighty_mailboxes_are_connected_and_shared_in_one_go() {
    let (desk, session) = scene(Engine::Sqlite).await;
    let (ada, ben) = (
        desk.person("ada", Role::User).await,
        desk.person("ben", Role::User).await,
    );
    let lines: Vec<String> = (0..80)
        .map(|n| format!("team{n}@contoso.example"))
        .collect();
    let fields = [
        ("connection", "graph_application"),
        ("addresses", &lines.join("\r\n")),
        ("user", &ada.id.to_string()),
    ];
    let added = post(&desk, &session, "/settings/mailboxes", &fields).await;
    assert_eq!(added.status, 303);
    let with = async |person: &Person| {
        let shares = desk.store.shares(SERVER, 1000).await.unwrap();
        let theirs = shares.into_iter().filter(|(user, ..)| *user == person.id);
        theirs.map(|(_, mailbox, _)| mailbox).collect::<Vec<_>>()
    };
    assert_eq!(with(&ada).await.len(), 80);
    assert_eq!(with(&ben).await.len(), 0);

    let path = "/settings/mailboxes/share";
    let all = [
        ("do", "share"),
        ("all", "yes"),
        ("user", &ben.id.to_string()),
    ];
    assert_eq!(post(&desk, &session, path, &all).await.status, 303);
    assert_eq!(with(&ben).await.len(), 80);
    assert_eq!(with(&ada).await.len(), 80, "who had them keeps them");

    let one = with(&ada).await[0].to_string();
    let less = [
        ("do", "unshare"),
        ("mailbox", &one),
        ("user", &ada.id.to_string()),
    ];
    assert_eq!(post(&desk, &session, path, &less).await.status, 303);
    assert_eq!(with(&ada).await.len(), 79);
    assert_eq!(with(&ben).await.len(), 80);
    let asked = AuditQuery {
        action: Some("mailbox.share".to_owned()),
        limit: 1000,
        ..AuditQuery::default()
    };
    assert_eq!(desk.store.audit_log(&asked).await.unwrap().len(), 161);

    // What is missing is said, and what was chosen stays chosen.
    for (fields, said) in [
        (
            vec![("do", "share"), ("user", &*ben.id.to_string())],
            "Choose at least one mailbox",
        ),
        (
            vec![("do", "share"), ("mailbox", &*one)],
            "Choose at least one person",
        ),
    ] {
        let answer = post(&desk, &session, path, &fields).await;
        assert_eq!(answer.status, 422);
        let page = answer.text();
        assert!(page.contains(said), "{page}");
        assert!(page.contains(" checked>"), "{page}");
    }
}

/// What the button that confirms sends along.
fn confirmed(page: &str) -> String {
    let after = page.split("name=\"sure\" value=\"").nth(1);
    let after = after.unwrap_or_else(|| panic!("nothing to confirm: {page}"));
    after.split('"').next().unwrap().to_owned()
}

/// A changed address may take living subscriptions away before new ones live. So one that does not
/// answer is found out before, and only what was tried and said is what is confirmed.
#[tokio::test]
async fn an_address_that_does_not_answer_is_changed_by_nobody_unawares() {
    let (desk, session) = scene(Engine::Sqlite).await;
    let id = desk.mailbox("Support", &[]).await;
    desk.subscribe(id, "secret").await;
    let now = desk.now();
    let set = desk
        .store
        .set_parameter("web.base.url", "https://a.example", now);
    set.await.unwrap();
    let wall = "https://wall.example";
    let asked = post(&desk, &session, PARAMETERS, &[("web.base.url", wall)])
        .await
        .text();
    for said in [
        "https://a.example",
        "Somebody &#60;wants&#62; to know who calls.",
        "Let it through.",
        "/settings/push/troubleshooting#trouble-wall",
        "push may stop for these mailboxes until the address answers",
        "Test again",
        "Change it anyway",
        "Cancel",
    ] {
        assert!(asked.contains(said), "{said}: {asked}");
    }
    let kept = async || desk.store.parameter("web.base.url").await.unwrap().unwrap();
    let again = [("web.base.url", wall), ("do", "test")];
    let again = post(&desk, &session, PARAMETERS, &again).await.text();
    assert!(again.contains("What this change means"));
    // Another value under the same confirmation, and a confirmation of nothing in particular.
    let sure = confirmed(&asked);
    for (value, sure) in [("https://other.example", &*sure), (wall, "yes")] {
        let fields = [("web.base.url", value), ("sure", sure)];
        let page = post(&desk, &session, PARAMETERS, &fields).await.text();
        assert!(page.contains("What this change means"), "{value}");
        assert_eq!(kept().await, "https://a.example");
    }
    // Somebody else has changed it meanwhile: from there nobody has confirmed anything.
    let set = desk
        .store
        .set_parameter("web.base.url", "https://b.example", now);
    set.await.unwrap();
    let fields = [("web.base.url", wall), ("sure", &*sure)];
    let page = post(&desk, &session, PARAMETERS, &fields).await.text();
    assert_eq!(kept().await, "https://b.example");
    let fields = [("web.base.url", wall), ("sure", &*confirmed(&page))];
    post(&desk, &session, PARAMETERS, &fields).await;
    assert_eq!(kept().await, wall);
    let log = open(&desk, &session, "/settings/audit").await.text();
    assert!(log.contains("web.base.url: https://b.example → https://wall.example"));
}

/// The two addresses mean different things, and taking one away is no change to another address.
#[tokio::test]
async fn what_each_address_means_is_said_of_that_address() {
    let (desk, session) = scene(Engine::Sqlite).await;
    let id = desk.mailbox("Support", &[]).await;
    desk.subscribe(id, "secret").await;
    let (web, push) = ("https://desk.example.com", "https://push.example.com");
    let keep = async |key: &str, value: &str| {
        let set = desk.store.set_parameter(key, value, desk.now());
        set.await.unwrap();
    };
    let asked = async |web: &str, push: &str| {
        let fields = [("web.base.url", web), ("push.base.url", push)];
        post(&desk, &session, PARAMETERS, &fields).await.text()
    };
    keep("web.base.url", web).await;

    let none = asked("", "").await;
    assert!(none.contains("One subscription stays at the former address"));
    assert!(none.contains("nobody can sign in a mailbox"));
    assert!(!none.contains("made again,") && !none.contains("id=\"tested\""));

    let own = asked(web, push).await;
    assert!(own.contains("One subscription is made again"));
    assert!(own.contains("https://push.example.com/maildesk/push/outlook"));
    assert!(
        !own.contains("redirect URI"),
        "signing in stays where it is"
    );

    keep("push.base.url", push).await;
    let other_web = asked("https://new.example.com", push).await;
    assert!(other_web.contains("the address of the webhook stays as it is"));
    assert!(other_web.contains("https://new.example.com/oauth/microsoft/callback"));
    assert!(!other_web.contains("id=\"tested\""));
    let back = asked(web, "").await;
    assert!(back.contains("https://desk.example.com/maildesk/push/outlook"));

    let fields = [
        ("web.base.url", web),
        ("push.base.url", "https://push.example.com/"),
    ];
    let wrong = post(&desk, &session, PARAMETERS, &fields).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong
            .text()
            .contains("Remove the trailing slash from push.base.url.")
    );
    // Written otherwise it is the same address.
    let same = asked("HTTPS://DESK.example.com", push).await;
    assert!(!same.contains("What this change means"), "{same}");
}
