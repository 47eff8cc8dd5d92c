//! Tables: what came back, and what is said of it.

use super::*;

fn seen(status: u16, body: &str) -> Seen {
    Seen {
        status,
        content_type: Some("text/plain; charset=utf-8".to_owned()),
        location: None,
        body: body.as_bytes().to_vec(),
        took: Duration::from_millis(30),
        certificate_ends_at: None,
    }
}

fn code(answer: Result<Seen, Unreached>) -> Option<String> {
    judge("token", &answer).map(|trouble| {
        assert!(trouble.message.ends_with('.') && trouble.remedy.ends_with('.'));
        trouble.code
    })
}

#[test]
fn every_wall_has_a_name() {
    let html = |status| Seen {
        content_type: Some("text/html".to_owned()),
        ..seen(status, "<!doctype html>")
    };
    for (answer, wanted) in [
        (seen(200, "token"), None),
        (seen(200, "other"), Some("address_wrong_answer")),
        (seen(200, "<html>"), Some("address_page")),
        (html(200), Some("address_page")),
        (html(404), Some("address_not_found")),
        (seen(301, ""), Some("address_redirect")),
        (seen(401, ""), Some("address_login_wall")),
        (html(403), Some("address_login_wall")),
        (seen(502, ""), Some("address_bad_gateway")),
        (seen(500, ""), Some("address_status")),
        (seen(202, ""), Some("address_status")),
    ] {
        let status = answer.status;
        assert_eq!(code(Ok(answer)).as_deref(), wanted, "{status}");
    }
    let json = Seen {
        content_type: Some("application/json".to_owned()),
        ..seen(200, "token")
    };
    assert_eq!(code(Ok(json)).as_deref(), Some("address_content_type"));
    let slow = Seen {
        took: Duration::from_millis(3001),
        ..seen(200, "token")
    };
    assert_eq!(code(Ok(slow)).as_deref(), Some("address_slow"));
}

#[test]
fn a_redirect_names_the_host_and_no_more() {
    let mut away = seen(302, "");
    away.location = Some("https://login.example.com/sso?ticket=secret".to_owned());
    let said = judge("token", &Ok(away)).unwrap();
    assert!(
        said.message.contains("login.example.com"),
        "{}",
        said.message
    );
    assert!(!said.message.contains("secret"));
}

#[test]
fn what_was_never_reached_is_told_apart() {
    let all = [
        Unreached::NoSuchName,
        Unreached::Private,
        Unreached::Refused,
        Unreached::TimedOut,
        Unreached::CertificateExpired,
        Unreached::CertificateName,
        Unreached::CertificateIssuer,
        Unreached::Tls,
        Unreached::Broken,
    ];
    let codes: std::collections::BTreeSet<_> =
        all.into_iter().filter_map(|why| code(Err(why))).collect();
    assert_eq!(codes.len(), all.len());
}
