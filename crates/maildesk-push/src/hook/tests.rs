//! The webhook by its front door, on a real store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use maildesk_model::{Clock, Entropy, Timestamp};
use maildesk_store::contract::StampStore;
use maildesk_store::{SecretKey, SqlStore, StoreSettings};
use tower::ServiceExt;

use super::{HookParts, LIFECYCLE_PATH, PATH, router};

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep_until(&self, _: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

#[derive(Debug)]
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

struct Hook {
    store: Arc<SqlStore>,
    _folder: tempfile::TempDir,
}

impl Hook {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("maildesk.db").display());
        let key = SecretKey::from_bytes([1; 32]);
        let store = SqlStore::open(&url, key, Arc::new(Fixed), StoreSettings::default())
            .await
            .unwrap();
        Self {
            store: Arc::new(store),
            _folder: folder,
        }
    }

    async fn post(&self, uri: &str, body: impl Into<Body>) -> (StatusCode, String, String) {
        let parts = HookParts {
            store: self.store.clone(),
            clock: Arc::new(Still),
        };
        let request = Request::post(uri).body(body.into()).unwrap();
        let answer = router(parts).oneshot(request).await.unwrap();
        let status = answer.status();
        let kind = answer
            .headers()
            .get("content-type")
            .map_or("", |kind| kind.to_str().unwrap())
            .to_owned();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, kind, String::from_utf8(bytes.to_vec()).unwrap())
    }
}

#[tokio::test]
async fn the_probe_is_answered_verbatim_on_both_paths() {
    let hook = Hook::new().await;
    for path in [PATH, LIFECYCLE_PATH] {
        let uri = format!("{path}?validationToken=Validation%3a+Testing+%2B+%2F+%3D");
        let (status, kind, body) = hook.post(&uri, "").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(kind, "text/plain; charset=utf-8");
        assert_eq!(body, "Validation: Testing + / =");
    }
}

#[tokio::test]
async fn a_bad_token_is_refused() {
    let hook = Hook::new().await;
    let long = "a".repeat(5_000);
    for token in ["%3Cscript%3E", "%00", "%ff", long.as_str()] {
        let (status, _, body) = hook
            .post(&format!("{PATH}?validationToken={token}"), "")
            .await;
        assert_eq!((status, body.as_str()), (StatusCode::BAD_REQUEST, ""));
    }
}

#[tokio::test]
async fn whatever_comes_is_answered_and_stamps_nothing() {
    let hook = Hook::new().await;
    let unknown = r#"{"value":[{"subscriptionId":"11111111-2222-3333-4444-555555555555","clientState":"x","changeType":"created","resourceData":{"id":"m"}}]}"#;
    for body in [
        unknown,
        "{}",
        "[]",
        "null",
        "7",
        r#"{"value":null}"#,
        r#"{"value":[7,null,{}]}"#,
    ] {
        let (status, _, text) = hook.post(PATH, body.to_owned()).await;
        assert_eq!(
            (status, text.as_str()),
            (StatusCode::ACCEPTED, ""),
            "{body}"
        );
    }
    for body in ["", "{", "<xml/>"] {
        assert_eq!(
            hook.post(PATH, body.to_owned()).await.0,
            StatusCode::BAD_REQUEST,
            "{body}"
        );
    }
    assert_eq!(
        hook.post(PATH, vec![b' '; 5 << 20]).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        hook.post(PATH, vec![b' '; 9 << 20]).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(hook.store.stamps_due(Still.now()).await.unwrap(), 0);
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let hook = Hook::new().await;
    let parts = HookParts {
        store: hook.store.clone(),
        clock: Arc::new(Still),
    };
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let request = Request::builder()
            .method(method)
            .uri(PATH)
            .body(Body::empty())
            .unwrap();
        let answer = router(parts.clone()).oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.headers()["allow"], "POST");
    }
}
