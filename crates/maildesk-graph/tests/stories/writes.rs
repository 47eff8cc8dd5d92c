//! Writes: only what changes is sent, and a lost answer is a doubt.

use http::Method;
use maildesk_graph::transport::TransportError;
use maildesk_graph::{GraphError, MessagePatch};
use maildesk_model::Timestamp;
use maildesk_model::message::Flag;
use serde_json::json;

use crate::script::{Script, header, json_of, me};

#[tokio::test]
async fn a_patch_holds_what_changes_and_nothing_else() {
    let script = Script::new();
    script.ok(r#"{"id":"1","isRead":true}"#);
    let patch = MessagePatch {
        is_read: Some(true),
        ..MessagePatch::default()
    };
    let reply = me(&script).update_message("1", &patch).await.unwrap();
    assert_eq!(reply.value.is_read, Some(true));
    let request = script.last();
    assert_eq!(request.method(), Method::PATCH);
    assert_eq!(json_of(&request), json!({"isRead": true}));
    assert_eq!(header(&request, "content-type"), "application/json");
    assert!(header(&request, "prefer").contains("ImmutableId"));

    script.say(204, &[], "");
    let patch = MessagePatch {
        flag: Some(Flag::None),
        categories: Some(vec!["Red".to_owned()]),
        ..MessagePatch::default()
    };
    let reply = me(&script).update_message("1", &patch).await.unwrap();
    assert_eq!(
        reply.value.remote_id, "1",
        "an answer without a body is an answer"
    );
    assert_eq!(
        json_of(&script.last()),
        json!({"flag": {"flagStatus": "notFlagged"}, "categories": ["Red"]})
    );

    // A day, as its midnight in UTC; Graph takes no due date without a start.
    script.ok(r#"{"id":"1"}"#);
    let patch = MessagePatch {
        flag: Some(Flag::Flagged),
        due: Timestamp::parse("2026-12-24T00:00:00Z"),
        ..MessagePatch::default()
    };
    me(&script).update_message("1", &patch).await.unwrap();
    let day = json!({"dateTime": "2026-12-24T00:00:00", "timeZone": "UTC"});
    let flag = json!({"flagStatus": "flagged", "startDateTime": day, "dueDateTime": day});
    assert_eq!(json_of(&script.last()), json!({"flag": flag}));
}

#[tokio::test]
async fn a_move_answers_with_the_message_as_it_is_now() {
    let script = Script::new();
    script.say(201, &[], r#"{"id":"1b","parentFolderId":"F2"}"#);
    let moved = me(&script)
        .move_message("1", "archive")
        .await
        .unwrap()
        .value;
    assert_eq!(
        (moved.remote_id.as_str(), moved.folder.as_deref()),
        ("1b", Some("F2"))
    );
    assert_eq!(json_of(&script.last()), json!({"destinationId": "archive"}));
    assert!(script.last_line().1.ends_with("/messages/1/move"));
}

#[tokio::test]
async fn a_lost_answer_to_a_write_says_that_it_may_be_done() {
    let script = Script::new();
    let doubtful = |error: GraphError| match error {
        GraphError::Later { maybe_done, .. } => maybe_done,
        other => panic!("{other:?}"),
    };
    script.fail(TransportError::Timeout);
    assert!(doubtful(
        me(&script).move_message("1", "F").await.unwrap_err()
    ));
    script.say(503, &[("content-type", "text/plain")], "");
    assert!(doubtful(me(&script).delete_message("1").await.unwrap_err()));
    script.fail(TransportError::Connect("refused".to_owned()));
    assert!(
        !doubtful(me(&script).delete_message("1").await.unwrap_err()),
        "what was never sent was never done"
    );
    script.fail(TransportError::Timeout);
    assert!(!doubtful(me(&script).newest(1, None).await.unwrap_err()));
}

#[tokio::test]
async fn a_stale_change_key_is_simply_tried_again() {
    let script = Script::new();
    for (status, code) in [
        (409, "ErrorIrresolvableConflict"),
        (412, "ErrorIrresolvableConflict"),
    ] {
        script.refuse(
            status,
            code,
            "The send or update operation could not be performed.",
        );
        let error = me(&script)
            .update_message("1", &MessagePatch::default())
            .await
            .unwrap_err();
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
    }
}

#[tokio::test]
async fn a_draft_is_sent_with_the_length_of_nothing() {
    let script = Script::new();
    script.say(202, &[], "");
    me(&script).send_draft("1").await.unwrap();
    let request = script.last();
    assert!(script.last_line().1.ends_with("/messages/1/send"));
    assert_eq!(header(&request, "content-length"), "0");
    assert!(request.body().is_empty());
}
