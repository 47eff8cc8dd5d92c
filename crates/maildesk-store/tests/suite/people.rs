//! Users, sessions, tokens, parameters, the audit log.

use maildesk_model::access::{Role, Viewer};
use maildesk_model::id::{MailboxId, UserId};
use maildesk_store::StoreError;
use maildesk_store::contract::{
    Appearance, AuditEntry, AuditQuery, Bell, DarkMail, JournalStore, MarkRead, NewSession,
    NewUser, PeopleStore, UserChange,
};

use crate::fixture::{Fixture, at, cases};

cases!(
    people_are_found_by_address_in_any_case,
    sessions_last_until_their_time_or_end,
    a_new_password_ends_sessions,
    disabling_ends_sessions_and_tokens,
    tokens_name_their_person,
    parameters_are_set_and_first_ones_do_not_overwrite,
    the_audit_log_reads_backwards,
    the_audit_log_is_read_by_mailbox_and_time,
    a_session_is_pushed_on_by_use_and_ends_all_the_same,
    all_sessions_but_one_end_together,
    tokens_are_listed_and_ended_by_their_owner,
    there_is_one_first_administrator,
    the_last_administrator_stays_one,
    how_the_desk_looks_is_everybodys_own,
    whose_pictures_are_loaded_is_everybodys_own,
    a_password_link_lasts_until_its_time_or_the_next,
);

async fn add(desk: &Fixture, email: &str, role: Role) -> Result<UserId, StoreError> {
    let user = NewUser {
        email: email.into(),
        name: "Ada".into(),
        role,
        password_hash: Some("$argon2id$…".into()),
        at: at(0),
    };
    desk.store.add_user(user).await
}

fn session(user: UserId, n: u8, csrf: &str) -> NewSession {
    NewSession {
        user,
        hash: [n; 32],
        csrf: csrf.into(),
        browser: "A browser".into(),
        address: "192.0.2.1".into(),
        at: at(0),
        until: at(100),
        ends_at: at(1000),
    }
}

async fn people_are_found_by_address_in_any_case(desk: Fixture) {
    let ada = add(&desk, "Ada@Contoso.test", Role::Administrator)
        .await
        .unwrap();
    let twin = add(&desk, "ADA@contoso.test", Role::User).await;
    assert!(matches!(twin, Err(StoreError::Conflict(_))));
    add(&desk, "aa@contoso.test", Role::User).await.unwrap();
    let store = &desk.store;
    let (user, hash) = store
        .user_by_email("adA@contoso.test")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((user.id, user.role), (ada, Role::Administrator));
    assert_eq!(user.email, "ada@contoso.test");
    assert_eq!(hash.as_deref(), Some("$argon2id$…"));
    assert!(
        store
            .user_by_email("bo@contoso.test")
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(store.user(ada).await.unwrap(), Some(user));
    assert!(store.user(UserId(99)).await.unwrap().is_none());
    let everybody = store.users(10).await.unwrap();
    let emails: Vec<_> = everybody.iter().map(|one| one.email.as_str()).collect();
    assert_eq!(emails, ["aa@contoso.test", "ada@contoso.test"]);
    assert_eq!(store.users(1).await.unwrap().len(), 1);
    // Administrators are found behind any number of others, and those only who may sign in.
    let eve = add(&desk, "eve@contoso.test", Role::Administrator).await;
    let found = store.administrators(1).await.unwrap();
    assert_eq!(found[0].email, "ada@contoso.test");
    assert!(store.set_disabled(ada, true, at(1)).await.unwrap());
    let found = store.administrators(9).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|one| one.id).collect();
    assert_eq!(found, [eve.unwrap()]);
}

async fn sessions_last_until_their_time_or_end(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::User).await.unwrap();
    let store = &desk.store;
    store.add_session(session(ada, 1, "csrf-1")).await.unwrap();
    store.add_session(session(ada, 2, "csrf-2")).await.unwrap();
    let viewer = Viewer {
        user: ada,
        role: Role::User,
    };
    let found = store
        .viewer_by_session(&[1; 32], at(99), at(100))
        .await
        .unwrap();
    assert_eq!(found, Some((viewer, "csrf-1".into())));
    assert_eq!(
        store
            .viewer_by_session(&[1; 32], at(100), at(100))
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        store
            .viewer_by_session(&[9; 32], at(1), at(1))
            .await
            .unwrap(),
        None
    );
    store.end_session(&[2; 32]).await.unwrap();
    assert_eq!(
        store
            .viewer_by_session(&[2; 32], at(1), at(1))
            .await
            .unwrap(),
        None
    );
}

