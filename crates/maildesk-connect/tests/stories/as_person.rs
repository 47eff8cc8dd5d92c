//! Tokens of a person: fresh, rotated, refreshed once at a time, given up only when they are dead.

use std::time::Duration;

use futures::future::join_all;
use maildesk_connect::ConnectError;
use maildesk_graph::{GraphError, Said, Session, Who};
use maildesk_model::Clock as _;
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::MailboxState;
use maildesk_store::contract::AppStore;
use serde_json::json;

use crate::world::{ADA, START, Setup, World, until};

fn token(session: &Session) -> &str {
    session.token().expose()
}

#[tokio::test]
async fn a_fresh_token_is_used_and_an_old_one_is_rotated_before_its_use() {
    let world = World::signed_in(Duration::from_hours(1)).await;
    let session = world.connect.access(ADA, Lane::Sync).await.unwrap();
    assert_eq!(token(&session), "access-0");
    assert_eq!(session.who(), &Who::Me);
    assert!(world.microsoft.asked().is_empty());

    world.clock.advance(Duration::from_mins(59));
    world.microsoft.grants(Some("Mail.ReadWrite Mail.Send"));
    let session = world.connect.access(ADA, Lane::Sync).await.unwrap();
    assert_eq!(token(&session), "access-1");
    let form = &world.microsoft.asked()[0];
    assert_eq!(
        (form["grant_type"].as_str(), form["refresh_token"].as_str()),
        ("refresh_token", "refresh-0")
    );
    assert!(form["scope"].contains("https://graph.microsoft.com/Mail.ReadWrite"));
    let kept = world.store.tokens(ADA).await.unwrap();
    assert_eq!(kept, ["refresh-1", "access-1", "Mail.ReadWrite Mail.Send"]);
    assert!(!world.is_claimed().await);
}

#[tokio::test]
async fn a_token_that_could_not_be_stored_is_not_used() {
    let world = World::signed_in(Duration::ZERO).await;
    world.store.fail_storing_once();
    let error = world.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert!(matches!(error, ConnectError::Store(_)));
    assert!(!world.is_claimed().await, "somebody else may try at once");
    let session = world.connect.access(ADA, Lane::Sync).await.unwrap();
    assert_eq!(token(&session), "access-2");
    assert_eq!(
        world.microsoft.asked()[1]["refresh_token"],
        "refresh-0",
        "the old one still works"
    );
}

#[tokio::test]
async fn a_node_killed_before_it_wrote_a_new_token_down_loses_nothing() {
    let world = World::signed_in(Duration::ZERO).await;
    world.store.hang_storing_once();
    tokio::select! {
        biased;
        done = world.connect.access(ADA, Lane::Sync) => panic!("it was to be killed: {done:?}"),
        () = until(|| world.store.hanging() == 1) => {}
    }
    assert_eq!(world.microsoft.asked().len(), 1, "refresh-1 was given out");
    let kept = world.store.tokens(ADA).await.unwrap();
    assert_eq!(kept[0], "refresh-0", "and nobody has it");

    let other = world.other_node();
    let session = other.access(ADA, Lane::Sync).await.unwrap();
    assert_eq!(token(&session), "access-2");
    let asked = world.microsoft.asked();
    assert_eq!(asked[1]["refresh_token"], "refresh-0", "which stays good");
    let waited = world.clock.now().since(START);
    assert!(waited < Duration::from_mins(1), "{waited:?}");
    let kept = world.store.tokens(ADA).await.unwrap();
    assert_eq!(kept[0], "refresh-2");
    assert_eq!(world.store.state(ADA).await, MailboxState::Importing);
}

#[tokio::test]
async fn a_late_refusal_does_not_undo_a_newer_sign_in() {
    let world = World::signed_in(Duration::ZERO).await;
    world.microsoft.close();
    let claims = r#"{"access_token":{"x":1}}"#;
    world.microsoft.refuse_with(
        400,
        json!({"error": "invalid_grant", "error_codes": [50173], "claims": claims}),
    );
    let late = world.connect.access(ADA, Lane::Sync);
    let meanwhile = async {
        until(|| !world.microsoft.asked().is_empty()).await;
        let life = Duration::from_hours(1);
        world.sign_in_behind_the_scenes("anew", life).await;
        world.microsoft.open();
    };
    let (session, ()) = futures::join!(late, meanwhile);
    assert_eq!(token(&session.unwrap()), "access-anew");
    assert_eq!(world.store.state(ADA).await, MailboxState::Importing);
    let memo = world.store.memo_of(&format!("sign_in.claims.{ADA}")).await;
    assert_eq!(memo, "", "nothing more is asked of anybody");
}

#[tokio::test]
async fn what_graph_says_of_a_former_token_is_no_news() {
    let world = World::signed_in(Duration::from_hours(1)).await;
    let former = world.connect.access(ADA, Lane::Sync).await.unwrap();
    world.connect.access_renewed(ADA, Lane::Push).await.unwrap();
    let error = GraphError::TokenRejected {
        said: Box::new(Said::default()),
    };
    let told = world.connect.sign_in_needed(ADA, &former, &error);
    told.await.unwrap();
    assert_eq!(world.store.state(ADA).await, MailboxState::Importing);
}

