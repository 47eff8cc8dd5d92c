//! As the organisation: one token for all, and what the tenant may refuse.

use maildesk_connect::ConnectError;
use maildesk_graph::GraphError;
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::Connection;
use serde_json::json;

use crate::office::{ADA, EVE, Office, TENANT};

#[tokio::test]
async fn every_mailbox_is_read_with_one_token() {
    let office = Office::open(TENANT).await;
    for address in [ADA, EVE] {
        let mailbox = office.add(address, Connection::GraphApplication).await;
        let session = office.connect.access(mailbox, Lane::Sync).await.unwrap();
        session.folder("inbox").await.unwrap();
    }
    assert_eq!(office.token_requests().await, 1);
}

#[tokio::test]
async fn an_expired_secret_is_the_operators_and_a_refused_token_is_replaced() {
    let office = Office::open(TENANT).await;
    let mailbox = office.add(ADA, Connection::GraphApplication).await;
    let session = office.connect.access(mailbox, Lane::Sync).await.unwrap();
    let next = office
        .connect
        .access_after_rejection(mailbox, Lane::Sync, &session)
        .await
        .unwrap();
    assert!(!next.token().matches(session.token().expose()));
    next.newest(1, None).await.unwrap();

    office
        .tell(
            "PUT",
            "/sim/faults",
            json!({"token": {"secretExpired": true}}),
        )
        .await;
    let error = office
        .connect
        .access_after_rejection(mailbox, Lane::Sync, &next)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, ConnectError::App(trouble) if trouble.message.contains("AADSTS7000222")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_graphs_to_say() {
    let office = Office::open(TENANT).await;
    let mailbox = office
        .add("nobody@contoso.test", Connection::GraphApplication)
        .await;
    let session = office.connect.access(mailbox, Lane::Sync).await.unwrap();
    let error = session.folder("inbox").await.unwrap_err();
    assert!(matches!(error, GraphError::Refused { .. }), "{error:?}");
    assert!(error.remedy().contains("Check the address"));
}
