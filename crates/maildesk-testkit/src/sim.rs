//! The simulator's control side, spoken over HTTP as anybody could.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A running simulator.
#[derive(Clone, Debug)]
pub struct Sim {
    http: reqwest::Client,
    /// Where it listens, without a trailing slash.
    pub url: String,
}

/// The app registration tests use.
pub const CLIENT_ID: &str = "11111111-2222-3333-4444-555555555555";
/// Its secret.
pub const CLIENT_SECRET: &str = "simulated-client-secret";

impl Sim {
    /// A simulator at `url`.
    pub fn at(http: reqwest::Client, url: impl Into<String>) -> Self {
        Self {
            http,
            url: url.into(),
        }
    }

    /// Any control call; the answer's JSON (null where it has none).
    ///
    /// # Panics
    /// When the simulator does not answer, or refuses.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("the simulator answers");
        let status = answer.status();
        let text = answer
            .text()
            .await
            .expect("the simulator's answer can be read");
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Registers the app with the permissions of P15, consented to.
    pub async fn register_app(&self, redirect_uri: &str) {
        let app = json!({
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "redirectUris": [redirect_uri],
            "delegated": ["Mail.ReadWrite", "Mail.Send", "User.Read", "offline_access"],
            "application": ["Mail.ReadWrite", "Mail.Send"],
        });
        self.call(Method::POST, "/sim/apps", Some(app)).await;
    }

    /// Adds a mailbox of `kind` (`user`, `shared` or `personal`).
    pub async fn add_mailbox(&self, address: &str, kind: &str) {
        let mailbox = json!({"address": address, "displayName": address, "kind": kind});
        self.call(Method::POST, "/sim/mailboxes", Some(mailbox))
            .await;
    }

    /// Delivers a mail; its immutable id.
    ///
    /// # Panics
    /// When the simulator gives no id.
    pub async fn deliver(&self, address: &str, subject: &str) -> String {
        let mail = json!({
            "from": {"name": "Grace Hopper", "address": "grace@example.org"},
            "subject": subject,
            "html": format!("<p>{subject}</p>"),
        });
        self.deliver_mail(address, mail).await
    }

    /// Delivers a mail described in full; its immutable id.
    ///
    /// # Panics
    /// When the simulator gives no id.
    pub async fn deliver_mail(&self, address: &str, mail: Value) -> String {
        let answer = self
            .call(
                Method::POST,
                &format!("/sim/mailboxes/{address}/messages"),
                Some(mail),
            )
            .await;
        answer["id"]
            .as_str()
            .expect("the simulator gives an id")
            .to_owned()
    }

    /// Fills a mailbox with history.
    pub async fn fill(&self, address: &str, count: u64, folders: u64, seed: u64) {
        let fill = json!({"count": count, "folders": folders, "seed": seed});
        self.call(
            Method::POST,
            &format!("/sim/mailboxes/{address}/fill"),
            Some(fill),
        )
        .await;
    }

    /// Changes a message "in Outlook".
    pub async fn patch(&self, address: &str, id: &str, change: Value) {
        self.call(
            Method::PATCH,
            &format!("/sim/mailboxes/{address}/messages/{id}"),
            Some(change),
        )
        .await;
    }

    /// Moves a message "in Outlook" to a folder (id or well-known name).
    pub async fn move_to(&self, address: &str, id: &str, folder: &str) {
        let target = json!({"folder": folder});
        self.call(
            Method::POST,
            &format!("/sim/mailboxes/{address}/messages/{id}/move"),
            Some(target),
        )
        .await;
    }

    /// Deletes a message "in Outlook".
    pub async fn delete(&self, address: &str, id: &str) {
        self.call(
            Method::DELETE,
            &format!("/sim/mailboxes/{address}/messages/{id}"),
            None,
        )
        .await;
    }

    /// Microsoft says something about a subscription; whether it was still there.
    ///
    /// # Panics
    /// When the simulator does not answer.
    pub async fn lifecycle(&self, subscription: &str, event: &str) -> bool {
        let said = json!({"subscriptionId": subscription, "event": event});
        let request = self.http.post(format!("{}/sim/lifecycle", self.url));
        let answer = request.json(&said).send().await;
        let status = answer.expect("the simulator answers").status();
        assert!(
            status.is_success() || status == StatusCode::NOT_FOUND,
            "{event}: {status}"
        );
        status.is_success()
    }

    /// The ground truth of a mailbox.
    pub async fn snapshot(&self, address: &str) -> Value {
        self.call(
            Method::GET,
            &format!("/sim/mailboxes/{address}/snapshot"),
            None,
        )
        .await
    }

    /// A page of the simulated Outlook, as its HTML.
    ///
    /// # Panics
    /// When the simulator does not answer, or refuses.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await;
        let answer = answer.expect("the simulator answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.expect("the page can be read")
    }

    /// Replaces all faults; `{}` ends them.
    pub async fn faults(&self, faults: Value) {
        self.call(Method::PUT, "/sim/faults", Some(faults)).await;
    }

    /// Journal entries since `n`.
    ///
    /// # Panics
    /// When the answer is no list.
    pub async fn journal(&self, since: u64) -> Vec<Value> {
        let answer = self
            .call(Method::GET, &format!("/sim/journal?since={since}"), None)
            .await;
        answer.as_array().expect("the journal is a list").clone()
    }

    /// The number of the newest journal entry.
    pub async fn journal_end(&self) -> u64 {
        let entries = self.journal(0).await;
        entries
            .last()
            .and_then(|entry| entry["n"].as_u64())
            .unwrap_or(0)
    }

    /// Subscriptions that live at the simulator.
    ///
    /// # Panics
    /// When the answer is no list.
    pub async fn subscriptions(&self) -> Vec<Value> {
        let answer = self.call(Method::GET, "/sim/subscriptions", None).await;
        answer.as_array().expect("subscriptions are a list").clone()
    }
}
