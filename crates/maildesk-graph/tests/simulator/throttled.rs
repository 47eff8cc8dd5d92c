//! Too much and too many at once.

use std::time::Duration;

use futures::future::join_all;
use maildesk_graph::{GraphError, MailboxGate, retry};
use serde_json::json;

use crate::office::{ADA, Office, mail};

#[tokio::test]
async fn through_a_gate_forty_calls_at_once_all_succeed() {
    let office = Office::open().await;
    office.deliver(mail("x")).await;
    office
        .tell(
            "PUT",
            "/sim/faults",
            json!({"graph": {"latencyMs": 5, "concurrencyLimit": 1.0}}),
        )
        .await;
    let ada = office.ada_through(MailboxGate::new(4)).await;
    let all = join_all((0..40).map(|_| ada.newest(1, None))).await;
    assert!(all.iter().all(Result::is_ok));
    let journal = office.tell("GET", "/sim/journal", json!(null)).await;
    let refused = journal
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["mailbox"] == ADA && entry["status"] == 429)
        .count();
    assert_eq!(refused, 0, "nothing was sent that had to be refused");
}

#[tokio::test]
async fn a_gate_too_wide_heals_by_waiting_for_its_own_calls() {
    let office = Office::open().await;
    office
        .tell(
            "PUT",
            "/sim/faults",
            json!({"graph": {"latencyMs": 20, "concurrencyLimit": 1.0}}),
        )
        .await;
    let ada = office.ada_through(MailboxGate::new(6)).await;
    let all = join_all((0..12).map(|_| ada.newest(1, None))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
}

#[tokio::test]
async fn a_busy_graph_says_when_to_come_back() {
    let office = Office::open().await;
    let ada = office.ada().await;
    office
        .tell("PUT", "/sim/faults", json!({"graph": {"error429": 1.0}}))
        .await;
    let error = ada.newest(1, None).await.unwrap_err();
    let GraphError::Throttled {
        retry_after: Some(asked),
        concurrency: false,
        ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert!(asked >= Duration::from_secs(1) && asked <= Duration::from_secs(5));
    assert!(retry::after(&error, 1, 0.0).wait().unwrap() >= asked);
    office
        .tell("PUT", "/sim/faults", json!({"graph": {"error503": 1.0}}))
        .await;
    let error = ada.newest(1, None).await.unwrap_err();
    assert!(
        matches!(
            error,
            GraphError::Later {
                maybe_done: false,
                ..
            }
        ),
        "{error:?}"
    );
    office.tell("PUT", "/sim/faults", json!({})).await;
    ada.newest(1, None).await.unwrap();
}