async fn a_new_password_ends_sessions(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::User).await.unwrap();
    let store = &desk.store;
    store.add_session(session(ada, 1, "csrf")).await.unwrap();
    assert!(store.set_password(ada, "$new$", None).await.unwrap());
    assert!(!store.set_password(UserId(99), "$new$", None).await.unwrap());
    assert_eq!(
        store
            .viewer_by_session(&[1; 32], at(2), at(2))
            .await
            .unwrap(),
        None
    );
    let (_, hash) = store
        .user_by_email("ada@contoso.test")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(hash.as_deref(), Some("$new$"));
}

async fn disabling_ends_sessions_and_tokens(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::User).await.unwrap();
    let store = &desk.store;
    store.add_session(session(ada, 1, "csrf")).await.unwrap();
    store
        .add_api_token(ada, "script", &[3; 32], at(0))
        .await
        .unwrap();
    assert!(store.set_disabled(ada, true, at(5)).await.unwrap());
    assert_eq!(
        store
            .viewer_by_session(&[1; 32], at(6), at(6))
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        store.viewer_by_api_token(&[3; 32], at(6)).await.unwrap(),
        None
    );
    assert_eq!(
        store.user(ada).await.unwrap().unwrap().disabled_at,
        Some(at(5))
    );
    assert!(store.set_disabled(ada, false, at(7)).await.unwrap());
    assert_eq!(store.user(ada).await.unwrap().unwrap().disabled_at, None);
    assert_eq!(
        store
            .viewer_by_session(&[1; 32], at(8), at(8))
            .await
            .unwrap(),
        None
    );
    assert!(!store.set_disabled(UserId(99), true, at(9)).await.unwrap());
}

async fn tokens_name_their_person(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::Administrator)
        .await
        .unwrap();
    desk.store
        .add_api_token(ada, "script", &[3; 32], at(0))
        .await
        .unwrap();
    let viewer = Viewer {
        user: ada,
        role: Role::Administrator,
    };
    for second in [1, 2, 100] {
        let found = desk.store.viewer_by_api_token(&[3; 32], at(second)).await;
        assert_eq!(found.unwrap(), Some(viewer));
    }
    assert_eq!(
        desk.store
            .viewer_by_api_token(&[4; 32], at(1))
            .await
            .unwrap(),
        None
    );
}

async fn parameters_are_set_and_first_ones_do_not_overwrite(desk: Fixture) {
    let store = &desk.store;
    assert_eq!(store.parameter("web.base.url").await.unwrap(), None);
    store
        .set_first_parameter("web.base.url", "https://a.test", at(0))
        .await
        .unwrap();
    store
        .set_first_parameter("web.base.url", "https://b.test", at(1))
        .await
        .unwrap();
    assert_eq!(
        store.parameter("web.base.url").await.unwrap().unwrap(),
        "https://a.test"
    );
    let mut bell = store.bell(Bell::Push);
    bell.mark_unchanged();
    store
        .set_parameter("web.base.url", "https://c.test", at(2))
        .await
        .unwrap();
    assert!(bell.has_changed().unwrap());
    store
        .set_parameter("push.base.url", "", at(2))
        .await
        .unwrap();
    let all = store.parameters().await.unwrap();
    let keys: Vec<_> = all.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["push.base.url", "web.base.url"]);
    assert_eq!(all[1].1, "https://c.test");
}

