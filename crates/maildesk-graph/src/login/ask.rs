//! Sends one token request: who we are, what we want, and the reading of the answer.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Method};
use maildesk_model::Secret;

use super::{Credential, Login, LoginError, Scopes, Tokens};
use crate::call;
use crate::retry;
use crate::wire::token::{TokenAnswer, TokenErrorBody};

/// Token answers hold a few kilobytes; more is not one.
const ANSWER_MAX_BYTES: usize = 256 * 1024;
/// What a token is believed to live where the answer does not say (facts.md 8.3: 60 minutes at
/// least).
const USUAL_LIFE: Duration = Duration::from_hours(1);

impl Login {
    /// Asks the token endpoint, proving who we are. A refused credential is followed by the next
    /// one, so that a rotation needs no restart at the right moment.
    pub(crate) async fn ask(
        &self,
        operation: &'static str,
        fields: &[(&str, &str)],
    ) -> Result<Tokens, LoginError> {
        let count = self.shared.app.credentials.len();
        if count == 0 {
            return Err(LoginError::config(
                "no_credential",
                "The Microsoft app has neither a client secret nor a certificate.",
            ));
        }
        let first = self.shared.accepted.load(Ordering::Relaxed);
        let mut refused = None;
        for step in 0..count {
            let place = (first + step) % count;
            let credential = &self.shared.app.credentials[place];
            match self.ask_with(operation, credential, fields).await {
                Err(error @ LoginError::InvalidClient { .. }) => refused = Some(error),
                other => {
                    self.shared.accepted.store(place, Ordering::Relaxed);
                    return other;
                }
            }
        }
        Err(refused.expect("at least one credential was tried"))
    }

    async fn ask_with(
        &self,
        operation: &'static str,
        credential: &Credential,
        fields: &[(&str, &str)],
    ) -> Result<Tokens, LoginError> {
        let body = self.body(credential, fields)?;
        let mut request = http::Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.token_url().parse().map_err(|_| {
            LoginError::config(
                "bad_tenant",
                "The tenant setting cannot be part of an address.",
            )
        })?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        if let Ok(agent) = HeaderValue::from_str(&self.shared.user_agent) {
            headers.insert(USER_AGENT, agent);
        }
        let answer = self.shared.transport.send(request).await.map_err(|error| {
            let error = LoginError::lost(&error);
            note(operation, error.code());
            error
        })?;
        let (head, body) = answer.into_parts();
        note(operation, head.status.as_str());
        let body = body
            .collect(ANSWER_MAX_BYTES)
            .await
            .map_err(|error| LoginError::lost(&error))?;
        if head.status.is_success() {
            read_tokens(&body)
        } else {
            Err(self.read_error(&head.headers, head.status.as_u16(), &body))
        }
    }

    /// The form: the fields, who we are, and the proof of it.
    fn body(&self, credential: &Credential, fields: &[(&str, &str)]) -> Result<Bytes, LoginError> {
        let client_id = &self.shared.app.client_id;
        let mut form = Serializer::new(String::new());
        form.append_pair("client_id", client_id);
        form.extend_pairs(fields);
        match credential {
            Credential::Secret(secret) => {
                form.append_pair("client_secret", secret.expose());
            }
            Credential::Certificate(certificate) => {
                let id = call::guid(&*self.shared.entropy);
                let now = self.shared.clock.now();
                let assertion = certificate
                    .assertion(client_id, &self.token_url(), &id, now)
                    .map_err(|error| LoginError::config("bad_certificate", &error.to_string()))?;
                form.append_pair(
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                );
                form.append_pair("client_assertion", &assertion);
            }
        }
        Ok(Bytes::from(form.finish()))
    }

    fn read_error(&self, headers: &HeaderMap, status: u16, body: &[u8]) -> LoginError {
        let date = call::date(headers);
        let retry_after = headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| {
                retry::retry_after(value, date.unwrap_or_else(|| self.shared.clock.now()))
            });
        let body: TokenErrorBody = serde_json::from_slice(body).unwrap_or_default();
        LoginError::of_body(body, status, retry_after, date)
    }
}

fn read_tokens(body: &[u8]) -> Result<Tokens, LoginError> {
    // The parser's words would quote the token; nothing of them is kept.
    let answer = serde_json::from_slice(body).ok();
    let answer: TokenAnswer = answer
        .filter(|answer: &TokenAnswer| !answer.access_token.is_empty())
        .ok_or_else(|| {
            LoginError::later("unreadable_answer", "The token answer could not be read.")
        })?;
    Ok(Tokens {
        access: Secret::new(answer.access_token),
        refresh: answer
            .refresh_token
            .filter(|token| !token.is_empty())
            .map(Secret::new),
        expires_in: answer
            .expires_in
            .map(|seconds| Duration::from_secs(seconds.0))
            .filter(|life| !life.is_zero())
            .unwrap_or(USUAL_LIFE),
        scope: answer.scope.map(|scope| Scopes::parse(&scope)),
    })
}

fn note(operation: &'static str, status: &str) {
    metrics::counter!(
        "maildesk_graph_requests_total",
        "operation" => operation,
        "status" => status.to_owned()
    )
    .increment(1);
    tracing::debug!(
        graph.operation = operation,
        http.status = status,
        "called the sign-in service"
    );
}
