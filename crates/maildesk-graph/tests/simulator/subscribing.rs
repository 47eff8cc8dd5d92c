//! A subscription's life, and what is announced meanwhile.

use std::time::Duration;

use maildesk_graph::notification::{ChangeKind, Lifecycle, What};
use maildesk_graph::{GraphError, NewSubscription};
use maildesk_model::{Secret, Timestamp};
use serde_json::json;

use crate::office::{Office, mail, until};

fn wanted(now: Timestamp, minutes: u64) -> NewSubscription {
    NewSubscription {
        notification_url: "http://127.0.0.1:1/maildesk/push/outlook".to_owned(),
        lifecycle_url: "http://127.0.0.1:1/maildesk/push/outlook/lifecycle".to_owned(),
        client_state: Secret::new("hush"),
        expires_at: now.plus(Duration::from_mins(minutes)),
    }
}

#[tokio::test]
async fn it_is_created_read_listed_renewed_and_deleted() {
    let office = Office::open().await;
    let ada = office.ada().await;
    let now = ada.folder("inbox").await.unwrap().date.unwrap();
    let made = ada
        .create_subscription(&wanted(now, 8640))
        .await
        .unwrap()
        .value;
    let granted = made.expires_at.unwrap().since(now);
    assert!(granted > Duration::from_hours(143) && granted < Duration::from_hours(145));
    let shown = ada.subscription(&made.id).await.unwrap().value;
    assert_eq!(shown.notification_url, made.notification_url);
    assert!(shown.lifecycle_url.unwrap().ends_with("/lifecycle"));
    let listed = ada.subscriptions(None).await.unwrap().value;
    assert_eq!(listed.items.len(), 1);
    let end = now.plus(Duration::from_hours(150));
    let renewed = ada.renew_subscription(&made.id, end).await.unwrap().value;
    assert!(renewed.expires_at > made.expires_at);
    ada.delete_subscription(&made.id).await.unwrap();
    for gone in [
        ada.subscription(&made.id).await.unwrap_err(),
        ada.renew_subscription(&made.id, end).await.unwrap_err(),
        ada.delete_subscription(&made.id).await.unwrap_err(),
    ] {
        assert!(matches!(gone, GraphError::NotFound { .. }), "{gone:?}");
    }
}

#[tokio::test]
async fn too_long_twins_and_failed_probes_are_told_apart() {
    let office = Office::open().await;
    let ada = office.ada().await;
    let now = ada.folder("inbox").await.unwrap().date.unwrap();
    let error = ada
        .create_subscription(&wanted(now, 20_000))
        .await
        .unwrap_err();
    assert!(
        matches!(error, GraphError::TooLong { max_minutes: Some(max), .. } if max < 20_000),
        "{error:?}"
    );

    office
        .tell(
            "PUT",
            "/sim/faults",
            json!({"subscription": {"conflict409": true}}),
        )
        .await;
    let made = ada
        .create_subscription(&wanted(now, 100))
        .await
        .unwrap()
        .value;
    let error = ada
        .create_subscription(&wanted(now, 100))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, GraphError::Conflict { existing: Some(twin), .. } if *twin == made.id),
        "{error:?}"
    );

    ada.delete_subscription(&made.id).await.unwrap();
    office
        .tell(
            "PUT",
            "/sim/faults",
            json!({"validation": {"failFirst": 1}}),
        )
        .await;
    let error = ada
        .create_subscription(&wanted(now, 100))
        .await
        .unwrap_err();
    assert!(
        matches!(error, GraphError::ValidationFailed { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_is_announced_names_the_message_and_carries_the_secret() {
    let office = Office::open().await;
    let ada = office.ada().await;
    let now = ada.folder("inbox").await.unwrap().date.unwrap();
    let made = ada
        .create_subscription(&wanted(now, 100))
        .await
        .unwrap()
        .value;
    let id = office.deliver(mail("x")).await;
    let created = What::Change {
        change: Some(ChangeKind::Created),
        message: Some(id),
    };
    let webhook = &office.webhook;
    until(|| webhook.announced().iter().any(|one| one.what == created)).await;
    office
        .tell(
            "POST",
            "/sim/lifecycle",
            json!({"subscriptionId": made.id, "event": "missed"}),
        )
        .await;
    let missed = What::Lifecycle(Lifecycle::Missed);
    until(|| webhook.announced().iter().any(|one| one.what == missed)).await;
    for one in webhook.announced() {
        assert_eq!(one.subscription, made.id);
        assert!(one.client_state.unwrap().matches("hush"));
    }
}