async fn the_audit_log_reads_backwards(desk: Fixture) {
    let entry = |second, action: &str| AuditEntry {
        id: 0,
        at: at(second),
        user: (second > 0).then_some(UserId(1)),
        action: action.into(),
        mailbox: Some(MailboxId(2)),
        detail: "more".into(),
    };
    for (second, action) in [
        (0, "user.add"),
        (5, "mailbox.create"),
        (5, "push.secret.show"),
    ] {
        desk.store.audit(entry(second, action)).await.unwrap();
    }
    let read = async |query: AuditQuery| {
        let limit = if query.limit == 0 { 10 } else { query.limit };
        let log = desk.store.audit_log(&AuditQuery { limit, ..query }).await;
        log.unwrap()
    };
    let log = read(AuditQuery::default()).await;
    let bare = |row: &AuditEntry| AuditEntry {
        id: 0,
        ..row.clone()
    };
    assert_eq!(
        log.iter().map(bare).collect::<Vec<_>>(),
        [
            entry(5, "push.secret.show"),
            entry(5, "mailbox.create"),
            entry(0, "user.add")
        ]
    );
    let after = Some((log[1].at, log[1].id));
    let rest = AuditQuery {
        after,
        ..AuditQuery::default()
    };
    assert_eq!(read(rest).await, log[2..]);
    let some = AuditQuery {
        limit: 2,
        ..AuditQuery::default()
    };
    assert_eq!(read(some).await, log[..2]);
    let hers = AuditQuery {
        user: Some(UserId(1)),
        ..AuditQuery::default()
    };
    assert_eq!(read(hers).await, log[..2]);
    let push = AuditQuery {
        action: Some("push.".into()),
        ..AuditQuery::default()
    };
    assert_eq!(read(push).await, log[..1]);
}

async fn the_audit_log_is_read_by_mailbox_and_time(desk: Fixture) {
    for (second, mailbox, user) in [
        (1, None, 1),
        (2, Some(7), 1),
        (3, Some(8), 1),
        (3, Some(7), 2),
        (4, Some(7), 1),
    ] {
        let entry = AuditEntry {
            id: 0,
            at: at(second),
            user: Some(UserId(user)),
            action: "mailbox.rename".into(),
            mailbox: mailbox.map(MailboxId),
            detail: String::new(),
        };
        desk.store.audit(entry).await.unwrap();
    }
    let read = async |query: AuditQuery| {
        let query = AuditQuery { limit: 10, ..query };
        let log = desk.store.audit_log(&query).await.unwrap();
        let rows = log.iter().map(|row| {
            let second = (row.at.as_micros() - at(0).as_micros()) / 1_000_000;
            (second, row.mailbox.map_or(0, |mailbox| mailbox.0))
        });
        rows.collect::<Vec<_>>()
    };
    let every = AuditQuery::default();
    let seven = AuditQuery {
        mailbox: Some(MailboxId(7)),
        ..AuditQuery::default()
    };
    assert_eq!(read(seven.clone()).await, [(4, 7), (3, 7), (2, 7)]);
    let hers = AuditQuery {
        user: Some(UserId(1)),
        action: Some("mailbox.".into()),
        ..seven.clone()
    };
    assert_eq!(read(hers).await, [(4, 7), (2, 7)]);
    let since = AuditQuery {
        from: Some(at(3)),
        ..every.clone()
    };
    assert_eq!(read(since).await, [(4, 7), (3, 7), (3, 8)], "from then on");
    let between = AuditQuery {
        from: Some(at(2)),
        before: Some(at(4)),
        ..every.clone()
    };
    assert_eq!(
        read(between.clone()).await,
        [(3, 7), (3, 8), (2, 7)],
        "before that"
    );
    let none = AuditQuery {
        from: Some(at(4)),
        before: Some(at(4)),
        ..every
    };
    assert!(read(none).await.is_empty());
    // A page further down stays within the time.
    let log = desk
        .store
        .audit_log(&AuditQuery {
            limit: 1,
            ..between.clone()
        })
        .await;
    let last = &log.unwrap()[0];
    let further = AuditQuery {
        after: Some((last.at, last.id)),
        ..between
    };
    assert_eq!(read(further).await, [(3, 8), (2, 7)]);
}

async fn a_session_is_pushed_on_by_use_and_ends_all_the_same(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::User).await.unwrap();
    let store = &desk.store;
    store.add_session(session(ada, 1, "a")).await.unwrap();
    store.add_session(session(ada, 2, "b")).await.unwrap();
    let used = async |now, until| {
        let viewer = store.viewer_by_session(&[1; 32], at(now), at(until)).await;
        viewer.unwrap().is_some()
    };
    assert!(used(90, 190).await);
    assert!(used(150, 250).await, "pushed on");
    let listed = store.sessions(ada, at(99)).await.unwrap();
    let seen: Vec<_> = listed
        .iter()
        .map(|one| (one.hash[0], one.seen_at))
        .collect();
    assert_eq!(seen, [(1, at(150)), (2, at(0))]);
    assert_eq!(listed[0].browser, "A browser");
    assert!(used(240, 2000).await);
    assert!(used(999, 2000).await, "to its last end");
    assert!(!used(1000, 2000).await, "and not beyond");
}

