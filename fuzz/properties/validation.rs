//! A validation request is answered with its token, decoded and unchanged, or not at all (P2).

use std::borrow::Cow;

use form_urlencoded::{Serializer, parse};
use maildesk_graph::notification::{BadToken, validation_token};

const NAME: &str = "validationToken";
const TOKEN_MAX: usize = 4096;

/// Holds one query to it, and the same bytes once more as a token that is sent properly.
pub(crate) fn check(data: &[u8]) {
    let query = String::from_utf8_lossy(data);
    check_query(&query);
    check_token(&query);
}

fn check_query(query: &str) {
    let answer = validation_token(query);
    // The library decodes with loss, which is no difference where there was none to be had.
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = parse(query.as_bytes()).collect();
    let sent = pairs.iter().find(|(name, _)| name == NAME);
    let Some(answer) = answer else {
        assert!(sent.is_none(), "a validation is recognised");
        return;
    };
    let (_, sent) = sent.expect("what is answered was asked");
    match answer {
        Ok(token) => {
            assert_eq!(&token, sent, "the token comes back decoded and verbatim");
            assert!(token.len() <= TOKEN_MAX && !token.contains(is_bad));
        }
        Err(BadToken::TooLong) => assert!(sent.len() > TOKEN_MAX),
        Err(BadToken::NotUtf8) => assert!(sent.contains(char::REPLACEMENT_CHARACTER)),
        Err(BadToken::BadCharacter) => assert!(sent.contains(is_bad)),
    }
}

fn check_token(token: &str) {
    let query = Serializer::new(String::new())
        .append_pair("a", "b")
        .append_pair(NAME, token)
        .finish();
    let wanted = if token.len() > TOKEN_MAX {
        Err(BadToken::TooLong)
    } else if token.contains(is_bad) {
        Err(BadToken::BadCharacter)
    } else {
        Ok(token.to_owned())
    };
    assert_eq!(validation_token(&query), Some(wanted));
}

fn is_bad(letter: char) -> bool {
    letter.is_control() || letter == '<' || letter == '>'
}
