//! Requests through the router, and their answers.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use maildesk_model::client::ClientAddress;
use serde_json::Value;
use tower::ServiceExt;

use super::{Desk, Person, Session, soon};

/// A request on its way.
pub(crate) struct Call<'a> {
    desk: &'a Desk,
    request: http::request::Builder,
    body: Body,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl<'a> Call<'a> {
    /// A request by nobody.
    pub(crate) fn new(desk: &'a Desk, method: &str, path: &str) -> Self {
        let path = match path.strip_prefix('~') {
            Some(rest) => rest.to_owned(),
            None => format!("/api/v1{path}"),
        };
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Self {
            desk,
            request: Request::builder().method(method).uri(path),
            body: Body::empty(),
        }
    }

    /// By this person, with their token.
    pub(crate) fn by(self, person: &Person) -> Self {
        let token = format!("Bearer {}", person.token);
        self.header("authorization", &token)
    }

    /// From this browser.
    pub(crate) fn in_session(self, session: &Session) -> Self {
        self.header("cookie", &format!("__Host-maildesk={}", session.cookie))
    }

    /// With these fields of a form, and the CSRF token of a session.
    pub(crate) fn form(self, session: Option<&Session>, fields: &[(&str, String)]) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        if let Some(session) = session {
            form.append_pair("csrf", &session.csrf);
        }
        form.extend_pairs(fields);
        self.text("application/x-www-form-urlencoded", &form.finish())
    }

    /// From a client at this address.
    pub(crate) fn at(mut self, address: [u8; 4]) -> Self {
        self.request = self.request.extension(ClientAddress(address.into()));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// With a JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.text("application/json", &body.to_string())
    }

    /// With a body of a type.
    pub(crate) fn text(mut self, content_type: &str, body: &str) -> Self {
        self.body = Body::from(body.to_owned());
        self.header("content-type", content_type)
    }

    /// With bytes as they are.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.body = Body::from(bytes.to_vec());
        self.header("content-type", "application/octet-stream")
    }

    /// The request as it goes in.
    pub(crate) fn request(self) -> Request<Body> {
        self.request.body(self.body).unwrap()
    }

    /// Sends it; the answer's body is still to come.
    pub(crate) async fn start(self) -> http::Response<Body> {
        let web = self.desk.web.clone();
        let request = self.request();
        soon("an answer", web.oneshot(request)).await.unwrap()
    }

    /// Sends it and reads the whole answer.
    pub(crate) async fn send(self) -> Answer {
        let (head, body) = self.start().await.into_parts();
        let body = soon("the end of an answer", body.collect()).await;
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            bytes: body.unwrap().to_bytes(),
        }
    }
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// A header, `""` if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// Makes sure of the status and gives the JSON.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }

    /// Makes sure of the status, where there is nothing else.
    #[track_caller]
    pub(crate) fn is(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text());
    }

    /// Makes sure that it is a problem of this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status);
        problem
    }

    /// The answer as a snapshot shows it.
    pub(crate) fn shown(&self) -> String {
        let kind = self.header("content-type");
        let body = serde_json::to_string_pretty(&self.json()).unwrap();
        format!("{} {kind}\n{body}", self.status)
    }
}
