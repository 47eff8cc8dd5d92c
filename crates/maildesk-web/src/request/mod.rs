//! Reading requests, late: a handler first learns who asks and what they may see, and only then
//! looks at what they sent.
//!
//! That order (401 → 404 → 403 → 400/422) is why bodies and queries are not ordinary extractors
//! here: [`body::Unread`] and [`query::Asked`] hold them until the handler asks.

pub(crate) mod body;
pub(crate) mod client;
pub(crate) mod id;
pub(crate) mod pace;
pub(crate) mod query;

/// The field that a value could not be read for. What is missing, unknown or there twice has no
/// path of its own; its name stands in the reader's words.
fn field(path: &str, words: &str) -> String {
    if path != "." {
        return path.to_owned();
    }
    let named = ["missing field", "unknown field", "duplicate field"]
        .into_iter()
        .find_map(|beginning| words.strip_prefix(beginning)?.split('`').nth(1));
    named.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn the_field_is_found_in_path_or_words() {
        assert_eq!(field("userIds[2]", "invalid type: null"), "userIds[2]");
        assert_eq!(
            field(".", "missing field `name` at line 1 column 2"),
            "name"
        );
        assert_eq!(field(".", "duplicate field `limit`"), "limit");
        assert_eq!(field(".", "invalid type: sequence"), "");
    }
}
