//! First start, sign-in, accounts: who may open and do what, and the stories of these pages.

use std::time::Duration;

use maildesk_model::{Role, Timestamp};
use maildesk_store::contract::{AuditEntry, NewUser, PeopleStore};
use maildesk_web::SetupCode;
use maildesk_web::auth::{hash_password, verify_password};

use super::access::Row;
use crate::support::{Answer, Desk, Engine, Person, Session, story};

/// Every page and action of this area.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("GET", "/login", "", &[], [200, 303, 303, 303]),
    ("POST", "/login", "", &[("email", "x@y.example"), ("password", "wrong password")], [422; 4]),
    ("GET", "/setup", "", &[], [303; 4]),
    ("POST", "/setup", "", &[], [303; 4]),
    ("GET", "/profile", "", &[], [303, 200, 200, 200]),
    ("POST", "/profile", "", &[("name", "New"), ("zone", "UTC")], [303; 4]),
    ("GET", "/profile/desk", "", &[], [303; 4]),
    ("GET", "/profile/pictures/end", "", &[], [303; 4]),
    ("GET", "/profile/password", "", &[], [303; 4]),
    ("GET", "/profile/sessions", "", &[], [303; 4]),
    ("GET", "/profile/tokens", "", &[], [303; 4]),
    ("GET", "/profile/tokens/end", "", &[], [303; 4]),
    ("POST", "/profile/desk", "", &[("mark-read", "by-hand")], [303; 4]),
    ("POST", "/profile/password", "", &[("present", "x")], [303, 422, 422, 422]),
    ("POST", "/profile/sessions", "", &[("session", "x")], [303, 303, 303, 303]),
    ("POST", "/profile/tokens", "", &[("label", "script")], [303, 200, 200, 200]),
    ("POST", "/profile/tokens/end", "", &[("token", "x")], [303, 303, 303, 303]),
    ("POST", "/profile/pictures/end", "", &[("sender", "x")], [303, 303, 303, 303]),
    ("GET", "/password", "?link=x", &[], [404; 4]),
    ("POST", "/password", "", &[("link", "x")], [404; 4]),
    ("GET", "/settings/users", "", &[], [303, 403, 403, 200]),
    ("POST", "/settings/users", "", &[("name", "New"), ("email", "new@desk.example")], [303, 403, 403, 200]),
    ("GET", "/settings/users/act", "", &[], [303; 4]),
    ("POST", "/settings/users/act", "", &[("user", "{member}"), ("do", "link")], [303, 403, 403, 200]),
    ("GET", "/settings/audit", "", &[], [303, 403, 403, 200]),
    ("POST", "/logout", "", &[], [303; 4]),
];

pub(super) const PASSWORD: &str = "correct horse battery";

/// Somebody who can sign in with [`PASSWORD`].
pub(super) async fn with_password(desk: &Desk, email: &str, role: Role) {
    let user = NewUser {
        email: email.to_owned(),
        name: "Ada".to_owned(),
        role,
        password_hash: Some(hash_password(PASSWORD, &*desk.entropy).unwrap()),
        at: desk.now(),
    };
    desk.store.add_user(user).await.unwrap();
}

async fn post(
    desk: &Desk,
    path: &str,
    session: Option<&Session>,
    fields: &[(&str, &str)],
) -> Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    let mut call = desk.call("POST", &format!("~{path}"));
    if let Some(session) = session {
        call = call.in_session(session);
    }
    call.form(session, &fields).send().await
}

pub(super) async fn sign_in(desk: &Desk, email: &str, password: &str) -> Answer {
    post(
        desk,
        "/login",
        None,
        &[
            ("email", email),
            ("password", password),
            ("next", "/profile"),
        ],
    )
    .await
}

