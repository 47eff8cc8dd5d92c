//! What sign-in answers when it refuses: the error body of the token endpoint, and the page for errors that may not be redirected [facts 8.7].

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

use crate::clock::wire;
use crate::graph::CLAIMS;
use crate::world::World;

/// A refusal of sign-in.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// OAuth's error code; clients branch on this.
    pub(super) error: &'static str,
    /// The number after `AADSTS`.
    pub(super) code: u32,
    pub(super) message: String,
    pub(super) suberror: Option<&'static str>,
    /// Whether claims are demanded.
    pub(super) claims: bool,
    /// The fault that made it so, for the journal.
    pub(super) fault: Option<&'static str>,
    /// Whether the parts of the description are separated by line ends, as until 2023.
    pub(super) line_ends: bool,
}

impl Problem {
    /// A refusal.
    pub(super) fn new(error: &'static str, code: u32, message: impl Into<String>) -> Self {
        Self {
            error,
            code,
            message: message.into(),
            suberror: None,
            claims: false,
            fault: None,
            line_ends: false,
        }
    }

    /// Adds a `suberror`.
    pub(super) fn sub(mut self, suberror: &'static str) -> Self {
        self.suberror = Some(suberror);
        self
    }

    /// Says which fault made it so.
    pub(super) fn struck(mut self, fault: &'static str) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Demands claims.
    pub(super) fn demanding_claims(mut self) -> Self {
        self.claims = true;
        self
    }

    /// A parameter that is missing.
    pub(super) fn missing(parameter: &str) -> Self {
        Self::new(
            "invalid_request",
            900_144,
            format!("The request body must contain the following parameter: '{parameter}'."),
        )
    }

    /// An app that is not registered.
    pub(super) fn unknown_app(client_id: &str) -> Self {
        let message = format!(
            "Application with identifier '{client_id}' was not found in the directory 'Simulated'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."
        );
        Self::new("unauthorized_client", 700_016, message)
    }

    /// Consent is missing.
    pub(super) fn no_consent(client_id: &str) -> Self {
        let message = format!(
            "The user or administrator has not consented to use the application with ID '{client_id}'. Send an interactive authorization request for this user and resource."
        );
        Self::new("invalid_grant", 65001, message).sub("consent_required")
    }

    /// Only an administrator can consent.
    pub(super) fn admin_needed(client_id: &str) -> Self {
        let message = format!(
            "An administrator of the organisation has set a policy that prevents you from granting '{client_id}' the permissions it is requesting."
        );
        Self::new("consent_required", 90094, message).struck("adminConsentRequired")
    }

    fn status(&self) -> StatusCode {
        if self.error == "invalid_client" {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::BAD_REQUEST
        }
    }

    /// `AADSTSn: text Trace ID: … Correlation ID: … Timestamp: …`, separated by spaces as since 2023-11.
    pub(super) fn description(&self, ids: &TraceIds) -> String {
        let gap = if self.line_ends { "\r\n" } else { " " };
        format!(
            "AADSTS{}: {}{gap}Trace ID: {}{gap}Correlation ID: {}{gap}Timestamp: {}",
            self.code, self.message, ids.trace, ids.correlation, ids.timestamp
        )
    }

    /// The answer of the token endpoint.
    pub(super) fn answer(&self, ids: &TraceIds, base: &str) -> Response {
        let body = Body {
            error: self.error,
            error_description: self.description(ids),
            error_codes: [self.code],
            timestamp: &ids.timestamp,
            trace_id: &ids.trace,
            correlation_id: &ids.correlation,
            error_uri: format!("{base}/error?code={}", self.code),
            suberror: self.suberror,
            claims: self.claims.then_some(CLAIMS),
        };
        let mut response = (self.status(), Json(body)).into_response();
        if let Some(fault) = self.fault {
            response.extensions_mut().insert(super::Struck(fault));
        }
        response
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    error_description: String,
    error_codes: [u32; 1],
    timestamp: &'a str,
    trace_id: &'a str,
    correlation_id: &'a str,
    error_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    suberror: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<&'a str>,
}

/// The ids of one exchange.
pub(super) struct TraceIds {
    pub(super) trace: String,
    pub(super) correlation: String,
    /// `YYYY-MM-DD hh:mm:ssZ`.
    pub(super) timestamp: String,
}

impl TraceIds {
    /// Fresh ids; the correlation id is the client's when it sent one.
    pub(super) fn new(world: &World, client_request_id: Option<&str>) -> Self {
        let correlation = client_request_id.map_or_else(|| world.exchange_id(), str::to_owned);
        Self {
            trace: world.exchange_id(),
            correlation,
            timestamp: wire(world.clock.now()).replace('T', " "),
        }
    }
}
