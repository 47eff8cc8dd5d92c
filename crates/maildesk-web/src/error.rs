//! Turns what went wrong into an answer: RFC 9457 `application/problem+json` with a `code`.
//!
//! The one place of this crate that knows status codes of errors. A handler says what is the case
//! ([`Problem::not_found`], [`Problem::wrong`], …); what a person reads and what the log gets are
//! kept apart: the cause goes to the log once, here, and never into the answer.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use maildesk_model::mailbox::Trouble;
use maildesk_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::shape::TroubleBody;

/// The media type of every error (RFC 9457, section 3).
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not done, ready to be answered.
#[derive(Debug)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    body: ProblemBody,
    retry_after: Option<Duration>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// An error, as RFC 9457 writes one, with a stable word for programs in `code`.
#[derive(Serialize, ToSchema, Debug, Default)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Always `about:blank`: the status and `code` say what kind it is.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable word for programs, or Graph's own code.
    #[schema(value_type = String)]
    code: Cow<'static, str>,
    /// What is wrong, in plain words.
    #[schema(value_type = String)]
    detail: Cow<'static, str>,
    /// Where Microsoft or the server's settings are in the way: what happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Where Microsoft or the server's settings are in the way: what to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// Why the mailbox is not ready for push.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<TroubleBody>>,
    /// Where a part of a file does not go on: where it would.
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<i64>,
    /// Which fields are wrong, and how.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// One wrong field.
#[derive(Serialize, ToSchema, Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// The field, as a path (`userIds[2]`), or the name of a query parameter.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) message: String,
}

impl FieldError {
    /// Names a field and what is wrong with it.
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

impl Problem {
    /// Any problem; the shorter constructors below are the usual ones.
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Parts {
            status,
            body: ProblemBody {
                r#type: "about:blank",
                title: status.canonical_reason().unwrap_or("Error"),
                status: status.as_u16(),
                code: code.into(),
                detail: detail.into(),
                ..ProblemBody::default()
            },
            retry_after: None,
            cause: None,
        }))
    }

    /// 401: nobody we know.
    pub(crate) fn unauthenticated(detail: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
    }

    /// 404: it does not exist, or not for this person; the answer is the same.
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing here that you may see.",
        )
    }

    /// 403: it exists for this person, and is not theirs to do.
    pub(crate) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "Only a Mailbox Administrator may do this.",
        )
    }

    /// 400: it cannot be read.
    pub(crate) fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// 400: a query parameter that cannot be right.
    pub(crate) fn parameter(field: &str, message: impl Into<String>) -> Self {
        Self::malformed("A query parameter is wrong.")
            .with_errors(vec![FieldError::new(field, message)])
    }

    /// 422: it can be read, and some values are wrong.
    pub(crate) fn wrong(errors: Vec<FieldError>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_value",
            "Some values are wrong; see errors.",
        )
        .with_errors(errors)
    }

    /// 409: it does not fit what is there.
    pub(crate) fn conflict(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// A trouble in its three parts, with the status that says whose it is.
    pub(crate) fn trouble(status: StatusCode, trouble: Trouble) -> Self {
        let mut problem = Self::new(status, trouble.code, trouble.message.clone());
        problem.0.body.message = Some(trouble.message);
        problem.0.body.remedy = Some(trouble.remedy);
        problem
    }

    /// 503: not now.
    pub(crate) fn busy(code: &'static str, detail: &'static str, again: Duration) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).with_retry_after(again)
    }

    /// 500: our fault, and none of the caller's business how.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on this server. Its log says what, under this request's id.",
        )
    }

    /// Says when to come back.
    pub(crate) fn with_retry_after(mut self, again: Duration) -> Self {
        self.0.retry_after = Some(again);
        self
    }

    /// Adds why the mailbox is not ready for push.
    pub(crate) fn with_reasons(mut self, reasons: Vec<TroubleBody>) -> Self {
        self.0.body.reasons = Some(reasons);
        self
    }

    /// Says where a file goes on.
    pub(crate) fn with_received(mut self, received: i64) -> Self {
        self.0.body.received = Some(received);
        self
    }

    fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.body.errors = errors;
        self
    }

    fn caused_by(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.0.cause = Some(Box::new(cause));
        self
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(what) => Self::new(StatusCode::CONFLICT, "conflict", what),
            StoreError::Unavailable(_) => Self::busy(
                "unavailable",
                "The database is not available right now.",
                Duration::from_secs(1),
            )
            .caused_by(error),
            StoreError::LeaseLost | StoreError::Corrupt(_) => Self::internal().caused_by(error),
        }
    }
}

/// What a page may show of a problem; rides along with the answer for the pages' frame.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// The stable word.
    pub(crate) code: String,
    /// What is wrong, in plain words.
    pub(crate) detail: String,
    /// What to do about it, where somebody knows.
    pub(crate) remedy: Option<String>,
}

/// An error with all its causes, one after the other.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let parts = *self.0;
        if let Some(cause) = &parts.cause {
            let cause: &(dyn Error + 'static) = &**cause;
            tracing::error!(http.status = parts.status.as_u16(), error = %Chain(cause), "request failed");
        }
        let shown = Shown {
            code: parts.body.code.to_string(),
            detail: parts.body.detail.to_string(),
            remedy: parts.body.remedy.clone(),
        };
        let mut response = (parts.status, Json(parts.body)).into_response();
        response.extensions_mut().insert(shown);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if parts.status == StatusCode::UNAUTHORIZED {
            let how = HeaderValue::from_static("Bearer realm=\"maildesk\"");
            headers.insert(header::WWW_AUTHENTICATE, how);
        }
        if let Some(again) = parts.retry_after {
            headers.insert(header::RETRY_AFTER, again.as_secs().max(1).into());
        }
        response
    }
}
