//! How many calls run at once, and what a "too many at once" is answered with.

use std::sync::Arc;

use futures::FutureExt;
use maildesk_graph::{GraphError, MailboxGate, Settings, Urgency, Want, Who};
use maildesk_model::{Clock as _, Secret};

use crate::script::{JumpingClock, NOW, Script, graph_with};

const TOO_MANY: &str = r#"{"error":{"code":"ApplicationThrottled","message":"Application is over its MailboxConcurrency limit."}}"#;

#[tokio::test]
async fn a_refused_fifth_call_waits_for_an_own_call_to_end() {
    let script = Script::new();
    let clock = JumpingClock::new();
    let session = graph_with(&script, Settings::default(), Arc::clone(&clock)).session(
        Who::Me,
        Secret::new("t"),
        MailboxGate::new(3),
    );
    script.say(429, &[("retry-after", "1")], TOO_MANY);
    script.ok(r#"{"id":"1"}"#);
    session.message("1", Want::FIELDS).await.unwrap();
    assert_eq!(script.count(), 2, "the same call was sent once more");
    assert!(
        clock.now() > NOW,
        "with no call of its own to wait for, it waited a moment"
    );
}

#[tokio::test]
async fn a_mailbox_that_stays_busy_is_handed_back() {
    let script = Script::new();
    let session = graph_with(&script, Settings::default(), JumpingClock::new()).session(
        Who::Me,
        Secret::new("t"),
        MailboxGate::new(3),
    );
    for _ in 0..6 {
        script.say(429, &[("retry-after", "1")], TOO_MANY);
    }
    let error = session.delete_message("1").await.unwrap_err();
    assert!(matches!(
        error,
        GraphError::Throttled {
            concurrency: true,
            ..
        }
    ));
    assert_eq!(script.count(), 6);
    assert_eq!(session.in_flight(), 0);
}

#[tokio::test]
async fn other_throttling_is_not_waited_out_here() {
    let script = Script::new();
    let session = graph_with(&script, Settings::default(), JumpingClock::new()).session(
        Who::Me,
        Secret::new("t"),
        MailboxGate::new(3),
    );
    script.refuse(
        429,
        "ApplicationThrottled",
        "Application is over its RequestRate limit.",
    );
    let error = session.delete_message("1").await.unwrap_err();
    assert!(matches!(
        error,
        GraphError::Throttled {
            concurrency: false,
            ..
        }
    ));
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn history_leaves_room_for_a_click_over_the_whole_server() {
    let script = Script::new();
    let settings = Settings {
        in_flight_max: 2,
        history_in_flight_max: 1,
        ..Settings::default()
    };
    let graph = graph_with(&script, settings, JumpingClock::new());
    let session = |urgency| {
        graph
            .session(Who::Me, Secret::new("t"), MailboxGate::new(3))
            .with_urgency(urgency)
    };
    for _ in 0..2 {
        script.say(200, &[], "bytes");
    }
    // A streamed body is a running call until somebody has read it.
    let _old = session(Urgency::History)
        .attachment_bytes("1", "1")
        .await
        .unwrap();
    let blocked = session(Urgency::History);
    assert!(
        Box::pin(blocked.attachment_bytes("1", "2"))
            .now_or_never()
            .is_none()
    );
    let _click = session(Urgency::Now)
        .attachment_bytes("1", "3")
        .await
        .unwrap();
    assert_eq!(script.count(), 2);
}
