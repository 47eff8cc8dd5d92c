//! As a person: from the first sign-in to the reconnect.

use std::time::Duration;

use axum::http::StatusCode;
use futures::future::join_all;
use maildesk_connect::ConnectError;
use maildesk_model::MailboxId;
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::{Connection, MailboxState};
use serde_json::json;

use crate::office::{ADA, EVE, Office};

#[tokio::test]
async fn ada_signs_in_and_her_mailbox_can_be_read_for_days() {
    let office = Office::open("common").await;
    let mailbox = office.add(ADA, Connection::GraphDelegated).await;
    let answer = office.sign_in(mailbox, ADA, "accept").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        answer.headers()["location"],
        format!("/mailboxes/{mailbox}")
    );
    assert_eq!(office.mailbox(mailbox).await.state, MailboxState::Importing);

    let session = office.connect.access(mailbox, Lane::Sync).await.unwrap();
    session.newest(1, None).await.unwrap();
    assert_eq!(office.token_requests().await, 1, "the first token serves");

    let mut days = Vec::new();
    for _ in 0..3 {
        office.clock.advance(Duration::from_hours(24));
        let session = office.connect.access(mailbox, Lane::Sync).await.unwrap();
        session.newest(1, None).await.unwrap();
        days.push(session.token().expose().to_owned());
    }
    days.dedup();
    assert_eq!(days.len(), 3, "each day had a token of its own");
}

#[tokio::test]
async fn many_at_once_refresh_once() {
    let office = Office::open("common").await;
    let mailbox = office.add(ADA, Connection::GraphDelegated).await;
    office.sign_in(mailbox, ADA, "accept").await;
    office.clock.advance(Duration::from_hours(24));
    let before = office.token_requests().await;
    let all = join_all((0..30).map(|_| office.connect.access(mailbox, Lane::Sync))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(office.token_requests().await, before + 1);
}

#[tokio::test]
async fn a_revoked_sign_in_becomes_a_reconnect_and_only_ada_can_do_it() {
    let office = Office::open("common").await;
    let mailbox = office.add(ADA, Connection::GraphDelegated).await;
    office.sign_in(mailbox, ADA, "accept").await;
    let revoke = json!({"revokeSignIns": true});
    office
        .tell("PATCH", &format!("/sim/mailboxes/{ADA}"), revoke)
        .await;
    let error = office
        .connect
        .access_renewed(mailbox, Lane::Push)
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::SignInAgain(_)), "{error:?}");
    let shown = office.mailbox(mailbox).await;
    assert_eq!(shown.state, MailboxState::Reconnect);
    assert_eq!(shown.trouble.unwrap().code, "invalid_grant");

    let asked = office.token_requests().await;
    office
        .connect
        .access(mailbox, Lane::Sync)
        .await
        .unwrap_err();
    assert_eq!(office.token_requests().await, asked, "nobody knocks again");

    let eve = office.sign_in(mailbox, EVE, "accept").await;
    assert_eq!(eve.status(), StatusCode::CONFLICT);
    assert_eq!(office.mailbox(mailbox).await.state, MailboxState::Reconnect);
    let ada = office.sign_in(mailbox, ADA, "accept").await;
    assert_eq!(ada.status(), StatusCode::SEE_OTHER);
    let shown = office.mailbox(mailbox).await;
    assert_eq!(
        (shown.state, shown.trouble),
        (MailboxState::Importing, None)
    );
    office.connect.access(mailbox, Lane::Sync).await.unwrap();
}

#[tokio::test]
async fn a_disconnected_mailbox_is_reached_for_its_subscriptions_alone() {
    let office = Office::open("common").await;
    let mailbox = office.add(ADA, Connection::GraphDelegated).await;
    office.sign_in(mailbox, ADA, "accept").await;
    office.disconnect(mailbox).await;
    let refused = office.connect.access(mailbox, Lane::Sync).await;
    assert_eq!(refused.unwrap_err().trouble().code, "disconnected");
    let session = office.connect.access_renewed(mailbox, Lane::Push).await;
    assert!(session.is_ok(), "its tokens still work: {session:?}");
    let eve = office.sign_in(mailbox, EVE, "accept").await;
    assert_eq!(eve.status(), StatusCode::CONFLICT);
    let ada = office.sign_in(mailbox, ADA, "accept").await;
    assert_eq!(ada.status(), StatusCode::SEE_OTHER);
    office.connect.access(mailbox, Lane::Sync).await.unwrap();
}

