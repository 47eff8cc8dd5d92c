//! The app registration: its credentials, its alarm, consent under way.

use maildesk_model::Cloud;
use maildesk_model::id::UserId;
use maildesk_model::mailbox::{MailboxState, Trouble};
use maildesk_model::microsoft::{AppCredential, CredentialKind};
use maildesk_model::secret::Secret;
use maildesk_store::StoreError;
use maildesk_store::contract::{
    AppChange, AppNotice, AppStore, ConnectionStore, JournalStore, SyncEnd, SyncStore,
};

use crate::fixture::{Fixture, at, cases};

cases!(
    nothing_is_set_at_first,
    what_is_set_comes_back_the_newest_credential_first,
    a_change_made_meanwhile_is_not_overwritten,
    there_are_two_credentials_at_most,
    another_client_id_drops_the_credentials_of_the_old_one,
    a_connection_says_which_registration_it_was_read_with,
    what_the_app_held_up_is_due_after_a_change,
    a_consent_link_counts_once_and_until_its_time,
    administrators_are_told_of_alarm_and_expiry,
);

fn secret(text: &str, ends: Option<i64>) -> AppCredential {
    AppCredential {
        kind: CredentialKind::Secret,
        value: Secret::new(text),
        expires_at: ends.map(at),
    }
}

fn change(seen: i64, add: Option<AppCredential>) -> AppChange {
    AppChange {
        seen,
        client_id: "app-1".to_owned(),
        tenant: "contoso.test".to_owned(),
        cloud: Cloud::UsGov,
        add,
    }
}

fn trouble() -> Trouble {
    Trouble {
        code: "invalid_client".to_owned(),
        message: "AADSTS7000222: The secret has expired.".to_owned(),
        remedy: "Make a new one.".to_owned(),
    }
}

async fn nothing_is_set_at_first(desk: Fixture) {
    let app = desk.store.microsoft_app().await.unwrap();
    assert_eq!(app.version, 0);
    assert!(app.registration().is_none());
    assert!(desk.store.consented().await.unwrap().is_none());
    assert!(!desk.store.remove_app_credential(1, at(0)).await.unwrap());
}

async fn what_is_set_comes_back_the_newest_credential_first(desk: Fixture) {
    let first = change(0, Some(secret("first", Some(50))));
    desk.store.set_microsoft_app(&first, at(1)).await.unwrap();
    let pem = AppCredential {
        kind: CredentialKind::Certificate,
        ..secret("-----BEGIN", None)
    };
    let second = change(1, Some(pem));
    desk.store.set_microsoft_app(&second, at(2)).await.unwrap();
    let app = desk.store.microsoft_app().await.unwrap();
    assert_eq!((app.version, app.cloud), (2, Cloud::UsGov));
    let known = app.registration().unwrap();
    assert_eq!(
        (known.client_id.as_str(), known.tenant.as_str()),
        ("app-1", "contoso.test")
    );
    let kinds: Vec<_> = known.credentials.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [CredentialKind::Certificate, CredentialKind::Secret]);
    assert_eq!(known.credentials[1].value.expose(), "first");
    assert_eq!(known.credentials[1].expires_at, Some(at(50)));
    assert_eq!(app.credentials[0].added_at, at(2));

    let oldest = app.credentials[1].id;
    assert!(
        desk.store
            .remove_app_credential(oldest, at(3))
            .await
            .unwrap()
    );
    let app = desk.store.microsoft_app().await.unwrap();
    assert_eq!((app.version, app.credentials.len()), (3, 1));
    let only = app.credentials[0].id;
    let refused = desk.store.remove_app_credential(only, at(4)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    let app = desk.store.microsoft_app().await.unwrap();
    assert_eq!((app.version, app.credentials.len()), (3, 1));
}

