//! The validation request: its token is decoded, looked at, and echoed (P2).

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// Microsoft's tokens have some 120 letters (recorded.md 2); beyond this it is not one.
const TOKEN_MAX_BYTES: usize = 4096;

/// What Microsoft's tokens say (facts.md 3.1, recorded.md 2).
const OF_MICROSOFT: &str = "Validation: Testing client application reachability";

/// Why a validation token is not echoed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadToken {
    /// Larger than 4 KiB, decoded.
    #[error("the token is larger than 4 KiB")]
    TooLong,
    /// Not UTF-8 once decoded.
    #[error("the token is not UTF-8")]
    NotUtf8,
    /// `<`, `>` or a control character: somebody tries to have us say something.
    #[error("the token holds characters that are never part of one")]
    BadCharacter,
}

/// The `validationToken` of a query string, form-decoded (`+` is a blank, `%2B` a plus), or
/// `None` if the query has none and the request is not a validation.
pub fn validation_token(query: &str) -> Option<Result<String, BadToken>> {
    let encoded = query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (&*form_decoded(name) == b"validationToken").then_some(value)
    })?;
    Some(checked(&form_decoded(encoded)))
}

/// Whether the query says what those of Microsoft's validations say. Anybody may copy that; it tells
/// the probes from whoever tries the address out.
pub fn says_what_microsofts_do(query: &str) -> bool {
    String::from_utf8_lossy(&form_decoded(query)).contains(OF_MICROSOFT)
}

fn form_decoded(text: &str) -> Cow<'_, [u8]> {
    if text.contains('+') {
        let blanks = text.replace('+', " ");
        Cow::Owned(percent_decode(blanks.as_bytes()).collect())
    } else {
        percent_decode(text.as_bytes()).into()
    }
}

fn checked(token: &[u8]) -> Result<String, BadToken> {
    if token.len() > TOKEN_MAX_BYTES {
        return Err(BadToken::TooLong);
    }
    let token = std::str::from_utf8(token).map_err(|_| BadToken::NotUtf8)?;
    let bad = |letter: char| letter.is_control() || matches!(letter, '<' | '>');
    if token.contains(bad) {
        return Err(BadToken::BadCharacter);
    }
    Ok(token.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn microsofts_are_told_from_others() {
        let token = "Validation%3a+Testing+client+application+reachability+for+subscription";
        assert!(says_what_microsofts_do(&format!("validationToken={token}")));
        assert!(says_what_microsofts_do(&format!(
            "a=b&validationToken={token}%00"
        )));
        for other in ["", "validationToken=x", "validationToken=Validation"] {
            assert!(!says_what_microsofts_do(other));
        }
    }

    #[test]
    fn the_token_of_the_wire_comes_back_decoded() {
        let query = "validationToken=Validation%3a+Testing+client+application+reachability+for+subscription+Request-Id%3a+1f2b";
        assert_eq!(
            validation_token(query),
            Some(Ok(
                "Validation: Testing client application reachability for subscription Request-Id: 1f2b"
                    .to_owned()
            ))
        );
        assert_eq!(
            validation_token("a=b&validationToken=a%2Bb%2Fc%3Dd+e%25&c=d"),
            Some(Ok("a+b/c=d e%".to_owned()))
        );
        assert_eq!(
            validation_token("validationToken="),
            Some(Ok(String::new()))
        );
    }

    #[test]
    fn other_requests_are_no_validation() {
        for query in [
            "",
            "token=x",
            "validationTokens=x",
            "x=validationToken",
            "&&",
        ] {
            assert_eq!(validation_token(query), None, "{query}");
        }
    }

    #[test]
    fn what_is_no_token_is_not_echoed() {
        for (value, bad) in [
            ("%3Cscript%3E".to_owned(), BadToken::BadCharacter),
            ("a<b".to_owned(), BadToken::BadCharacter),
            ("a%0d%0ab".to_owned(), BadToken::BadCharacter),
            ("a%C2%85b".to_owned(), BadToken::BadCharacter),
            ("%ff%fe".to_owned(), BadToken::NotUtf8),
            ("a".repeat(4097), BadToken::TooLong),
        ] {
            assert_eq!(
                validation_token(&format!("validationToken={value}")),
                Some(Err(bad))
            );
        }
        assert!(
            validation_token(&format!("validationToken={}", "%61".repeat(4096)))
                .is_some_and(|token| token.is_ok())
        );
    }

    proptest! {
        #[test]
        fn every_good_token_survives_the_encoding_graph_uses(token in "[^<>\\p{Cc}]{0,200}") {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .append_pair("validationToken", &token)
                .finish();
            prop_assert_eq!(validation_token(&query), Some(Ok(token)));
        }

        #[test]
        fn no_query_is_too_odd_to_answer(query in any::<String>()) {
            if let Some(Ok(token)) = validation_token(&query) {
                prop_assert!(token.len() <= TOKEN_MAX_BYTES);
                prop_assert!(!token.contains(['<', '>', '\r', '\n', '\0']));
            }
        }
    }
}