#[tokio::test]
async fn a_stranger_or_a_change_of_mind_connects_nothing() {
    let office = Office::open("common").await;
    let mailbox = office.add(ADA, Connection::GraphDelegated).await;
    let stranger = office.sign_in(mailbox, EVE, "accept").await;
    assert_eq!(stranger.status(), StatusCode::CONFLICT);
    let declined = office.sign_in(mailbox, ADA, "decline").await;
    assert_eq!(declined.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        office.mailbox(mailbox).await.state,
        MailboxState::Connecting
    );
    let error = office
        .connect
        .access(mailbox, Lane::Sync)
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::NotSignedIn));
}

#[tokio::test]
async fn short_lived_tokens_work_too() {
    let office = Office::open("common").await;
    let mailbox = office.add(ADA, Connection::GraphDelegated).await;
    office
        .tell("PUT", "/sim/faults", json!({"token": {"lifetimeS": 30}}))
        .await;
    office.sign_in(mailbox, ADA, "accept").await;
    for _ in 0..3 {
        let session = office.connect.access(mailbox, Lane::Sync).await.unwrap();
        session.newest(1, None).await.unwrap();
    }
}

#[tokio::test]
async fn a_rotation_that_nobody_wrote_down_ends_no_sign_in() {
    let office = Office::open("common").await;
    let mailbox = office.add(ADA, Connection::GraphDelegated).await;
    office.sign_in(mailbox, ADA, "accept").await;
    for _ in 0..3 {
        office.rotate_unseen(mailbox).await;
        office.clock.advance(Duration::from_hours(24));
        let session = office.connect.access(mailbox, Lane::Sync).await.unwrap();
        session.newest(1, None).await.unwrap();
    }
}

/// Ada has signed in, and from now on Microsoft demands claims.
async fn challenged() -> (Office, MailboxId) {
    let office = Office::open("common").await;
    let mailbox = office.add(ADA, Connection::GraphDelegated).await;
    office.sign_in(mailbox, ADA, "accept").await;
    let challenge = json!({"token": {"claimsChallenge": 1}});
    office.tell("PUT", "/sim/faults", challenge).await;
    (office, mailbox)
}

/// The sign-in passes the claims on, or Microsoft would go on demanding them.
async fn signs_in_with_claims(office: &Office, mailbox: MailboxId) {
    assert_eq!(office.mailbox(mailbox).await.state, MailboxState::Reconnect);
    let ada = office.sign_in(mailbox, ADA, "accept").await;
    assert_eq!(ada.status(), StatusCode::SEE_OTHER);
    for _ in 0..2 {
        let session = office.connect.access(mailbox, Lane::Sync).await.unwrap();
        session.newest(1, None).await.unwrap();
        office.clock.advance(Duration::from_hours(24));
    }
}

#[tokio::test]
async fn claims_that_graph_demands_are_passed_on() {
    let (office, mailbox) = challenged().await;
    let session = office.connect.access(mailbox, Lane::Sync).await.unwrap();
    let error = session.newest(1, None).await.unwrap_err();
    let told = office.connect.sign_in_needed(mailbox, &session, &error);
    told.await.unwrap();
    signs_in_with_claims(&office, mailbox).await;
}

#[tokio::test]
async fn claims_that_the_sign_in_side_demands_are_passed_on() {
    let (office, mailbox) = challenged().await;
    office.clock.advance(Duration::from_hours(24));
    let error = office.connect.access(mailbox, Lane::Sync).await;
    assert!(matches!(error, Err(ConnectError::SignInAgain(_))));
    let trouble = office.mailbox(mailbox).await.trouble.unwrap();
    assert!(
        trouble.remedy.contains("Conditional Access"),
        "{}",
        trouble.remedy
    );
    signs_in_with_claims(&office, mailbox).await;
}