#[tokio::test]
async fn each_way_to_end_a_sign_in_has_its_own_words() {
    for (error, number, words) in [
        ("invalid_grant", 50_173, "password was changed"),
        ("invalid_grant", 700_082, "90 days"),
        ("invalid_grant", 70_008, "ended the sign-in"),
        ("invalid_grant", 70_043, "regular times"),
        ("interaction_required", 53_003, "Conditional Access"),
        ("invalid_grant", 53_003, "Conditional Access"),
        ("interaction_required", 53_000, "managed device"),
        ("interaction_required", 50_076, "second factor"),
        ("interaction_required", 50_158, "second factor"),
        ("invalid_grant", 50_105, "assigned"),
        ("invalid_grant", 50_057, "disabled"),
        ("invalid_grant", 999_999, "sign in to Microsoft once more"),
    ] {
        let world = World::signed_in(Duration::ZERO).await;
        world.microsoft.refuse(400, error, number);
        let refused = world.connect.access(ADA, Lane::Sync).await;
        let refused = refused.unwrap_err();
        assert!(matches!(refused, ConnectError::SignInAgain(_)), "{number}");
        assert_eq!(world.store.state(ADA).await, MailboxState::Reconnect);
        let trouble = world.store.trouble(ADA).await.unwrap();
        assert!(trouble.remedy.contains(words), "{number}: {trouble:?}");
    }
}

#[tokio::test]
async fn many_who_want_a_token_at_once_share_one_refresh() {
    let world = World::signed_in(Duration::ZERO).await;
    let other = world.other_node();
    world.microsoft.close();
    world.clock.hold();
    let wants = (0..20).map(|number| {
        let connect = if number % 2 == 0 {
            world.connect.clone()
        } else {
            other.clone()
        };
        async move { connect.access(ADA, Lane::Sync).await }
    });
    let all = join_all(wants);
    let opened = async {
        // One asks Microsoft, and the other node has seen that it does.
        until(|| world.microsoft.asked().len() == 1 && world.clock.sleepers() == 1).await;
        world.microsoft.open();
        until(|| world.store.stored() == 1).await;
        world.clock.advance(Duration::from_secs(1));
    };
    let (sessions, ()) = futures::join!(all, opened);
    assert_eq!(world.microsoft.asked().len(), 1);
    assert_eq!(world.store.stored(), 1);
    for session in sessions {
        assert_eq!(token(&session.unwrap()), "access-1");
    }
}

#[tokio::test]
async fn a_node_that_died_in_the_middle_holds_the_mailbox_up_only_until_its_claim_ends() {
    let world = World::signed_in(Duration::ZERO).await;
    let until = START.plus(Duration::from_secs(45));
    assert!(world.store.claim_by_other(ADA, START, until).await);
    let session = world.connect.access(ADA, Lane::Sync).await.unwrap();
    assert_eq!(token(&session), "access-1");
    let waited = world.clock.now().since(START);
    assert!(
        waited >= Duration::from_secs(45) && waited < Duration::from_mins(1),
        "{waited:?}"
    );

    let world = World::signed_in(Duration::ZERO).await;
    let until = START.plus(Duration::from_hours(1));
    assert!(world.store.claim_by_other(ADA, START, until).await);
    let error = world.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert!(matches!(error, ConnectError::Later { .. }));
    assert!(world.microsoft.asked().is_empty());
}

#[tokio::test]
async fn a_late_answer_does_not_overwrite_a_newer_sign_in() {
    let world = World::signed_in(Duration::ZERO).await;
    world.microsoft.close();
    let late = world.connect.access(ADA, Lane::Sync);
    let meanwhile = async {
        until(|| !world.microsoft.asked().is_empty()).await;
        let life = Duration::from_hours(1);
        world.sign_in_behind_the_scenes("anew", life).await;
        world.microsoft.open();
    };
    let (session, ()) = futures::join!(late, meanwhile);
    assert_eq!(token(&session.unwrap()), "access-anew");
    assert_eq!(world.store.stored(), 0);
    assert!(!world.is_claimed().await);
}

#[tokio::test]
async fn a_renewal_gets_a_token_issued_now_and_a_rejection_another_one() {
    let world = World::signed_in(Duration::from_hours(1)).await;
    let old = world.connect.access(ADA, Lane::Sync).await.unwrap();
    let renewed = world.connect.access_renewed(ADA, Lane::Push).await.unwrap();
    assert_eq!(token(&renewed), "access-1");
    let again = world.connect.access_renewed(ADA, Lane::Push).await.unwrap();
    assert_eq!(token(&again), "access-2");

    let after = world
        .connect
        .access_after_rejection(ADA, Lane::Sync, &old)
        .await
        .unwrap();
    assert_eq!(token(&after), "access-2", "a newer one is at hand already");
    let after = world
        .connect
        .access_after_rejection(ADA, Lane::Sync, &after)
        .await
        .unwrap();
    assert_eq!(token(&after), "access-3");
}