async fn all_sessions_but_one_end_together(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::User).await.unwrap();
    let bo = add(&desk, "bo@contoso.test", Role::User).await.unwrap();
    let store = &desk.store;
    for (user, n) in [(ada, 1), (ada, 2), (ada, 3), (bo, 4)] {
        store.add_session(session(user, n, "c")).await.unwrap();
    }
    let left = async |user| {
        let sessions = store.sessions(user, at(1)).await.unwrap();
        sessions.iter().map(|one| one.hash[0]).collect::<Vec<_>>()
    };
    store.end_sessions(ada, Some(&[2; 32])).await.unwrap();
    assert_eq!((left(ada).await, left(bo).await), (vec![2], vec![4]));
    assert!(
        store
            .set_password(ada, "$new$", Some(&[2; 32]))
            .await
            .unwrap()
    );
    assert_eq!(left(ada).await, [2]);
    store.end_sessions(ada, None).await.unwrap();
    assert!(left(ada).await.is_empty());
}

async fn tokens_are_listed_and_ended_by_their_owner(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::User).await.unwrap();
    let bo = add(&desk, "bo@contoso.test", Role::User).await.unwrap();
    let store = &desk.store;
    store
        .add_api_token(ada, "one", &[1; 32], at(1))
        .await
        .unwrap();
    store
        .add_api_token(ada, "two", &[2; 32], at(2))
        .await
        .unwrap();
    let labels = async |user| {
        let tokens = store.api_tokens(user).await.unwrap();
        tokens.into_iter().map(|one| one.label).collect::<Vec<_>>()
    };
    assert_eq!(labels(ada).await, ["two", "one"]);
    assert!(!store.end_api_token(bo, &[1; 32]).await.unwrap());
    assert!(store.end_api_token(ada, &[1; 32]).await.unwrap());
    assert!(!store.end_api_token(ada, &[1; 32]).await.unwrap());
    assert_eq!(labels(ada).await, ["two"]);
}

async fn there_is_one_first_administrator(desk: Fixture) {
    let store = &desk.store;
    assert!(!store.has_administrator().await.unwrap());
    let first = |email: &str| NewUser {
        email: email.into(),
        name: "Ada".into(),
        role: Role::Administrator,
        password_hash: None,
        at: at(0),
    };
    let two = tokio::join!(
        store.add_first_administrator(first("a@contoso.test")),
        store.add_first_administrator(first("b@contoso.test")),
    );
    let made = [two.0.unwrap(), two.1.unwrap()];
    assert_eq!(made.iter().flatten().count(), 1, "{made:?}");
    assert!(store.has_administrator().await.unwrap());
}

async fn the_last_administrator_stays_one(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::Administrator)
        .await
        .unwrap();
    let store = &desk.store;
    let demote = UserChange {
        role: Some(Role::User),
        name: Some("Lady Ada".into()),
        ..UserChange::default()
    };
    let refused = store.change_user(ada, &demote).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    let refused = store.set_disabled(ada, true, at(1)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    let user = store.user(ada).await.unwrap().unwrap();
    assert_eq!((user.name.as_str(), user.disabled_at), ("Ada", None));
    let bo = add(&desk, "bo@contoso.test", Role::Administrator)
        .await
        .unwrap();
    let both = tokio::join!(
        store.change_user(ada, &demote),
        store.change_user(bo, &demote),
    );
    assert!(
        both.0.is_ok() != both.1.is_ok(),
        "one of two at once: {both:?}"
    );
    assert!(store.has_administrator().await.unwrap());
    let zone = UserChange {
        time_zone: Some("Europe/Berlin".into()),
        ..UserChange::default()
    };
    assert!(store.change_user(bo, &zone).await.unwrap());
    assert_eq!(
        store.user(bo).await.unwrap().unwrap().time_zone,
        "Europe/Berlin"
    );
    assert!(!store.change_user(UserId(99), &zone).await.unwrap());
    let user = store.user(bo).await.unwrap().unwrap();
    assert_eq!((user.shortcuts, user.mark_read), (true, MarkRead::Opened));
    assert!(user.groups_messages);
    for mark_read in MarkRead::ALL {
        let desk = UserChange {
            shortcuts: Some(false),
            mark_read: Some(mark_read),
            ..UserChange::default()
        };
        assert!(store.change_user(bo, &desk).await.unwrap());
        let user = store.user(bo).await.unwrap().unwrap();
        assert_eq!((user.shortcuts, user.mark_read), (false, mark_read));
    }
    for groups_messages in [false, true] {
        let desk = UserChange {
            groups_messages: Some(groups_messages),
            ..UserChange::default()
        };
        assert!(store.change_user(bo, &desk).await.unwrap());
        let user = store.user(bo).await.unwrap().unwrap();
        assert_eq!(user.groups_messages, groups_messages);
    }
}

