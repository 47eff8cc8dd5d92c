//! A request as the operations see it: path in segments, query, headers, body, and where links must point.

use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

/// One call of `/v1.0`.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Scheme and host of the request, e.g. `http://127.0.0.1:8490`; links in answers begin with it.
    pub(crate) base: String,
    /// The raw path after `/v1.0/`, in the caller's own form; links keep it.
    pub(crate) path: String,
    /// The path in decoded segments; `x('y')` is two of them, `()` is dropped.
    pub(crate) segments: Vec<String>,
    /// The query as it was sent.
    pub(crate) raw_query: String,
    /// Decoded query pairs. Names keep their `$`.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// Takes a request apart. `target` is path and query after `/v1.0/`.
    pub(crate) fn new(
        method: Method,
        base: String,
        target: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let raw_query = query.to_owned();
        let query = form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Self {
            method,
            base,
            path: path.to_owned(),
            segments: segments(path),
            raw_query,
            query,
            headers,
            body,
        }
    }

    /// The first value of a query option; `$select` is also accepted as `select`, in any case.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(given, _)| given.trim_start_matches('$').eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// Whether `Prefer` asks for immutable ids.
    pub(crate) fn wants_immutable_ids(&self) -> bool {
        self.preference("IdType")
            .is_some_and(|value| value.eq_ignore_ascii_case("ImmutableId"))
    }

    /// The value of one preference, from however many `Prefer` headers, without its quotes.
    pub(crate) fn preference(&self, name: &str) -> Option<String> {
        let headers = self.headers.get_all("prefer");
        let all = headers
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split([',', ';']));
        all.filter_map(|preference| preference.split_once('=').or(Some((preference, ""))))
            .find(|(given, _)| given.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().trim_matches('"').to_owned())
    }
}

/// Splits a path at `/` outside of parentheses, decodes it, and takes OData keys (`users('ada')`) and empty calls (`delta()`) apart.
fn segments(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    for raw in path.split('/').filter(|raw| !raw.is_empty()) {
        let part = percent_decode_str(raw).decode_utf8_lossy().into_owned();
        match part.split_once('(') {
            Some((name, key)) if key.ends_with(')') && !name.is_empty() => {
                segments.push(name.to_owned());
                let key = key.trim_end_matches(')').trim_matches('\'');
                if !key.is_empty() {
                    segments.push(key.replace("''", "'"));
                }
            }
            _ => segments.push(part),
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_in_every_form_that_clients_send() {
        assert_eq!(
            segments("me/mailFolders('inbox')/messages/delta()"),
            ["me", "mailFolders", "inbox", "messages", "delta"]
        );
        assert_eq!(
            segments("users/ada%40contoso.test/messages"),
            ["users", "ada@contoso.test", "messages"]
        );
        assert_eq!(
            segments("users('o''neil@contoso.test')/messages"),
            ["users", "o'neil@contoso.test", "messages"]
        );
        assert_eq!(
            segments("me/messages/AAMk=/$value"),
            ["me", "messages", "AAMk=", "$value"]
        );
    }

    #[test]
    fn preferences_come_joined_or_apart() {
        let mut headers = HeaderMap::new();
        headers.append(
            "prefer",
            "IdType=\"ImmutableId\", odata.maxpagesize=50"
                .parse()
                .expect("literal"),
        );
        headers.append(
            "prefer",
            "outlook.body-content-type=\"text\""
                .parse()
                .expect("literal"),
        );
        let call = Call::new(
            Method::GET,
            String::new(),
            "me/messages?%24top=5&select=id",
            headers,
            Bytes::new(),
        );
        assert!(call.wants_immutable_ids());
        assert_eq!(call.preference("odata.maxpagesize").as_deref(), Some("50"));
        assert_eq!(
            call.preference("outlook.body-content-type").as_deref(),
            Some("text")
        );
        assert_eq!(
            (call.option("top"), call.option("select")),
            (Some("5"), Some("id"))
        );
    }
}
