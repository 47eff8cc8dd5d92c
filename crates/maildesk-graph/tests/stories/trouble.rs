//! What statuses, codes and headers are turned into, and what error texts never hold.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maildesk_graph::transport::TransportError;
use maildesk_graph::{GraphError, Want};

use crate::script::{Script, me, user};

async fn error_of(script: &std::sync::Arc<Script>) -> GraphError {
    me(script).message("1", Want::FIELDS).await.unwrap_err()
}

#[tokio::test]
async fn waiting_times_are_taken_from_the_answer() {
    let script = Script::new();
    for (status, header, wanted) in [
        (429, Some("2.128"), Some(Duration::from_millis(2128))),
        (
            429,
            Some("Tue, 14 Nov 2023 22:13:35 GMT"),
            Some(Duration::from_secs(10)),
        ),
        (429, Some("whenever"), None),
        (509, None, None),
        (503, Some("7"), Some(Duration::from_secs(7))),
        (504, None, None),
    ] {
        let headers: Vec<_> = header
            .map(|value| ("retry-after", value))
            .into_iter()
            .collect();
        script.say(
            status,
            &headers,
            r#"{"error":{"code":"TooManyRequests","message":"Please retry again later."}}"#,
        );
        match error_of(&script).await {
            GraphError::Throttled {
                retry_after,
                concurrency,
                ..
            } => {
                assert!(status == 429 || status == 509);
                assert_eq!(
                    (retry_after, concurrency),
                    (wanted, false),
                    "{status} {header:?}"
                );
            }
            GraphError::Later {
                retry_after,
                maybe_done,
                ..
            } => {
                assert!(status == 503 || status == 504);
                assert_eq!(
                    (retry_after, maybe_done),
                    (wanted, false),
                    "{status} {header:?}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_expired_token_is_told_from_a_claims_challenge() {
    let script = Script::new();
    let bearer = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\"";
    let body = r#"{"error":{"code":"InvalidAuthenticationToken","message":"Access token has expired or is not yet valid.","innerError":{"date":"2021-12-15T01:31:15"}}}"#;
    script.say(
        401,
        &[
            ("www-authenticate", bearer),
            ("www-authenticate", "PoP nonce=\"x\""),
        ],
        body,
    );
    assert!(matches!(
        error_of(&script).await,
        GraphError::TokenRejected { .. }
    ));

    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#;
    let challenge = format!(
        "{bearer}, error=\"insufficient_claims\", claims=\"{}\"",
        STANDARD.encode(claims)
    );
    script.say(
        401,
        &[
            ("www-authenticate", "PoP nonce=\"x\""),
            ("www-authenticate", &challenge),
        ],
        body,
    );
    match error_of(&script).await {
        GraphError::SignInAgain {
            claims: Some(came), ..
        } => assert_eq!(came, claims),
        other => panic!("{other:?}"),
    }
    script.refuse(403, "insufficient_claims", "Continuous access evaluation");
    assert!(matches!(
        error_of(&script).await,
        GraphError::SignInAgain { claims: None, .. }
    ));
}

#[tokio::test]
async fn a_mailbox_that_graph_cannot_reach_is_not_a_message_that_is_gone() {
    let script = Script::new();
    script.refuse(
        404,
        "ErrorItemNotFound",
        "The specified object was not found in the store.",
    );
    assert!(matches!(
        error_of(&script).await,
        GraphError::NotFound { .. }
    ));
    script.refuse(
        404,
        "MailboxNotEnabledForRESTAPI",
        "REST API is not yet supported for this mailbox.",
    );
    let error = error_of(&script).await;
    assert!(matches!(error, GraphError::Refused { .. }));
    assert!(error.remedy().contains("Exchange Online"));
}

#[tokio::test]
async fn the_fence_says_that_it_is_the_fence() {
    let script = Script::new();
    script.refuse(
        403,
        "ErrorAccessDenied",
        "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.",
    );
    let error = user(&script, "ada@contoso.test")
        .message("1", Want::FIELDS)
        .await
        .unwrap_err();
    assert!(matches!(error, GraphError::NotAllowed { .. }));
    assert!(error.remedy().contains("RBAC for Applications"));
    let trouble = error.trouble();
    assert_eq!(trouble.code, "ErrorAccessDenied");
    assert!(trouble.message.starts_with("Access to OData is disabled"));
}

#[tokio::test]
async fn odd_bodies_are_still_errors_with_words() {
    let script = Script::new();
    for body in [
        "",
        "<html><h1>Bad gateway",
        "null",
        r#"{"error":"x"}"#,
        "\u{0}",
    ] {
        script.say(502, &[("content-type", "text/html")], body.to_owned());
        let error = error_of(&script).await;
        assert!(matches!(error, GraphError::Later { .. }));
        assert_eq!(error.code(), "http_502");
        assert!(error.message().contains("502") && !error.remedy().is_empty());
    }
    script.say(500, &[], vec![b'x'; 1 << 20]);
    assert!(
        matches!(error_of(&script).await, GraphError::Later { .. }),
        "a huge page is cut off"
    );
    script.say(302, &[("location", "https://evil.test/")], "");
    assert!(matches!(
        error_of(&script).await,
        GraphError::Refused { .. }
    ));
    assert_eq!(script.count(), 7, "no redirect was followed");
}

#[tokio::test]
async fn no_error_text_holds_a_token_an_address_or_a_link_with_state() {
    let script = Script::new();
    script.refuse(
        400,
        "ErrorInvalidUser",
        "The requested user 'ada@contoso.test' is invalid; see https://graph.microsoft.com/v1.0/users/ada@contoso.test/mailFolders/x/messages/delta?$deltatoken=s3cr3t",
    );
    let error = error_of(&script).await;
    let shown = format!("{error} {error:?} {:?}", error.trouble());
    for secret in ["contoso", "s3cr3t", "opaque-token"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("https://graph.microsoft.com/…") || shown.contains("(link)"));

    script.fail(TransportError::Broken(
        "error for url (https://graph.microsoft.com/v1.0/me?$skiptoken=s3cr3t)".to_owned(),
    ));
    let error = error_of(&script).await;
    assert!(!format!("{error} {error:?}").contains("s3cr3t"));
}
