//! Something between the desk and the simulator that leaves messages out of delta, so that a story
//! loses one for good as Graph does now and then (facts.md 10, 18), or that fails over one folder,
//! refuses one message, or gives fewer folders at once than are asked for.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::stack::client;
use crate::valve::forward;

/// More than any page.
const ANSWER_MAX: usize = 64 * 1024 * 1024;

/// Which messages delta does not give.
#[derive(Clone, Debug, Default)]
pub struct Censor(Arc<Mutex<Hidden>>);

#[derive(Clone, Debug, Default)]
struct Hidden {
    subject: Option<String>,
    /// Those that had it: what changes of a message later comes without a subject.
    ids: HashSet<String>,
    /// What is asked of this folder fails.
    folder: Option<String>,
    /// This message may not be read.
    message: Option<String>,
    /// The folders' delta has so many on a page.
    folders: Option<usize>,
    /// Paths that were answered here.
    answered: Vec<String>,
}

impl Hidden {
    fn hides(&mut self, item: &Value) -> bool {
        let Some(subject) = &self.subject else {
            return false;
        };
        let id = item["id"].as_str().unwrap_or_default();
        if item["subject"] == **subject {
            self.ids.insert(id.to_owned());
        }
        self.ids.contains(id)
    }
}

impl Censor {
    /// From now on delta leaves messages of this subject out; `None`: it gives everything that is
    /// new since.
    pub fn hides(&self, subject: Option<&str>) {
        self.hidden().subject = subject.map(str::to_owned);
    }

    /// From now on whatever is asked of the folder with this id of Graph's is answered with 500.
    pub fn fails_over(&self, folder: Option<&str>) {
        self.hidden().folder = folder.map(str::to_owned);
    }

    /// From now on whatever is asked of the message with this id of Graph's is answered with 403.
    pub fn refuses(&self, message: Option<&str>) {
        self.hidden().message = message.map(str::to_owned);
    }

    /// From now on the folders' delta has so many folders on a page, whatever was asked for.
    pub fn gives_folders(&self, at_once: usize) {
        self.hidden().folders = Some(at_once);
    }

    /// The paths that were answered here, in their order.
    pub fn answered(&self) -> Vec<String> {
        self.hidden().answered.clone()
    }

    /// What it answers itself.
    fn answer(&self, path: &str) -> Option<(StatusCode, &'static str)> {
        let mut hidden = self.hidden();
        let path = path.replace("%3D", "=");
        let is_named = |id: &Option<String>| id.as_ref().is_some_and(|id| path.contains(id));
        let answer = if is_named(&hidden.folder) {
            (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError")
        } else if is_named(&hidden.message) {
            (StatusCode::FORBIDDEN, "ErrorAccessDenied")
        } else {
            return None;
        };
        hidden.answered.push(path);
        Some(answer)
    }

    /// What is asked for, with the page size that is given.
    fn asked(&self, mut request: Request) -> Request {
        let size = self.hidden().folders;
        let is_folders = request.uri().path().ends_with("/mailFolders/delta");
        let Some(size) = size.filter(|_| is_folders) else {
            return request;
        };
        let size = HeaderValue::from_str(&format!("odata.maxpagesize={size}"));
        let size = size.expect("a number is a header value");
        request.headers_mut().insert("prefer", size);
        request
    }

    fn hidden(&self) -> MutexGuard<'_, Hidden> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves in front of the simulator; its own base URL.
    pub(crate) async fn serve(self, upstream: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let router = Router::new()
            .fallback(pass)
            .with_state((self, upstream, client()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://localhost:{port}")
    }
}

async fn pass(
    State((censor, upstream, http)): State<(Censor, String, reqwest::Client)>,
    request: Request,
) -> Response {
    let is_delta = request.uri().path().ends_with("/messages/delta");
    if let Some((status, code)) = censor.answer(request.uri().path()) {
        let error = json!({"error": {"code": code, "message": "Not this one."}});
        return (status, error.to_string()).into_response();
    }
    let answer = forward(&http, &upstream, censor.asked(request)).await;
    if !is_delta {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let Ok(body) = axum::body::to_bytes(body, ANSWER_MAX).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(items) = body["value"].as_array_mut() {
        let mut hidden = censor.hidden();
        items.retain(|item| !hidden.hides(item));
    }
    head.headers.remove(header::CONTENT_LENGTH);
    (head, body.to_string()).into_response()
}
