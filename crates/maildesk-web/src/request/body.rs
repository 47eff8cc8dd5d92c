//! JSON bodies, read after the checks of who asks, what exists and what they may do.

use std::error::Error;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, StatusCode, header};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::pace::TooSlow;
use crate::error::{FieldError, Problem};

/// A body over the limit is read up to here and thrown away, so that the sender sees the answer
/// instead of a broken connection.
const DISCARD_MAX: usize = 8 * 1024 * 1024;

/// A body that nobody has looked at yet.
pub(crate) struct Unread {
    headers: HeaderMap,
    body: Body,
}

impl<S: Sync> FromRequest<S> for Unread {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        Ok(Self {
            headers: parts.headers,
            body,
        })
    }
}

impl Unread {
    /// Reads JSON of at most `limit` bytes: 415 for another type, 413 for more, 400 for what is no
    /// JSON, 422 for JSON whose values are wrong, naming the field.
    pub(crate) async fn json<T: DeserializeOwned>(self, limit: usize) -> Result<T, Problem> {
        self.must_be_json()?;
        let bytes = collect(self.body, limit).await?;
        parse(&bytes)
    }

    /// Reads a posted form of at most `limit` bytes, its fields in the order they came: 415 for
    /// another type, 413 for more.
    pub(crate) async fn form(self, limit: usize) -> Result<Vec<(String, String)>, Problem> {
        if !is_of(&self.headers, &["application/x-www-form-urlencoded"]) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body must be a form.",
            ));
        }
        let bytes = collect(self.body, limit).await?;
        Ok(form_urlencoded::parse(&bytes).into_owned().collect())
    }

    /// Reads bytes as they are, of whatever type, at most `limit`: 413 for more.
    pub(crate) async fn bytes(self, limit: usize) -> Result<Bytes, Problem> {
        collect(self.body, limit).await
    }

    /// Reads JSON as [`Unread::json`] does, and the bytes it was read from.
    pub(crate) async fn json_and_bytes<T: DeserializeOwned>(
        self,
        limit: usize,
    ) -> Result<(T, Bytes), Problem> {
        self.must_be_json()?;
        let bytes = collect(self.body, limit).await?;
        Ok((parse(&bytes)?, bytes))
    }

    /// Reads JSON as [`Unread::json`] does; nothing at all is as good as `{}`.
    pub(crate) async fn json_or_nothing<T: DeserializeOwned + Default>(
        self,
        limit: usize,
    ) -> Result<T, Problem> {
        let is_json = self.must_be_json();
        let bytes = collect(self.body, limit).await?;
        if bytes.trim_ascii().is_empty() {
            return Ok(T::default());
        }
        is_json?;
        parse(&bytes)
    }

    fn must_be_json(&self) -> Result<(), Problem> {
        if is_of(&self.headers, &JSON) {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "The body must be application/json.",
        ))
    }

    /// Makes sure that there is nothing in it (`{}` counts as nothing): this call takes no values.
    pub(crate) async fn nothing(self, limit: usize) -> Result<(), Problem> {
        let bytes = collect(self.body, limit).await?;
        let text = bytes.trim_ascii();
        if text.is_empty() || text == b"{}" {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "body_not_empty",
            "This call takes no values; send an empty body.",
        ))
    }
}

/// For optional fields: what is there must have a value. `null` is no way to leave something out.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// JSON, and the form of it that a PATCH may name.
const JSON: [&str; 2] = ["application/json", "application/merge-patch+json"];

fn is_of(headers: &HeaderMap, kinds: &[&str]) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let Some(value) = value.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    kinds.iter().any(|kind| essence.eq_ignore_ascii_case(kind))
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let mut chunks = body.into_data_stream();
    let mut kept = Vec::new();
    let mut seen = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(broke_off)?;
        seen += chunk.len();
        if seen > DISCARD_MAX.max(limit) {
            break;
        }
        if seen <= limit {
            kept.extend_from_slice(&chunk);
        }
    }
    if seen > limit {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            format!("The body has more than {limit} bytes."),
        ));
    }
    Ok(kept.into())
}

fn broke_off(why: axum::Error) -> Problem {
    let mut cause = why.source();
    while let Some(found) = cause {
        if found.is::<TooSlow>() {
            return Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "body_too_slow",
                "The body came too slowly.",
            );
        }
        cause = found.source();
    }
    Problem::malformed("The body broke off.")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Some write a mark of the byte order in front, which a reader may pass over (RFC 8259, 8.1).
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Whether it is JSON at all comes before what it says.
    if serde_json::from_slice::<IgnoredAny>(bytes).is_err() {
        return Err(Problem::malformed("The body is not JSON."));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|why| {
        let path = why.path().to_string();
        let words = why.into_inner().to_string();
        let field = super::field(&path, &words);
        Problem::wrong(vec![FieldError::new(field, super::wanted(&words))])
    })
}
