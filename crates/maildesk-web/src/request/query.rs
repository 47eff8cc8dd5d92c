//! Query strings, read after the checks of who asks and what exists.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use http::Uri;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::Problem;

/// A query string that nobody has looked at yet.
pub(crate) struct Asked(Uri);

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.uri.clone()))
    }
}

impl Asked {
    /// Reads it; 400 for a parameter that is not known, comes twice or cannot be read.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, Problem> {
        let query = self.0.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs)).map_err(
            |why| {
                let path = why.path().to_string();
                let words = why.into_inner().to_string();
                Problem::parameter(&super::field(&path, &words), words)
            },
        )
    }
}

/// Reads one value; an empty one counts as none, 400 if it cannot be read.
pub(crate) fn value<T>(field: &str, text: Option<&str>) -> Result<Option<T>, Problem>
where
    T: FromStr,
    T::Err: Display,
{
    let text = text.filter(|text| !text.is_empty());
    let value = text.map(str::parse::<T>).transpose();
    value.map_err(|why: T::Err| Problem::parameter(field, why.to_string()))
}
