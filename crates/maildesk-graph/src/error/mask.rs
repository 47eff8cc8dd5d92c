//! Makes foreign words safe to show: no address, no token, no link that carries state.

/// As much of a foreign message as is worth showing or keeping.
const LENGTH_MAX: usize = 600;

/// `text` on one line, bounded, with addresses and links masked.
///
/// Works on words: whatever stands between blanks, quotes or brackets. A word with an address in
/// it becomes `(address)` (in Graph's ids and paths too: `users/ada@contoso.test`), one with state
/// in it `(link)`, and of an absolute link only scheme and host are left.
pub(crate) fn mask(text: &str) -> String {
    let mut safe = String::new();
    let mut word = String::new();
    for letter in text.chars().chain([' ']) {
        if is_boundary(letter) {
            safe.push_str(&mask_word(&word));
            word.clear();
            let blank = letter.is_control() || letter.is_whitespace();
            if !blank {
                safe.push(letter);
            } else if !safe.ends_with(' ') {
                safe.push(' ');
            }
        } else {
            word.push(letter);
        }
        if safe.len() > LENGTH_MAX {
            break;
        }
    }
    shorten(safe.trim(), LENGTH_MAX)
}

fn is_boundary(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(
            letter,
            '\'' | '"' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '`'
        )
}

fn mask_word(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    if lower.contains("token=") || lower.contains("bearer") && lower.len() > 12 {
        return "(link)".to_owned();
    }
    if let Some(at) = lower.find("http://").or_else(|| lower.find("https://")) {
        return link(word, &lower, at);
    }
    if holds_address(&lower) {
        return "(address)".to_owned();
    }
    // Nothing readable is that long without a break: a token, a key, an encoded blob.
    if word.len() > 120 {
        return "(…)".to_owned();
    }
    word.to_owned()
}

/// Any sign counts, not the first alone: an annotation's name begins with one (`@odata.id`).
fn holds_address(word: &str) -> bool {
    ["@", "%40"].iter().any(|sign| {
        word.match_indices(sign)
            .any(|(at, _)| at > 0 && at + sign.len() < word.len())
    })
}

fn link(word: &str, lower: &str, at: usize) -> String {
    let host_from = at + lower[at..].find("//").map_or(0, |slashes| slashes + 2);
    let authority = word[host_from..]
        .split(['/', '?', '#', '\\'])
        .next()
        .unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if holds_address(&host.to_ascii_lowercase()) {
        return "(link)".to_owned();
    }
    format!("{}{host}/…", &word[at..host_from])
}

fn shorten(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_and_links_do_not_get_through() {
        for (foreign, safe) in [
            (
                "The requested user '1d2c@contoso.test' is invalid.",
                "The requested user '(address)' is invalid.",
            ),
            ("users/ada%40contoso.test/messages", "(address)"),
            ("user ada@contoso.test, please", "user (address), please"),
            (
                "bad https://graph.microsoft.com/v1.0/me/delta?$deltatoken=abc here",
                "bad (link) here",
            ),
            (
                "bad https://desk.example/maildesk/push?x=1 here",
                "bad https://desk.example/… here",
            ),
            ("https://ada@desk.example/x", "https://desk.example/…"),
            ("the @odata.type of it", "the @odata.type of it"),
            ("@odata.id:users/ada@contoso.test", "(address)"),
            ("@ada%40contoso.test", "(address)"),
            ("https://ada%40contoso.test/x", "(link)"),
            ("one\r\ntwo\u{0}three", "one two three"),
        ] {
            assert_eq!(mask(foreign), safe);
        }
    }

    #[test]
    fn what_people_need_gets_through() {
        for plain in [
            "Subscription expiration can only be 10070 minutes in the future.",
            "Operation: Create; Exception: [Status Code: Forbidden; Reason: Forbidden]",
            "Subscription Id 7f1c2b52-5a8b-4f0e-9d8e-7a5a4f1f2f10 already exists for the requested combination",
        ] {
            assert_eq!(mask(plain), plain);
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_it_is_short_and_on_one_line(text in any::<String>()) {
            let safe = mask(&text);
            prop_assert!(safe.len() <= LENGTH_MAX + "…".len());
            prop_assert!(!safe.chars().any(char::is_control));
        }

        #[test]
        fn an_address_never_survives(
            before in "[ a-z:]{0,20}",
            user in "[a-z.+_-]{1,12}",
            host in "[a-z]{1,10}\\.test",
            after in "[ a-z/]{0,20}",
        ) {
            let address = format!("{user}@{host}");
            let masked = mask(&format!("{before} {address} {after}"));
            prop_assert!(!masked.contains(&address));
        }
    }
}