#[tokio::test]
async fn a_sporadic_refusal_is_asked_about_once_more() {
    let world = World::signed_in(Duration::ZERO).await;
    world.microsoft.refuse(400, "invalid_grant", 70_000);
    let session = world.connect.access(ADA, Lane::Sync).await.unwrap();
    assert_eq!(token(&session), "access-2");
    assert_eq!(world.store.state(ADA).await, MailboxState::Importing);

    let world = World::signed_in(Duration::ZERO).await;
    world.microsoft.refuse(400, "invalid_grant", 70_000);
    world.microsoft.refuse(400, "invalid_grant", 70_000);
    let error = world.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert!(matches!(error, ConnectError::SignInAgain(_)));
    assert_eq!(world.microsoft.asked().len(), 2);
}

#[tokio::test]
async fn a_dead_sign_in_sets_the_mailbox_to_reconnect_and_nobody_asks_again() {
    let world = World::signed_in(Duration::ZERO).await;
    let claims = r#"{"access_token":{"x":1}}"#;
    world.microsoft.refuse_with(
        400,
        json!({"error": "interaction_required", "error_codes": [53003], "claims": claims,
               "error_description": "AADSTS53003: Blocked for ada@contoso.test. Trace ID: 1"}),
    );
    let error = world.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert!(matches!(error, ConnectError::SignInAgain(_)));
    let trouble = world.store.trouble(ADA).await.unwrap();
    assert_eq!(trouble.code, "interaction_required");
    assert_eq!(trouble.message, "AADSTS53003: Blocked for (address)");
    assert!(trouble.remedy.contains("Reconnect"));
    assert_eq!(world.store.state(ADA).await, MailboxState::Reconnect);
    assert!(
        world.store.tokens(ADA).await.is_some(),
        "nothing is thrown away"
    );
    assert_eq!(
        world.store.memo_of(&format!("sign_in.claims.{ADA}")).await,
        claims
    );

    let error = world.connect.access(ADA, Lane::Push).await.unwrap_err();
    assert!(matches!(error, ConnectError::SignInAgain(_)));
    assert_eq!(world.microsoft.asked().len(), 1);
}

#[tokio::test]
async fn a_refused_app_is_one_alarm_and_mailboxes_only_wait() {
    let world = World::signed_in(Duration::ZERO).await;
    world.microsoft.refuse(401, "invalid_client", 7_000_222);
    for _ in 0..3 {
        let error = world.connect.access(ADA, Lane::Sync).await.unwrap_err();
        assert!(matches!(error, ConnectError::App(_)));
    }
    assert_eq!(world.microsoft.asked().len(), 1, "the rest waited");
    assert_eq!(world.store.state(ADA).await, MailboxState::Importing);
    let rung = world.store.app_notice().await.unwrap().alarm.unwrap();
    assert_eq!(rung.code, "invalid_client");
    assert!(rung.remedy.contains("secret"));

    world.clock.advance(Duration::from_secs(31));
    world.connect.access(ADA, Lane::Sync).await.unwrap();
    assert_eq!(world.store.app_notice().await.unwrap().alarm, None);
}

#[tokio::test]
async fn an_outage_of_the_sign_in_service_is_nobodys_fault() {
    let world = World::signed_in(Duration::ZERO).await;
    world.microsoft.refuse_with(503, json!({}));
    let error = world.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert!(matches!(error, ConnectError::Later { .. }));
    assert_eq!(world.store.state(ADA).await, MailboxState::Importing);
    assert!(!world.is_claimed().await);
}

#[tokio::test]
async fn graph_may_ask_for_a_new_sign_in_too() {
    let world = World::signed_in(Duration::from_hours(1)).await;
    let error = GraphError::SignInAgain {
        claims: Some("{}".to_owned()),
        said: Box::new(Said {
            code: "InvalidAuthenticationToken".to_owned(),
            ..Said::default()
        }),
    };
    let session = world.connect.access(ADA, Lane::Sync).await.unwrap();
    let told = world.connect.sign_in_needed(ADA, &session, &error);
    told.await.unwrap();
    assert_eq!(world.store.state(ADA).await, MailboxState::Reconnect);
    assert_eq!(
        world.store.memo_of(&format!("sign_in.claims.{ADA}")).await,
        "{}"
    );
}

#[tokio::test]
async fn before_the_sign_in_there_is_no_session_and_after_removal_neither() {
    let world = World::new(Setup::default()).await;
    let error = world.connect.access(ADA, Lane::Sync).await.unwrap_err();
    assert!(matches!(error, ConnectError::NotSignedIn));
    let gone = maildesk_model::MailboxId(9);
    let error = world.connect.access(gone, Lane::Sync).await.unwrap_err();
    assert!(matches!(error, ConnectError::Gone));
    let classic = World::new(Setup {
        kind: maildesk_model::mailbox::Connection::ImapSmtp,
        ..Setup::default()
    })
    .await;
    let error = classic.connect.access(ADA, Lane::Push).await.unwrap_err();
    assert!(matches!(error, ConnectError::WrongKind(_)));
    assert!(error.trouble().remedy.contains("Microsoft Graph option"));
}
