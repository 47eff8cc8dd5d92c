//! Answers and refusals in Graph's exact shape.
//!
//! An operation returns an [`Outcome`]; the pipeline adds the common headers, so that a batch item and a request of its own are made the same way.

use std::borrow::Cow;

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

/// The content type of every successful JSON answer.
pub(crate) const JSON: &str = "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8";

/// What an operation gives back.
pub(crate) type Outcome = Result<Answer, Refusal>;

/// A successful answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Headers beyond the common ones.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content_type: Option<Cow<'static, str>>,
    pub(crate) body: Bytes,
    /// The fault that made it so, for the journal.
    pub(crate) fault: Option<&'static str>,
}

impl Answer {
    /// JSON text that is already written.
    pub(crate) fn text(status: StatusCode, json: String) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: Some(Cow::Borrowed(JSON)),
            body: json.into(),
            fault: None,
        }
    }

    /// A value written as JSON.
    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        Self::text(
            status,
            serde_json::to_string(value).expect("answers have string keys only"),
        )
    }

    /// 200 with JSON text.
    pub(crate) fn ok(json: String) -> Self {
        Self::text(StatusCode::OK, json)
    }

    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: None,
            body: Bytes::new(),
            fault: None,
        }
    }

    /// Bytes of another kind.
    pub(crate) fn bytes(
        content_type: impl Into<Cow<'static, str>>,
        body: impl Into<Bytes>,
    ) -> Self {
        Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            content_type: Some(content_type.into()),
            body: body.into(),
            fault: None,
        }
    }

    /// Says which fault made it so.
    pub(crate) fn struck(mut self, fault: Option<&'static str>) -> Self {
        self.fault = fault.or(self.fault);
        self
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A refusal: `{"error":{"code","message"[,"innerError"]}}`.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: Cow<'static, str>,
    /// Whether `innerError` follows; Exchange errors of 2023 to 2026 come without it.
    pub(crate) inner: bool,
    /// A second, more specific error inside of it: code and message.
    pub(crate) nested: Option<Box<(String, String)>>,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The fault that made it so, for the journal.
    pub(crate) fault: Option<&'static str>,
}

impl Refusal {
    /// A refusal without `innerError`.
    pub(crate) fn new(
        status: u16,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            status,
            code: code.into(),
            message: message.into(),
            inner: false,
            nested: None,
            headers: Vec::new(),
            fault: None,
        }
    }

    /// Names the fault that made it so.
    pub(crate) fn struck(mut self, fault: &'static str) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Adds `innerError`.
    pub(crate) fn inner(mut self) -> Self {
        self.inner = true;
        self
    }

    /// Adds a second error inside of `innerError`.
    pub(crate) fn nesting(mut self, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.nested = Some(Box::new((code.into(), message.into())));
        self.inner()
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// 404 of a message, folder or attachment that is not there.
    pub(crate) fn item_not_found() -> Self {
        Self::new(
            404,
            "ErrorItemNotFound",
            "The specified object was not found in the store.",
        )
    }

    /// 400 of an id that no mailbox ever gave out.
    pub(crate) fn malformed_id() -> Self {
        Self::new(400, "ErrorInvalidIdMalformed", "Id is malformed.")
    }

    /// 403 of a mailbox or operation that the caller may not touch.
    pub(crate) fn access_denied() -> Self {
        Self::new(
            403,
            "ErrorAccessDenied",
            "Access is denied. Check credentials and try again.",
        )
    }

    /// 400 of a request that cannot be understood.
    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "BadRequest", message).inner()
    }

    /// 400 of a path that leads nowhere in the schema.
    pub(crate) fn unknown_segment(segment: &str) -> Self {
        Self::bad_request(format!("Resource not found for the segment '{segment}'."))
    }

    /// The body, with the ids that the pipeline knows.
    pub(crate) fn body(&self, date: &str, request_id: &str, client_request_id: &str) -> String {
        let nested = |part: fn(&(String, String)) -> &str| self.nested.as_deref().map(part);
        let inner = self.inner.then(|| InnerError {
            code: nested(|nested| &nested.0),
            message: nested(|nested| &nested.1),
            status: self
                .nested
                .as_ref()
                .map(|_| self.status.as_u16().to_string()),
            date,
            request_id,
            client_request_id,
        });
        let body = ErrorBody {
            error: ErrorPart {
                code: &self.code,
                message: &self.message,
                inner_error: inner,
            },
        };
        serde_json::to_string(&body).expect("errors have string keys only")
    }
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: ErrorPart<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorPart<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inner_error: Option<InnerError<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct InnerError<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    date: &'a str,
    request_id: &'a str,
    client_request_id: &'a str,
}