async fn how_the_desk_looks_is_everybodys_own(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::User).await.unwrap();
    let bo = add(&desk, "bo@contoso.test", Role::User).await.unwrap();
    let appearance = async |user| desk.store.user(user).await.unwrap().unwrap().appearance;
    assert_eq!(appearance(ada).await, Appearance::System);
    for wanted in Appearance::ALL {
        let change = UserChange {
            appearance: Some(wanted),
            ..UserChange::default()
        };
        assert!(desk.store.change_user(ada, &change).await.unwrap());
        let unchanged = UserChange::default();
        assert!(desk.store.change_user(ada, &unchanged).await.unwrap());
        assert_eq!(appearance(ada).await, wanted);
        assert_eq!(appearance(bo).await, Appearance::System);
    }
}

async fn whose_pictures_are_loaded_is_everybodys_own(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::User).await.unwrap();
    let bo = add(&desk, "bo@contoso.test", Role::User).await.unwrap();
    let store = &desk.store;
    let user = store.user(ada).await.unwrap().unwrap();
    assert_eq!(user.dark_mail, DarkMail::Adapted);
    let original = UserChange {
        dark_mail: Some(DarkMail::Original),
        ..UserChange::default()
    };
    assert!(store.change_user(ada, &original).await.unwrap());
    let user = store.user(ada).await.unwrap().unwrap();
    assert_eq!(user.dark_mail, DarkMail::Original);

    for (address, second) in [
        ("News@Shop.test", 5),
        ("a@b.test", 6),
        ("news@shop.test", 7),
    ] {
        let added = store.add_picture_sender(ada, address, at(second));
        added.await.unwrap();
    }
    let listed = store.picture_senders(ada).await.unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|one| (one.address.as_str(), one.added_at))
        .collect();
    assert_eq!(listed, [("a@b.test", at(6)), ("news@shop.test", at(5))]);
    let is = async |user, address| store.is_picture_sender(user, address).await.unwrap();
    assert!(is(ada, "NEWS@shop.test").await && !is(bo, "news@shop.test").await);
    assert!(!is(ada, "").await && store.picture_senders(bo).await.unwrap().is_empty());
    let end = async |user| {
        let ended = store.end_picture_sender(user, "News@shop.test").await;
        ended.unwrap()
    };
    assert!(!end(bo).await && is(ada, "news@shop.test").await);
    assert!(end(ada).await && !end(ada).await && !is(ada, "news@shop.test").await);
}

async fn a_password_link_lasts_until_its_time_or_the_next(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::User).await.unwrap();
    let store = &desk.store;
    store
        .add_password_link(ada, &[1; 32], at(100))
        .await
        .unwrap();
    assert_eq!(
        store.password_link(&[1; 32], at(99)).await.unwrap(),
        Some(ada)
    );
    assert_eq!(store.password_link(&[1; 32], at(100)).await.unwrap(), None);
    store
        .add_password_link(ada, &[2; 32], at(100))
        .await
        .unwrap();
    assert_eq!(store.password_link(&[1; 32], at(1)).await.unwrap(), None);
    store.set_password(ada, "$new$", None).await.unwrap();
    assert_eq!(store.password_link(&[2; 32], at(1)).await.unwrap(), None);
}
