//! The token endpoint's answers. No secret of theirs is ever serialised again, so only the error
//! derives `Serialize`-like names; these fields are Entra's and stand in no Graph metadata.

use serde::Deserialize;

/// A good answer (recorded.md, field sets). `expires_in` is a number, and a string from some old
/// endpoints.
#[derive(Deserialize)]
pub(crate) struct TokenAnswer {
    pub(crate) access_token: String,
    #[serde(default)]
    pub(crate) refresh_token: Option<String>,
    #[serde(default)]
    pub(crate) expires_in: Option<Seconds>,
    #[serde(default)]
    pub(crate) scope: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(from = "NumberOrText")]
pub(crate) struct Seconds(pub(crate) u64);

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u64),
    Text(String),
}

impl From<NumberOrText> for Seconds {
    fn from(value: NumberOrText) -> Self {
        Self(match value {
            NumberOrText::Number(seconds) => seconds,
            NumberOrText::Text(text) => text.trim().parse().unwrap_or_default(),
        })
    }
}

/// An error answer (facts.md 8.7).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TokenErrorBody {
    pub(crate) error: Option<String>,
    pub(crate) error_description: Option<String>,
    pub(crate) error_codes: Option<Vec<u32>>,
    pub(crate) trace_id: Option<String>,
    pub(crate) suberror: Option<String>,
    pub(crate) claims: Option<String>,
}
