//! The cookie that binds a callback to the browser in which the sign-in began. Without it a
//! stranger could begin a sign-in with an account of theirs and have a victim's browser finish it.

use std::time::Duration;

/// Over https the `__Host-` prefix makes browsers refuse one that was set for a whole domain.
const HTTPS_NAME: &str = "__Host-maildesk-sign-in";
/// Over http (the simulator on loopback) browsers keep no cookie with that prefix.
const HTTP_NAME: &str = "maildesk-sign-in";
/// 32 bytes, base64url.
const NONCE_LENGTH: usize = 43;

const fn name(is_https: bool) -> &'static str {
    if is_https { HTTPS_NAME } else { HTTP_NAME }
}

/// The nonce of a `Cookie` header, if it has one of ours.
pub(crate) fn read(header: &str, is_https: bool) -> Option<String> {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name(is_https) && is_nonce(value))
        .map(|(_, value)| value.to_owned())
}

fn is_nonce(value: &str) -> bool {
    value.len() == NONCE_LENGTH
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A `Set-Cookie` value. `SameSite=Lax`, because the callback is a navigation that begins at
/// Microsoft's site: `Strict` would leave the cookie at home.
pub(crate) fn write(nonce: &str, is_https: bool, life: Duration) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    format!(
        "{}={nonce}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
        name(is_https),
        life.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_read_back_among_others() {
        let nonce = "a".repeat(NONCE_LENGTH);
        for is_https in [true, false] {
            let set = write(&nonce, is_https, Duration::from_mins(10));
            let pair = set.split(';').next().unwrap();
            let header = format!("session=1; {pair}; x=y");
            assert_eq!(read(&header, is_https).as_deref(), Some(nonce.as_str()));
            assert_eq!(read(&header, !is_https), None);
            assert_eq!(set.contains("Secure"), is_https);
            assert!(set.contains("HttpOnly; SameSite=Lax") && set.contains("Max-Age=600"));
        }
    }

    #[test]
    fn anything_else_is_no_nonce() {
        for header in [
            "",
            "maildesk-sign-in",
            "maildesk-sign-in=",
            "maildesk-sign-in=<x>",
            ";;=",
        ] {
            assert_eq!(read(header, false), None, "{header}");
        }
    }
}