/// The session that an answer gave, its CSRF token read from a page as a browser would.
async fn session_of(desk: &Desk, answer: &Answer) -> Session {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let cookie = answer.header("set-cookie");
    for part in [
        "__Host-maildesk=",
        "; Path=/;",
        "; Secure",
        "; HttpOnly",
        "; SameSite=Lax",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    let mut session = Session {
        cookie,
        csrf: String::new(),
    };
    let page = open(desk, "/profile", &session).await;
    assert_eq!(page.status, 200);
    let page = page.text();
    let csrf = page.split("name=\"csrf\" content=\"").nth(1).unwrap();
    csrf.split('"')
        .next()
        .unwrap()
        .clone_into(&mut session.csrf);
    session
}

async fn open(desk: &Desk, path: &str, session: &Session) -> Answer {
    desk.call("GET", &format!("~{path}"))
        .in_session(session)
        .send()
        .await
}

story!(a_stranger_signs_in_and_out, async |engine| {
    let desk = Desk::open(engine).await;
    with_password(&desk, "ada@desk.example", Role::Administrator).await;
    let away = desk.call("GET", "~/profile").send().await;
    assert_eq!(
        (away.status, away.header("location")),
        (303, "/login?next=%2Fprofile")
    );
    let wrong = sign_in(&desk, "ada@desk.example", "wrong horse").await;
    let unknown = sign_in(&desk, "bo@desk.example", PASSWORD).await;
    assert_eq!((wrong.status, unknown.status), (422, 422));
    let strip = |answer: &Answer, email: &str| {
        answer
            .text()
            .replace(email, "")
            .replace(answer.header("x-request-id"), "")
    };
    assert_eq!(
        strip(&wrong, "ada@desk.example"),
        strip(&unknown, "bo@desk.example"),
        "nobody learns who is there"
    );
    let welcome = sign_in(&desk, " ADA@desk.example ", PASSWORD).await;
    assert_eq!(welcome.header("location"), "/profile");
    let session = session_of(&desk, &welcome).await;
    let out = post(&desk, "/logout", Some(&session), &[]).await;
    assert_eq!(out.header("location"), "/login");
    assert_eq!(open(&desk, "/profile", &session).await.status, 303, "over");
    assert_eq!(
        desk.audited().await,
        ["session.begin", "session.refused", "session.refused"]
    );
});

#[tokio::test]
async fn a_session_ends_unused_after_a_week_and_used_after_thirty_days() {
    let desk = Desk::open(Engine::Sqlite).await;
    with_password(&desk, "ada@desk.example", Role::Administrator).await;
    let day = Duration::from_hours(24);
    let used = session_of(&desk, &sign_in(&desk, "ada@desk.example", PASSWORD).await).await;
    let unused = session_of(&desk, &sign_in(&desk, "ada@desk.example", PASSWORD).await).await;
    for _ in 0..4 {
        desk.clock.turn(6 * day);
        assert_eq!(open(&desk, "/profile", &used).await.status, 200);
    }
    assert_eq!(open(&desk, "/profile", &unused).await.status, 303);
    desk.clock.turn(6 * day);
    assert_eq!(
        open(&desk, "/profile", &used).await.status,
        303,
        "thirty days"
    );
}

story!(
    the_first_administrator_needs_the_code_of_the_log,
    async |engine| {
        let desk = Desk::open(engine).await;
        let away = desk.call("GET", "~/login").send().await;
        assert_eq!((away.status, away.header("location")), (303, "/setup"));
        let code = SetupCode::renew(&*desk.store, &*desk.entropy)
            .await
            .unwrap()
            .unwrap();
        let code = code.secret().expose().to_lowercase().replace('-', " ");
        let filled = |code: &str, again: &str| {
            [
                ("code", code.to_owned()),
                ("name", "Ada".to_owned()),
                ("email", "ada@desk.example".to_owned()),
                ("password", PASSWORD.to_owned()),
                ("again", again.to_owned()),
            ]
        };
        let send = async |fields: [(&str, String); 5]| {
            desk.call("POST", "~/setup")
                .form(None, &fields)
                .send()
                .await
        };
        let wrong = send(filled("AAAA-AAAA-AAAA-AAAA", PASSWORD)).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("not the code"), "{}", wrong.text());
        assert!(
            !wrong.text().contains(PASSWORD),
            "passwords are not shown again"
        );
        let user = NewUser {
            email: "bo@desk.example".to_owned(),
            name: "Bo".to_owned(),
            role: Role::User,
            password_hash: None,
            at: desk.now(),
        };
        desk.store.add_user(user).await.unwrap();
        let mut taken = filled(&code, PASSWORD);
        taken[2].1 = "bo@desk.example".to_owned();
        let taken = send(taken).await;
        assert_eq!(taken.status, 422);
        assert!(
            taken.text().contains("is there already"),
            "and the code still counts"
        );
        let differs = send(filled(&code, "something else")).await;
        assert_eq!(differs.status, 422);
        assert!(differs.text().contains("The two passwords differ"));
        let welcome = send(filled(&code, PASSWORD)).await;
        assert_eq!(welcome.header("location"), "/settings/mailboxes");
        session_of(&desk, &welcome).await;
        assert!(
            SetupCode::renew(&*desk.store, &*desk.entropy)
                .await
                .unwrap()
                .is_none()
        );
        let closed = send(filled(&code, PASSWORD)).await;
        assert_eq!((closed.status, closed.header("location")), (303, "/login"));
    }
);

