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

use http::{HeaderMap, HeaderValue};

/// Whether a page of somebody else's led a browser here: it shows what it asks for, and nothing is done
/// by it in the name of who looks. Browsers say so by a header that no page can set.
pub(crate) fn is_led_here(headers: &HeaderMap) -> bool {
    let from = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    !matches!(from, None | Some(b"same-origin" | b"none"))
}

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

/// What to send instead, from the reader's words, which speak of its own types and repeat what was sent.
fn wanted(words: &str) -> String {
    // Where in the text it was is no help once the field is named.
    let words = words.split(" at line ").next().unwrap_or_default();
    if words.starts_with("missing field") {
        return "must be there".to_owned();
    }
    if words.starts_with("duplicate field") {
        return "must be there once".to_owned();
    }
    let expected = words.split_once("expected ").map(|(_, expected)| expected);
    if words.starts_with("unknown field") {
        let known = expected.map(listed);
        return known.map_or_else(
            || "is not known here; leave it out".to_owned(),
            |known| format!("is not known here; known are: {known}"),
        );
    }
    match expected {
        None => words.to_owned(),
        Some("a boolean") => "must be true or false".to_owned(),
        Some("a string" | "a borrowed string") => "must be a text".to_owned(),
        Some("a sequence") => "must be a list".to_owned(),
        Some(what) if what.starts_with(['i', 'u']) && what[1..].parse::<u8>().is_ok() => {
            "must be a whole number".to_owned()
        }
        Some(what) if what.starts_with("struct ") || what == "a map" => {
            "must be an object".to_owned()
        }
        Some(what) if what.contains('`') => format!("must be one of: {}", listed(what)),
        Some(what) => format!("must be {what}"),
    }
}

/// The names in what is expected, without the marks around them.
fn listed(expected: &str) -> String {
    let names = expected.split('`').skip(1).step_by(2);
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{field, wanted};

    #[test]
    fn the_words_say_what_to_send() {
        for (words, said) in [
            ("missing field `name` at line 1 column 2", "must be there"),
            (
                "duplicate field `name` at line 1 column 9",
                "must be there once",
            ),
            (
                "unknown field `nane`, expected one of `name`, `email` at line 1 column 9",
                "is not known here; known are: name, email",
            ),
            (
                "unknown field `x`, there are no fields at line 1 column 9",
                "is not known here; leave it out",
            ),
            (
                "invalid type: string \"yes\", expected a boolean at line 1 column 9",
                "must be true or false",
            ),
            (
                "invalid type: integer `1`, expected a string",
                "must be a text",
            ),
            ("invalid type: map, expected a sequence", "must be a list"),
            (
                "invalid value: integer `-1`, expected u32",
                "must be a whole number",
            ),
            (
                "invalid type: null, expected struct NewMailboxBody",
                "must be an object",
            ),
            (
                "unknown variant `x`, expected `graph_delegated` or `graph_application`",
                "must be one of: graph_delegated, graph_application",
            ),
            ("must be an instant", "must be an instant"),
        ] {
            assert_eq!(wanted(words), said, "{words}");
        }
    }

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
