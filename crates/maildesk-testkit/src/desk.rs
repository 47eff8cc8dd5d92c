//! MailDesk's JSON API and event stream, spoken over HTTP as an integrator would.

use futures::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::wait;

/// A running MailDesk, seen by somebody with an API token.
#[derive(Clone, Debug)]
pub struct Desk {
    http: reqwest::Client,
    /// Where it listens, without a trailing slash.
    pub url: String,
    token: String,
}

impl Desk {
    /// A MailDesk at `url`, spoken to with `token`.
    pub fn at(http: reqwest::Client, url: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            http,
            url: url.into(),
            token: token.into(),
        }
    }

    /// The API token it speaks with.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Any call under `/api/v1`; status and JSON (null where there is none). `None` when nothing
    /// answers, as while the program is down.
    pub async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Option<(StatusCode, Value)> {
        let mut request = self
            .http
            .request(method, format!("{}/api/v1{path}", self.url))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status();
        let text = answer.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// As [`Desk::try_call`], for a desk that must answer well.
    ///
    /// # Panics
    /// When it does not answer, or with an error.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, value) = self
            .try_call(method.clone(), path, body)
            .await
            .unwrap_or_else(|| panic!("{method} {path}: nothing answers"));
        assert!(status.is_success(), "{method} {path}: {status} {value}");
        value
    }

    /// Adds a mailbox as the organisation; its id.
    ///
    /// # Panics
    /// When the answer has no id.
    pub async fn add_mailbox(&self, address: &str) -> String {
        let mailbox = json!({"name": address, "email": address, "connection": "graph_application"});
        let answer = self.call(Method::POST, "/mailboxes", Some(mailbox)).await;
        answer["id"]
            .as_str()
            .expect("a mailbox has an id")
            .to_owned()
    }

    /// Waits until it answers.
    pub async fn wait_listening(&self) {
        wait::until("the server listens", || async {
            let (status, _) = self.try_call(Method::GET, "/mailboxes", None).await?;
            (!status.is_server_error()).then_some(())
        })
        .await;
    }

    /// Waits until a mailbox is `active`.
    pub async fn wait_active(&self, mailbox: &str) {
        wait::until("the mailbox is active", || async {
            let (_, answer) = self
                .try_call(Method::GET, &format!("/mailboxes/{mailbox}"), None)
                .await?;
            (answer["state"] == "active").then_some(())
        })
        .await;
    }

    /// Somebody signs in to the simulated Microsoft for a mailbox and accepts everything; the
    /// status of the way back.
    ///
    /// # Panics
    /// When the sign-in does not begin.
    pub async fn sign_in(&self, mailbox: &str, account: &str) -> StatusCode {
        let connect = format!("{}/api/v1/mailboxes/{mailbox}/connect", self.url);
        let begun = self.http.get(connect).bearer_auth(&self.token).send();
        let begun = begun.await.expect("the desk answers");
        let header = |answer: &reqwest::Response, name: &str| {
            let value = answer.headers().get(name);
            let value = value.unwrap_or_else(|| panic!("{}: no {name}", answer.status()));
            value.to_str().expect("a header is text").to_owned()
        };
        let cookie = header(&begun, "set-cookie");
        let page = self.http.post(header(&begun, "location"));
        let accepted = page.form(&[("account", account), ("decision", "accept")]);
        let accepted = accepted.send().await.expect("the simulator answers");
        let back = self.http.get(header(&accepted, "location"));
        let cookie = cookie.split(';').next().unwrap_or_default();
        let back = back.header("cookie", cookie).send().await;
        back.expect("the desk answers").status()
    }

    /// Turns push on; the push object.
    pub async fn register_push(&self, mailbox: &str) -> Value {
        self.call(Method::POST, &format!("/mailboxes/{mailbox}/push"), None)
            .await
    }

    /// All items of a list, page by page.
    ///
    /// # Panics
    /// When the answer is no list.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = self
                .call(
                    Method::GET,
                    &format!("{path}{joint}limit=200{cursor}"),
                    None,
                )
                .await;
            items.extend(
                page["items"]
                    .as_array()
                    .expect("a list has items")
                    .iter()
                    .cloned(),
            );
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// A gauge or counter of `/metrics`, all its labels together; 0 where there is nothing to tell.
    ///
    /// # Panics
    /// When the desk does not answer, or the token is not the one of the settings.
    pub async fn figure(&self, token: &str, name: &str) -> f64 {
        let url = format!("{}/metrics", self.url);
        let answer = self.http.get(url).bearer_auth(token).send().await;
        let answer = answer.expect("the desk answers");
        assert_eq!(answer.status(), StatusCode::OK);
        let text = answer.text().await.expect("figures can be read");
        let samples = text.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            let is_it = rest.starts_with([' ', '{']);
            is_it.then(|| rest.rsplit(' ').next()?.parse::<f64>().ok())?
        });
        samples.sum()
    }

    /// Opens the event stream, from `last` on if given.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn events(&self, last: Option<&str>) -> Events {
        let events = self.try_events(last).await;
        events.expect("the event stream opens")
    }

    /// As [`Desk::events`], `None` where nothing answers, or not with a stream.
    pub async fn try_events(&self, last: Option<&str>) -> Option<Events> {
        let mut request = self
            .http
            .get(format!("{}/api/v1/events", self.url))
            .bearer_auth(&self.token);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.send().await.ok()?;
        if answer.status() != StatusCode::OK {
            return None;
        }
        let bytes = answer
            .bytes_stream()
            .map(|chunk| chunk.map(|bytes| bytes.to_vec()).map_err(|_| ()));
        Some(Events {
            bytes: Box::pin(bytes),
            buffer: Vec::new(),
        })
    }
}

/// One event of the stream.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// The journal position.
    pub id: String,
    /// Its name, such as `message.created`.
    pub name: String,
    /// Its data.
    pub data: Value,
}

/// An open event stream.
pub struct Events {
    bytes: std::pin::Pin<Box<dyn futures::Stream<Item = Result<Vec<u8>, ()>> + Send>>,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Events")
    }
}

impl Events {
    /// The next event; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let frame: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(event) = read_frame(&String::from_utf8_lossy(&frame)) {
                    return Some(event);
                }
            }
            let chunk = self.bytes.next().await?.ok()?;
            self.buffer.extend(chunk);
        }
    }

    /// The next event of that name.
    ///
    /// # Panics
    /// When none comes within the limit, or the stream ends.
    pub async fn next_named(&mut self, name: &str) -> Event {
        let found = async {
            loop {
                let event = self.next().await.expect("the stream stays open");
                if event.name == name {
                    return event;
                }
            }
        };
        tokio::time::timeout(wait::LIMIT, found)
            .await
            .unwrap_or_else(|_| panic!("no {name} came"))
    }
}

/// Reads one frame; `None` for a comment.
pub(crate) fn read_frame(frame: &str) -> Option<Event> {
    let mut event = Event {
        id: String::new(),
        name: String::new(),
        data: Value::Null,
    };
    for line in frame.lines() {
        if let Some(id) = line.strip_prefix("id:") {
            id.trim().clone_into(&mut event.id);
        } else if let Some(name) = line.strip_prefix("event:") {
            name.trim().clone_into(&mut event.name);
        } else if let Some(data) = line.strip_prefix("data:") {
            event.data = serde_json::from_str(data.trim()).unwrap_or(Value::Null);
        }
    }
    (!event.name.is_empty()).then_some(event)
}
