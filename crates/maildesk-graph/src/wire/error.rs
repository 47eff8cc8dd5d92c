//! `{"error":{"code","message","innerError":{…}}}`, read from whatever a failed call brought.

use serde::{Deserialize, Serialize};

/// As deep as `innerError` is followed; captures nest two or three (facts.md 9).
const DEPTH_MAX: usize = 6;

#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct ErrorBody {
    #[serde(default)]
    pub(crate) error: Option<PublicError>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PublicError {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// Spelled `innererror` in the schema of old, `innerError` in traffic.
    #[serde(alias = "innererror", skip_serializing_if = "Option::is_none")]
    pub(crate) inner_error: Option<Box<PublicError>>,
}

/// What a failed call said, whatever its body was.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// The outer code first, then the more specific ones inside. Any may be empty.
    pub(crate) codes: Vec<String>,
    /// The outer message, or the first one inside.
    pub(crate) message: String,
}

impl Foreign {
    /// Whether any code is one of `wanted`, without regard to case (facts.md 9).
    pub(crate) fn has_code(&self, wanted: &[&str]) -> bool {
        self.codes
            .iter()
            .any(|code| wanted.iter().any(|known| known.eq_ignore_ascii_case(code)))
    }
}

/// Reads an error body; an empty one, HTML from a proxy or anything else says nothing.
pub(crate) fn read(body: &[u8]) -> Foreign {
    let parsed: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let mut foreign = Foreign::default();
    let mut level = parsed.error.map(Box::new);
    for _ in 0..DEPTH_MAX {
        let Some(error) = level else { break };
        foreign.codes.extend(error.code);
        if foreign.message.is_empty() {
            foreign.message = error.message.unwrap_or_default();
        }
        level = error.inner_error;
    }
    foreign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outer_and_inner_codes_are_all_known() {
        let body = br#"{"error":{"code":"UnknownError","message":"","innerError":
            {"code":"syncStateNotFound","message":"gone","innererror":{"code":"x"},"date":"2021-12-15T01:31:15"}}}"#;
        let foreign = read(body);
        assert_eq!(foreign.codes, ["UnknownError", "syncStateNotFound", "x"]);
        assert_eq!(foreign.message, "gone");
        assert!(foreign.has_code(&["SyncStateNotFound"]));
    }

    #[test]
    fn anything_else_says_nothing() {
        for body in ["", "<html>", "null", "[]", "{}", r#"{"error":"invalid"}"#] {
            assert_eq!(read(body.as_bytes()), Foreign::default(), "{body}");
        }
    }
}