#[tokio::test]
async fn a_new_password_needs_the_present_one_and_ends_other_sessions() {
    let desk = Desk::open(Engine::Sqlite).await;
    with_password(&desk, "ada@desk.example", Role::Administrator).await;
    let here = session_of(&desk, &sign_in(&desk, "ada@desk.example", PASSWORD).await).await;
    let there = session_of(&desk, &sign_in(&desk, "ada@desk.example", PASSWORD).await).await;
    let change = async |present, password, again| {
        let fields = [
            ("present", present),
            ("password", password),
            ("again", again),
        ];
        post(&desk, "/profile/password", Some(&here), &fields).await
    };
    assert_eq!(
        change("wrong", "a new password", "a new password")
            .await
            .status,
        422
    );
    assert_eq!(change(PASSWORD, "short", "short").await.status, 422);
    assert_eq!(
        change(PASSWORD, "a new password", "another").await.status,
        422
    );
    assert_eq!(
        change(PASSWORD, "a new password", "a new password")
            .await
            .header("location"),
        "/profile?saved=password",
        "so that reloading changes nothing again"
    );
    let page = open(&desk, "/profile?saved=password", &here).await.text();
    assert!(page.contains("The password is changed"), "{page}");
    assert_eq!(open(&desk, "/profile", &there).await.status, 303);
    let (_, hash) = desk
        .store
        .user_by_email("ada@desk.example")
        .await
        .unwrap()
        .unwrap();
    assert!(verify_password("a new password", &hash.unwrap()));
    let audited = desk.audited().await;
    assert!(audited.contains(&"user.password.refused".to_owned()));
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all() {
    let desk = Desk::open(Engine::Sqlite).await;
    with_password(&desk, "ada@desk.example", Role::Administrator).await;
    let here = session_of(&desk, &sign_in(&desk, "ada@desk.example", PASSWORD).await).await;
    let there = session_of(&desk, &sign_in(&desk, "ada@desk.example", PASSWORD).await).await;
    let page = open(&desk, "/profile", &here).await.text();
    assert_eq!(page.matches("this one").count(), 1);
    let id = page.split("name=\"session\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap();
    post(&desk, "/profile/sessions", Some(&here), &[("session", id)]).await;
    assert_eq!(open(&desk, "/profile", &there).await.status, 303);
    assert_eq!(open(&desk, "/profile", &here).await.status, 200);
    let all = post(
        &desk,
        "/profile/sessions",
        Some(&here),
        &[("everywhere", "yes")],
    )
    .await;
    assert_eq!(all.header("location"), "/login");
    assert_eq!(open(&desk, "/profile", &here).await.status, 303);
}

#[tokio::test]
async fn a_token_is_shown_once_works_and_ends() {
    let desk = Desk::open(Engine::Sqlite).await;
    with_password(&desk, "ada@desk.example", Role::Administrator).await;
    let session = session_of(&desk, &sign_in(&desk, "ada@desk.example", PASSWORD).await).await;
    let made = post(
        &desk,
        "/profile/tokens",
        Some(&session),
        &[("label", "report")],
    )
    .await
    .text();
    let token = made
        .split("value=\"md_")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let token = format!("Bearer md_{token}");
    desk.get("/mailboxes")
        .header("authorization", &token)
        .send()
        .await
        .expect(200);
    let page = open(&desk, "/profile", &session).await.text();
    assert!(
        page.contains("report") && !page.contains("md_"),
        "shown once"
    );
    let id = page
        .split("name=\"token\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    post(
        &desk,
        "/profile/tokens/end",
        Some(&session),
        &[("token", id)],
    )
    .await;
    let ended = desk
        .get("/mailboxes")
        .header("authorization", &token)
        .send()
        .await;
    ended.refused(401, "unauthenticated");
}

#[tokio::test]
async fn times_are_shown_in_the_persons_own_zone() {
    let desk = Desk::open(Engine::Sqlite).await;
    with_password(&desk, "ada@desk.example", Role::Administrator).await;
    let session = session_of(&desk, &sign_in(&desk, "ada@desk.example", PASSWORD).await).await;
    let utc = open(&desk, "/profile", &session).await.text();
    let fields = [("name", "Ada"), ("zone", "Asia/Kolkata")];
    post(&desk, "/profile", Some(&session), &fields).await;
    let kolkata = open(&desk, "/profile", &session).await.text();
    let first = |page: &str| {
        let rest = page.split("<time datetime=\"").nth(1).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    assert_ne!(first(&utc), first(&kolkata));
    let wrong = post(
        &desk,
        "/profile",
        Some(&session),
        &[("name", "Ada Typed"), ("zone", "Mars/Base")],
    )
    .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("Ada Typed"), "what was typed is kept");
}

story!(
    somebody_is_added_sets_a_password_and_is_locked_out,
    async |engine| {
        let desk = Desk::open(engine).await;
        with_password(&desk, "ada@desk.example", Role::Administrator).await;
        let ada = session_of(&desk, &sign_in(&desk, "ada@desk.example", PASSWORD).await).await;
        let new = [
            ("name", "Bo"),
            ("email", "bo@desk.example"),
            ("role", "user"),
        ];
        let added = post(&desk, "/settings/users", Some(&ada), &new).await;
        assert_eq!(added.status, 200);
        let page = added.text();
        let link = page
            .split("/password?link=")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let again = post(&desk, "/settings/users", Some(&ada), &new).await;
        assert!(again.text().contains("is there already"));
        let new = [
            ("name", "Bo"),
            ("email", "bo@desk.example"),
            ("role", "administrator"),
        ];
        let again = post(&desk, "/settings/users", Some(&ada), &new).await;
        let kept = again
            .text()
            .contains(r#"<option value="administrator" selected>"#);
        assert!(kept, "what was chosen stays chosen");
        let form = desk
            .call("GET", &format!("~/password?link={link}"))
            .send()
            .await;
        assert_eq!(form.status, 200);
        let set = [
            ("link", link),
            ("password", "another horse"),
            ("again", "another horse"),
        ];
        assert_eq!(
            post(&desk, "/password", None, &set)
                .await
                .header("location"),
            "/login"
        );
        assert_eq!(
            post(&desk, "/password", None, &set).await.status,
            404,
            "once"
        );
        let bo = session_of(
            &desk,
            &sign_in(&desk, "bo@desk.example", "another horse").await,
        )
        .await;
        assert_eq!(open(&desk, "/settings/users", &bo).await.status, 403);
        let id = desk
            .store
            .user_by_email("bo@desk.example")
            .await
            .unwrap()
            .unwrap()
            .0
            .id
            .to_string();
        let act = async |what: &str| {
            post(
                &desk,
                "/settings/users/act",
                Some(&ada),
                &[("user", &id), ("do", what), ("role", "administrator")],
            )
            .await
        };
        assert_eq!(act("role").await.status, 303);
        assert_eq!(
            open(&desk, "/settings/users", &bo).await.status,
            200,
            "an administrator now"
        );
        let rename = [("user", &*id), ("do", "name"), ("name", " Bo Ek ")];
        let renamed = post(&desk, "/settings/users/act", Some(&ada), &rename).await;
        assert_eq!(renamed.status, 303);
        let nameless = [("user", &*id), ("do", "name"), ("name", " ")];
        let nameless = post(&desk, "/settings/users/act", Some(&ada), &nameless).await;
        assert_eq!(nameless.status, 422);
        let who = desk.store.user_by_email("bo@desk.example").await.unwrap();
        let who = who.unwrap().0;
        assert_eq!(who.name, "Bo Ek");
        let shown = Person {
            id: who.id,
            token: String::new(),
        };
        let mailbox = desk.mailbox("Support", &[&shown]).await;
        let page = open(&desk, "/settings/users", &ada).await.text();
        let link = format!("<a href=\"/settings/mailboxes/{mailbox}\">Support</a>");
        assert_eq!(page.matches(&link).count(), 1, "with Bo alone: {page}");
        assert_eq!(act("disable").await.status, 303);
        assert_eq!(
            open(&desk, "/profile", &bo).await.status,
            303,
            "out at once"
        );
        assert_eq!(
            sign_in(&desk, "bo@desk.example", "another horse")
                .await
                .status,
            422
        );
        let own = desk
            .store
            .user_by_email("ada@desk.example")
            .await
            .unwrap()
            .unwrap()
            .0
            .id
            .to_string();
        let oneself = post(
            &desk,
            "/settings/users/act",
            Some(&ada),
            &[("user", &own), ("do", "disable")],
        )
        .await;
        assert!(oneself.text().contains("Nobody changes their own role"));
        let log = open(&desk, "/settings/audit?kind=user.", &ada).await.text();
        assert!(log.contains("Locked somebody out") && log.contains("Added somebody"));
        assert!(!log.contains("Signed in"), "filtered");
        let row = log.split("Locked somebody out").nth(1).unwrap();
        let row = row.split("</tr>").next().unwrap();
        assert!(row.contains(">Bo Ek<"), "the log says whom: {row}");
    }
);

story!(
    the_audit_log_is_read_by_person_mailbox_kind_and_day,
    async |engine| {
        let desk = Desk::open(engine).await;
        let admin = desk.person("admin", Role::Administrator).await;
        let bo = desk.person("bo", Role::User).await;
        let mailbox = desk.mailbox("Support", &[&bo]).await;
        let other = desk.mailbox("Sales", &[]).await;
        let day = |n: i64| {
            Timestamp::parse("2026-03-01T00:30:00Z")
                .unwrap()
                .plus(Duration::from_hours(24 * n as u64))
        };
        let write = async |at: Timestamp, user: &Person, action: &str, about, detail: String| {
            let entry = AuditEntry {
                id: 0,
                at,
                user: Some(user.id),
                action: action.to_owned(),
                mailbox: about,
                detail,
            };
            desk.store.audit(entry).await.unwrap();
        };
        for n in 0..102 {
            write(day(1), &bo, "mail.read", Some(mailbox), format!("n{n}.")).await;
        }
        write(
            day(2),
            &bo,
            "mailbox.rename",
            Some(other),
            "elsewhere".to_owned(),
        )
        .await;
        write(
            day(3),
            &admin,
            "mailbox.rename",
            Some(mailbox),
            "lately".to_owned(),
        )
        .await;
        let session = desk.session(&admin).await;
        let log = async |query: &str| {
            open(&desk, &format!("/settings/audit{query}"), &session)
                .await
                .text()
        };
        let has = |page: &str, marks: [bool; 3]| {
            for (mark, wanted) in ["n101.", "elsewhere", "lately"].into_iter().zip(marks) {
                assert_eq!(page.contains(mark), wanted, "{mark} in {page}");
            }
        };
        has(&log("").await, [true, true, true]);
        has(
            &log(&format!("?mailbox={mailbox}")).await,
            [true, false, true],
        );
        has(
            &log(&format!("?mailbox={mailbox}&kind=mailbox.")).await,
            [false, false, true],
        );
        has(
            &log(&format!("?person={}", bo.id)).await,
            [true, true, false],
        );
        has(&log("?from=2026-03-03").await, [false, true, true]);
        has(&log("?until=2026-03-03").await, [true, true, false]);
        has(
            &log("?from=2026-03-03&until=2026-03-03").await,
            [false, true, false],
        );
        has(&log("?from=odd&until=&mailbox=x").await, [true, true, true]);
        let none = log("?from=2027-01-01").await;
        assert!(none.contains("Nothing fits this filter.") && none.contains("Show everything"));
        // What was chosen stays chosen, on the next page too.
        let first = log(&format!(
            "?person={}&mailbox={mailbox}&kind=mail.&from=2026-03-01&until=2026-03-02",
            bo.id
        ))
        .await;
        assert!(
            first.contains("value=\"2026-03-02\"")
                && first.contains(&format!("value=\"{mailbox}\" selected"))
        );
        let older = first
            .split("href=\"/settings/audit?person=")
            .nth(1)
            .unwrap();
        let older = older.split('"').next().unwrap().replace("&#38;", "&");
        let second = log(&format!("?person={older}")).await;
        assert!(
            second.contains("n0.") && second.contains("n1.") && !second.contains("n2."),
            "{second}"
        );
        assert!(second.contains(&format!("value=\"{mailbox}\" selected")));
        // In one's own zone a day begins elsewhere.
        let zone = [("name", "admin"), ("zone", "America/New_York")];
        assert_eq!(
            post(&desk, "/profile", Some(&session), &zone).await.status,
            303
        );
        has(&log("?until=2026-03-01").await, [true, false, false]);
        has(
            &log("?from=2026-03-02&until=2026-03-02").await,
            [false, true, false],
        );
        let users = open(&desk, "/settings/users", &session).await.text();
        assert!(users.contains(&format!("/settings/audit?person={}", bo.id)));
        assert!(users.contains("reaches every mailbox"));
    }
);
