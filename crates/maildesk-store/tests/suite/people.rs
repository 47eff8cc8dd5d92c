//! Users, sessions, tokens, parameters, the audit log.

use maildesk_model::access::{Role, Viewer};
use maildesk_model::id::{MailboxId, UserId};
use maildesk_store::StoreError;
use maildesk_store::contract::{AuditEntry, Bell, JournalStore, NewUser, PeopleStore};

use crate::fixture::{Fixture, at, cases};

cases!(
    people_are_found_by_address_in_any_case,
    sessions_last_until_their_time_or_end,
    a_new_password_ends_sessions,
    disabling_ends_sessions_and_tokens,
    tokens_name_their_person,
    parameters_are_set_and_first_ones_do_not_overwrite,
    the_audit_log_reads_backwards,
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
}

async fn sessions_last_until_their_time_or_end(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::User).await.unwrap();
    let store = &desk.store;
    store
        .add_session(ada, &[1; 32], "csrf-1", at(0), at(100))
        .await
        .unwrap();
    store
        .add_session(ada, &[2; 32], "csrf-2", at(0), at(100))
        .await
        .unwrap();
    let viewer = Viewer {
        user: ada,
        role: Role::User,
    };
    let found = store.viewer_by_session(&[1; 32], at(99)).await.unwrap();
    assert_eq!(found, Some((viewer, "csrf-1".into())));
    assert_eq!(
        store.viewer_by_session(&[1; 32], at(100)).await.unwrap(),
        None
    );
    assert_eq!(
        store.viewer_by_session(&[9; 32], at(1)).await.unwrap(),
        None
    );
    store.end_session(&[2; 32]).await.unwrap();
    assert_eq!(
        store.viewer_by_session(&[2; 32], at(1)).await.unwrap(),
        None
    );
}

async fn a_new_password_ends_sessions(desk: Fixture) {
    let ada = add(&desk, "ada@contoso.test", Role::User).await.unwrap();
    let store = &desk.store;
    store
        .add_session(ada, &[1; 32], "csrf", at(0), at(100))
        .await
        .unwrap();
    assert!(store.set_password(ada, "$new$", at(1)).await.unwrap());
    assert!(
        !store
            .set_password(UserId(99), "$new$", at(1))
            .await
            .unwrap()
    );
    assert_eq!(
        store.viewer_by_session(&[1; 32], at(2)).await.unwrap(),
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
    store
        .add_session(ada, &[1; 32], "csrf", at(0), at(100))
        .await
        .unwrap();
    store
        .add_api_token(ada, "script", &[3; 32], at(0))
        .await
        .unwrap();
    assert!(store.set_disabled(ada, true, at(5)).await.unwrap());
    assert_eq!(
        store.viewer_by_session(&[1; 32], at(6)).await.unwrap(),
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
        store.viewer_by_session(&[1; 32], at(8)).await.unwrap(),
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
    let log = desk.store.audit_log(at(6), 10).await.unwrap();
    assert_eq!(
        log,
        [
            entry(5, "push.secret.show"),
            entry(5, "mailbox.create"),
            entry(0, "user.add")
        ]
    );
    assert_eq!(desk.store.audit_log(at(5), 10).await.unwrap().len(), 1);
    assert_eq!(desk.store.audit_log(at(6), 2).await.unwrap().len(), 2);
}
