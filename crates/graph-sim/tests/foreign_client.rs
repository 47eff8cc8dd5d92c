//! Somebody else's client judges the simulator: Microsoft's own SDK, with no special treatment.
//!
//! It needs a Python with what `foreign_client/requirements.txt` names; `cargo xtask test` makes one and names it in `MAILDESK_TEST_PYTHON`.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use graph_sim::{Config, HttpOutbound, Sim, SystemClock};
use serde_json::{Value, json};

const PYTHON: &str = "MAILDESK_TEST_PYTHON";
const ADA: &str = "ada@contoso.test";
/// The SDK alone takes seconds to be imported.
const LIMIT: Duration = Duration::from_mins(3);

#[expect(clippy::disallowed_methods, reason = "tests are their own program")]
fn client() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test command names the Python that it made"
)]
fn python() -> String {
    std::env::var(PYTHON).unwrap_or_else(|_| panic!("{PYTHON} is not set: run `cargo xtask test`, or name a Python that has crates/graph-sim/tests/foreign_client/requirements.txt installed"))
}

/// Starts a simulator with one mailbox of 35 filled messages, and an app that may read it.
async fn simulator() -> String {
    let http = client();
    let sim = Sim::new(Config {
        clock: Arc::new(SystemClock),
        seed: 3,
        allow_http: true,
        outbound: Arc::new(HttpOutbound(http.clone())),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { sim.serve(listener, std::future::pending()).await });
    for (path, body) in [
        (
            "apps",
            json!({"clientId": "foreign", "clientSecret": "s", "redirectUris": [], "delegated": [], "application": ["Mail.ReadWrite"]}),
        ),
        (
            "mailboxes",
            json!({"address": ADA, "displayName": "Ada", "kind": "user"}),
        ),
        (
            &format!("mailboxes/{ADA}/fill"),
            json!({"count": 88, "folders": 2, "seed": 1}),
        ),
    ] {
        let answer = http
            .post(format!("{base}/sim/{path}"))
            .json(&body)
            .send()
            .await
            .expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }
    base
}

#[tokio::test]
async fn microsofts_own_client_gets_along_without_special_treatment() {
    let python = python();
    let base = simulator().await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign_client/story.py");
    let story = tokio::process::Command::new(&python)
        .args([script, &base, ADA, "foreign", "s"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(LIMIT, story)
        .await
        .expect("the story ends in time")
        .expect("Python runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut told: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let folders = told["folders"].take();
    for name in ["Inbox", "Drafts", "Sent Items", "Deleted Items", "Archive"] {
        assert!(
            folders.as_array().expect("a list").contains(&json!(name)),
            "{name}: {folders}"
        );
    }
    let messages = told["deltaMessages"].as_u64().expect("a number");
    assert!(
        messages > 20,
        "two fifths of the history are in the inbox: {messages}"
    );
    assert_eq!(told["deltaPages"], json!(messages.div_ceil(10)));
    assert!(
        told["createdExpires"]
            .as_str()
            .expect("text")
            .ends_with("+00:00")
    );
    for name in ["folders", "deltaMessages", "deltaPages", "createdExpires"] {
        told.as_object_mut().expect("an object").remove(name);
    }
    assert_eq!(
        told,
        json!({
            "probes": 3,
            "secretOnCreate": true,
            "notified": ["created", true, true],
            "subject": "Hello",
            "laterDelta": [true],
            "renewedEarlier": true,
            "shown": true,
            "listed": [[true, null]],
            "gone": [404, "ResourceNotFound"],
        })
    );
}