async fn a_change_made_meanwhile_is_not_overwritten(desk: Fixture) {
    let mine = change(0, Some(secret("mine", None)));
    desk.store.set_microsoft_app(&mine, at(1)).await.unwrap();
    let late = change(0, Some(secret("late", None)));
    let refused = desk.store.set_microsoft_app(&late, at(2)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    let app = desk.store.microsoft_app().await.unwrap();
    assert_eq!(app.credentials.len(), 1);
    assert_eq!(app.credentials[0].credential.value.expose(), "mine");
}

async fn there_are_two_credentials_at_most(desk: Fixture) {
    for seen in 0..2 {
        let change = change(seen, Some(secret("x", None)));
        desk.store.set_microsoft_app(&change, at(1)).await.unwrap();
    }
    let third = change(2, Some(secret("third", None)));
    let refused = desk.store.set_microsoft_app(&third, at(2)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    let app = desk.store.microsoft_app().await.unwrap();
    assert_eq!((app.version, app.credentials.len()), (2, 2));
}

async fn another_client_id_drops_the_credentials_of_the_old_one(desk: Fixture) {
    let first = change(0, Some(secret("old", None)));
    desk.store.set_microsoft_app(&first, at(1)).await.unwrap();
    let other = AppChange {
        client_id: "app-2".to_owned(),
        ..change(1, Some(secret("new", None)))
    };
    desk.store.set_microsoft_app(&other, at(2)).await.unwrap();
    let known = desk
        .store
        .microsoft_app()
        .await
        .unwrap()
        .registration()
        .unwrap();
    assert_eq!(known.credentials.len(), 1);
    assert_eq!(known.credentials[0].value.expose(), "new");
}

async fn a_connection_says_which_registration_it_was_read_with(desk: Fixture) {
    let mailbox = desk.mailbox("sales@contoso.test").await;
    let row = desk.store.connection(mailbox).await.unwrap().unwrap();
    assert_eq!(row.app_version, 0);
    desk.store
        .set_microsoft_app(&change(0, None), at(1))
        .await
        .unwrap();
    let row = desk.store.connection(mailbox).await.unwrap().unwrap();
    assert_eq!(row.app_version, 1);
}

async fn what_the_app_held_up_is_due_after_a_change(desk: Fixture) {
    let mailbox = desk.mailbox("sales@contoso.test").await;
    let lease = desk.claim(1).await.unwrap();
    assert_eq!(lease.mailbox, mailbox);
    let end = SyncEnd {
        trigger: None,
        well: false,
        not_before: Some(at(500)),
        next_sweep_at: Some(at(500)),
        at: at(2),
    };
    let trouble = trouble();
    let state = desk
        .store
        .set_mailbox_state(&lease, MailboxState::Error, Some(&trouble), at(2));
    state.await.unwrap();
    desk.store.finish_sync(&lease, &end).await.unwrap();
    assert!(desk.claim(100).await.is_none());
    let change = change(0, Some(secret("good", None)));
    desk.store
        .set_microsoft_app(&change, at(101))
        .await
        .unwrap();
    assert_eq!(desk.claim(102).await.unwrap().mailbox, mailbox);
}

async fn a_consent_link_counts_once_and_until_its_time(desk: Fixture) {
    let store = &desk.store;
    for state in [[1; 32], [2; 32], [3; 32]] {
        let begun = store.begin_consent(&state, UserId(1), at(100));
        begun.await.unwrap();
    }
    assert!(!store.end_consent(&[9; 32], Some("t"), at(1)).await.unwrap());
    assert!(store.end_consent(&[1; 32], None, at(1)).await.unwrap());
    assert_eq!(store.consented().await.unwrap(), None);
    assert!(
        !store
            .end_consent(&[2; 32], Some("late"), at(100))
            .await
            .unwrap()
    );
    assert_eq!(store.consented().await.unwrap(), None);
    assert!(
        store
            .end_consent(&[3; 32], Some("contoso"), at(9))
            .await
            .unwrap()
    );
    assert!(
        !store
            .end_consent(&[3; 32], Some("twice"), at(10))
            .await
            .unwrap()
    );
    let consented = store.consented().await.unwrap().unwrap();
    assert_eq!(
        (consented.at, consented.tenant.as_str()),
        (at(9), "contoso")
    );

    store
        .begin_consent(&[4; 32], UserId(1), at(100))
        .await
        .unwrap();
    store.forget_old(at(200), 10).await.unwrap();
    assert!(!store.end_consent(&[4; 32], None, at(50)).await.unwrap());
}

async fn administrators_are_told_of_alarm_and_expiry(desk: Fixture) {
    let store = &desk.store;
    assert_eq!(store.app_notice().await.unwrap(), AppNotice::default());
    store.set_app_alarm(Some(&trouble())).await.unwrap();
    let one = change(0, Some(secret("a", Some(50))));
    store.set_microsoft_app(&one, at(1)).await.unwrap();
    let notice = store.app_notice().await.unwrap();
    assert_eq!(
        (notice.alarm, notice.expires_at),
        (Some(trouble()), Some(at(50)))
    );
    let two = change(1, Some(secret("b", Some(90))));
    store.set_microsoft_app(&two, at(1)).await.unwrap();
    assert_eq!(store.app_notice().await.unwrap().expires_at, Some(at(90)));
    store.set_app_alarm(None).await.unwrap();
    assert_eq!(store.app_notice().await.unwrap().alarm, None);

    let newest = store.microsoft_app().await.unwrap().credentials[0].id;
    store.remove_app_credential(newest, at(2)).await.unwrap();
    let three = change(3, Some(secret("c", None)));
    store.set_microsoft_app(&three, at(3)).await.unwrap();
    assert_eq!(store.app_notice().await.unwrap().expires_at, None);
}
