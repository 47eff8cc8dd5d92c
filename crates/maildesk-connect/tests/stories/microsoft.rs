//! A Microsoft that issues numbered tokens, remembers who asked for what, and refuses on demand.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use maildesk_graph::transport::{Transport, TransportBody, TransportError};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

#[derive(Debug)]
pub(crate) struct Microsoft {
    asked: Mutex<Vec<HashMap<String, String>>>,
    refusals: Mutex<VecDeque<(u16, Value)>>,
    me: Mutex<Value>,
    scope: Mutex<Option<String>>,
    /// Token requests wait for a permit, so that a test can let them pile up.
    doors: Semaphore,
}

impl Default for Microsoft {
    fn default() -> Self {
        Self {
            asked: Mutex::default(),
            refusals: Mutex::default(),
            me: Mutex::new(json!({"id": "user-ada", "mail": "ada@contoso.test"})),
            scope: Mutex::new(Some("Mail.ReadWrite Mail.Send User.Read".to_owned())),
            doors: Semaphore::new(Semaphore::MAX_PERMITS),
        }
    }
}

impl Microsoft {
    /// Refuses the next token request.
    pub(crate) fn refuse(&self, status: u16, error: &str, number: u32) {
        let body = json!({"error": error, "error_codes": [number], "error_description": format!("AADSTS{number}: no.")});
        self.refuse_with(status, body);
    }

    pub(crate) fn refuse_with(&self, status: u16, body: Value) {
        self.refusals.lock().unwrap().push_back((status, body));
    }

    /// Whose account signs in from now on.
    pub(crate) fn account_is(&self, me: Value) {
        *self.me.lock().unwrap() = me;
    }

    /// What is granted from now on; `None`: it does not say.
    pub(crate) fn grants(&self, scope: Option<&str>) {
        *self.scope.lock().unwrap() = scope.map(str::to_owned);
    }

    /// The forms of all token requests so far.
    pub(crate) fn asked(&self) -> Vec<HashMap<String, String>> {
        self.asked.lock().unwrap().clone()
    }

    /// How many token requests had this in their form.
    pub(crate) fn asked_with(&self, field: &str, value: &str) -> usize {
        let asked = self.asked();
        let with = asked
            .iter()
            .filter(|form| form.get(field).is_some_and(|known| known == value));
        with.count()
    }

    /// Holds token requests until [`Microsoft::open`].
    pub(crate) fn close(&self) {
        self.doors.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(crate) fn open(&self) {
        self.doors.add_permits(1000);
    }

    async fn token(&self, request: &Request<Bytes>) -> (u16, Value) {
        let form = form_of(request);
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(form.clone());
            asked.len()
        };
        self.doors.acquire().await.unwrap().forget();
        if let Some(refusal) = self.refusals.lock().unwrap().pop_front() {
            return refusal;
        }
        let mut answer = json!({
            "token_type": "Bearer", "expires_in": 3600, "access_token": format!("access-{number}"),
        });
        if form["grant_type"] != "client_credentials" {
            answer["refresh_token"] = json!(format!("refresh-{number}"));
            if let Some(scope) = &*self.scope.lock().unwrap() {
                answer["scope"] = json!(scope);
            }
        }
        (200, answer)
    }
}

fn form_of(request: &Request<Bytes>) -> HashMap<String, String> {
    url::form_urlencoded::parse(request.body())
        .into_owned()
        .collect()
}

#[async_trait]
impl Transport for Microsoft {
    async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<TransportBody>, TransportError> {
        let (status, body) = if request.uri().path().ends_with("/token") {
            self.token(&request).await
        } else {
            (200, self.me.lock().unwrap().clone())
        };
        Ok(Response::builder()
            .status(status)
            .body(TransportBody::from_bytes(body.to_string()))
            .unwrap())
    }
}
