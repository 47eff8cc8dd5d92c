//! MailDesk's own API as the demo uses it: through the front door, like anybody.

use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context, bail};
use futures::Stream;
use maildesk_model::Secret;
use reqwest::Method;
use serde_json::{Value, json};

use super::Sample;

/// Pause between two looks at an import; each look is one cheap request.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The API, spoken to with the demo's token.
#[derive(Clone, Debug)]
pub(super) struct Api {
    http: reqwest::Client,
    url: String,
    token: Secret,
}

/// The event stream as bytes.
pub(super) type EventBytes = Pin<Box<dyn Stream<Item = reqwest::Result<axum::body::Bytes>> + Send>>;

impl Api {
    pub(super) fn new(http: reqwest::Client, url: String, token: Secret) -> Self {
        Self { http, url, token }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self
            .http
            .request(method.clone(), format!("{}/api/v1{path}", self.url))
            .bearer_auth(self.token.expose());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request
            .send()
            .await
            .with_context(|| format!("{method} {path}"))?;
        let status = answer.status();
        let body = answer.bytes().await?;
        let value: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if !status.is_success() {
            bail!("{method} {path} answered {status}: {value}");
        }
        Ok(value)
    }

    pub(super) async fn add_mailbox(&self, sample: Sample) -> anyhow::Result<String> {
        let body = json!({"name": sample.name, "email": sample.address, "connection": "graph_application"});
        let mailbox = self.call(Method::POST, "/mailboxes", Some(body)).await?;
        Ok(mailbox["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Shares a mailbox with somebody.
    pub(super) async fn share(&self, mailbox: &str, email: &str) -> anyhow::Result<()> {
        let users = self.call(Method::GET, "/users", None).await?;
        let users = users["items"].as_array().into_iter().flatten();
        let ids: Vec<&Value> = users
            .filter(|user| user["email"] == email)
            .map(|user| &user["id"])
            .collect();
        let access = json!({"userIds": ids});
        self.call(
            Method::PUT,
            &format!("/mailboxes/{mailbox}/access"),
            Some(access),
        )
        .await?;
        Ok(())
    }

    /// Waits until the mailbox is listed; gives up with what the mailbox says is wrong.
    pub(super) async fn wait_active(&self, mailbox: &str) -> anyhow::Result<()> {
        loop {
            let answer = self
                .call(Method::GET, &format!("/mailboxes/{mailbox}"), None)
                .await?;
            match answer["state"].as_str() {
                Some("active") => return Ok(()),
                Some("error" | "reconnect") => bail!("the mailbox cannot be synced: {answer}"),
                _ => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }

    /// Turns push on; until when it lasts.
    pub(super) async fn register_push(&self, mailbox: &str) -> anyhow::Result<String> {
        let push = self
            .call(Method::POST, &format!("/mailboxes/{mailbox}/push"), None)
            .await?;
        Ok(push["expiresAt"].as_str().unwrap_or("soon").to_owned())
    }

    pub(super) async fn events(&self) -> anyhow::Result<EventBytes> {
        let answer = self
            .http
            .get(format!("{}/api/v1/events", self.url))
            .bearer_auth(self.token.expose())
            .send()
            .await?
            .error_for_status()?;
        Ok(Box::pin(answer.bytes_stream()))
    }
}
