//! What is around every answer, and what is not there.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use futures::{StreamExt, stream};
use http::Request;
use maildesk_model::Role;
use maildesk_model::mailbox::Connection;
use maildesk_model::parameter::WEB_BASE_URL;
use maildesk_store::contract::PeopleStore;
use serde_json::json;
use tower::ServiceExt;

use crate::support::{Desk, Engine, soon};

#[tokio::test]
async fn every_answer_has_an_id_and_the_security_headers() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let calls = [
        desk.get("/mailboxes").by(&user),
        desk.get("/mailboxes"),
        desk.get("/nothing"),
        desk.call("PUT", "/users"),
        desk.get("~/healthz"),
        desk.get("~/"),
        desk.get("~/elsewhere"),
    ];
    let mut ids = std::collections::BTreeSet::new();
    for call in calls {
        let answer = call.send().await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-request-id").len(), 16);
        ids.insert(answer.header("x-request-id").to_owned());
    }
    assert_eq!(ids.len(), 7, "each its own");
}

#[tokio::test]
async fn where_people_come_by_https_browsers_are_told_to_stay_there() {
    let desk = Desk::open(Engine::Sqlite).await;
    let told = async || {
        let answer = desk.get("~/healthz").send().await;
        answer.header("strict-transport-security").to_owned()
    };
    assert_eq!(told().await, "");
    for (base, wanted) in [
        ("http://localhost:8480", ""),
        ("https://desk.example", "max-age=31536000"),
    ] {
        let set = desk.store.set_parameter(WEB_BASE_URL, base, desk.now());
        set.await.unwrap();
        soon("the new address is known", async {
            while told().await != wanted {
                desk.clock.turn(Duration::from_mins(1));
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_picture_is_asked_for_where_pictures_are() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let ask = async |path: &str, dest: &str| {
        let call = desk.get(path).by(&user).header("sec-fetch-dest", dest);
        call.send().await.status
    };
    for path in ["/mailboxes", "~/logout", "~/healthz", "/messages/m1", "~/"] {
        assert_eq!(ask(path, "image").await, 403, "{path}");
        assert_ne!(ask(path, "empty").await, 403, "{path}");
        assert_ne!(ask(path, "document").await, 403, "{path}");
    }
    for path in [
        "/messages/m1/attachments/a1",
        "~/messages/m1/picture",
        "~/assets/x/y.svg",
        "~/favicon.ico",
    ] {
        assert_ne!(ask(path, "image").await, 403, "{path}");
    }
}

#[tokio::test]
async fn a_proxys_request_id_is_kept_if_it_is_harmless() {
    let desk = Desk::open(Engine::Sqlite).await;
    let id = async |sent: &str| {
        let answer = desk
            .get("~/healthz")
            .header("x-request-id", sent)
            .send()
            .await;
        answer.header("x-request-id").to_owned()
    };
    assert_eq!(id("proxy-1.a_b").await, "proxy-1.a_b");
    assert_ne!(id("a b").await, "a b");
    assert_ne!(id(&"x".repeat(65)).await, "x".repeat(65));
}

#[tokio::test]
async fn problems_look_like_this() {
    let desk = Desk::open(Engine::Sqlite).await;
    let admin = desk.person("admin", Role::Administrator).await;
    insta::assert_snapshot!(desk.get("/mailboxes").send().await.shown(), @r#"
    401 application/problem+json
    {
      "code": "unauthenticated",
      "detail": "Send an API token: Authorization: Bearer TOKEN.",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
    insta::assert_snapshot!(desk.get("/nothing").send().await.shown(), @r#"
    404 application/problem+json
    {
      "code": "not_found",
      "detail": "There is nothing here that you may see.",
      "status": 404,
      "title": "Not Found",
      "type": "about:blank"
    }
    "#);
    let answer = desk.call("PUT", "/users").send().await;
    insta::assert_snapshot!(answer.shown(), @r#"
    405 application/problem+json
    {
      "code": "method_not_allowed",
      "detail": "This path does not know that method; see the Allow header.",
      "status": 405,
      "title": "Method Not Allowed",
      "type": "about:blank"
    }
    "#);
    assert_eq!(answer.header("allow"), "GET,HEAD");
    let wrong = json!({"name": "", "email": "x", "connection": "imap_smtp"});
    let call = desk.call("POST", "/mailboxes").by(&admin).json(&wrong);
    insta::assert_snapshot!(call.send().await.shown(), @r#"
    422 application/problem+json
    {
      "code": "invalid_value",
      "detail": "Some values are wrong; see errors.",
      "errors": [
        {
          "field": "name",
          "message": "must not be empty"
        },
        {
          "field": "email",
          "message": "must be a mail address"
        },
        {
          "field": "connection",
          "message": "must be graph_delegated or graph_application"
        }
      ],
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    let call = desk.get("/messages?limit=201").by(&admin);
    insta::assert_snapshot!(call.send().await.shown(), @r#"
    400 application/problem+json
    {
      "code": "malformed",
      "detail": "A query parameter is wrong.",
      "errors": [
        {
          "field": "limit",
          "message": "must be from 1 to 200"
        }
      ],
      "status": 400,
      "title": "Bad Request",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn bodies_are_refused_for_what_is_wrong_with_them() {
    let desk = Desk::with(Engine::Sqlite, |settings| settings.body_max = 200).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let call = || desk.call("POST", "/mailboxes").by(&admin);
    let json = |text: &str| call().text("application/json; charset=utf-8", text);

    call().send().await.refused(415, "unsupported_media_type");
    let form = call()
        .text("application/x-www-form-urlencoded", "name=a")
        .send();
    form.await.refused(415, "unsupported_media_type");
    for text in ["", "{", "nothing", "{} {}", "\u{0}"] {
        json(text).send().await.refused(400, "malformed");
    }
    let long = format!("{{\"name\":\"{}\"}}", "x".repeat(300));
    json(&long).send().await.refused(413, "body_too_large");

    let marked = "\u{feff}{\"name\":\"a\",\"email\":\"a@b\",\"connection\":\"pigeon\"}";
    json(marked).send().await.refused(422, "invalid_value");

    let good = r#""email":"a@contoso.example","connection":"graph_delegated""#;
    for (text, field) in [
        (format!("{{{good}}}"), "name"),
        (format!("{{{good},\"name\":7}}"), "name"),
        (format!("{{{good},\"name\":null}}"), "name"),
        (format!("{{{good},\"name\":\"a\",\"nmae\":\"b\"}}"), "nmae"),
        (
            r#"{"name":"a","email":"a@b","connection":"pigeon"}"#.to_owned(),
            "connection",
        ),
        ("[]".to_owned(), ""),
    ] {
        let problem = json(&text).send().await.refused(422, "invalid_value");
        assert_eq!(problem["errors"][0]["field"], field, "{text}");
    }
}

#[tokio::test]
async fn a_query_that_cannot_be_right_is_refused_by_name() {
    let desk = Desk::open(Engine::Sqlite).await;
    let admin = desk.person("admin", Role::Administrator).await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=x", "limit"),
        ("unread=maybe", "unread"),
        ("cursor=x", "cursor"),
        ("mailboxId=x", "mailboxId"),
        ("limit=1&limit=2", "limit"),
    ] {
        let answer = desk
            .get(&format!("/messages?{query}"))
            .by(&admin)
            .send()
            .await;
        let problem = answer.refused(400, "malformed");
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
    }
    let empty = "/messages?mailbox=&folder=&q=&unread=&flagged=&cursor=&limit=";
    desk.get(empty).by(&admin).send().await.expect(200);
}

#[tokio::test]
async fn health_and_readiness() {
    let desk = Desk::open(Engine::Sqlite).await;
    assert_eq!(desk.get("~/healthz").send().await.status, 200);
    assert_eq!(desk.get("~/readyz").send().await.status, 200);
    desk.shutdown.cancel();
    assert_eq!(desk.get("~/healthz").send().await.status, 200);
    assert_eq!(desk.get("~/readyz").send().await.status, 503);

    let desk = Desk::open(Engine::Sqlite).await;
    desk.store.close().await;
    assert_eq!(desk.get("~/readyz").send().await.status, 503);
    let user = desk
        .get("/mailboxes")
        .header("authorization", "Bearer md_x");
    let answer = user.send().await;
    answer.refused(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn a_full_house_says_come_back() {
    let desk = Desk::with(Engine::Sqlite, |settings| settings.requests_max = 0).await;
    let user = desk.person("user", Role::User).await;
    let known = || desk.get("/mailboxes").by(&user).send();
    assert_eq!(known().await.status, 200, "the first time as a stranger");
    known().await.refused(503, "busy");
}

/// A form whose end never comes, sent from an address.
fn half_sent(desk: &Desk, from: u8) -> Request<Body> {
    let form = desk.call("POST", "~/login").at([192, 0, 2, from]);
    let mut request = form.form(None, &[]).request();
    let beginning = stream::iter([Ok::<_, Infallible>("email=")]);
    *request.body_mut() = Body::from_stream(beginning.chain(stream::pending()));
    request
}

#[tokio::test]
async fn strangers_who_never_finish_are_in_nobody_elses_way() {
    let desk = Desk::with(Engine::Sqlite, |settings| {
        settings.strangers_max = 3;
        settings.strangers_per_address_max = 2;
    })
    .await;
    let user = desk.person("user", Role::User).await;
    let session = desk.session(&user).await;
    let known = async || {
        desk.get("/mailboxes").by(&user).send().await.expect(200);
        let page = desk.get("~/").in_session(&session).send().await;
        assert_eq!(page.status, 200);
    };
    known().await;
    let answer = async |request| desk.web.clone().oneshot(request).await.unwrap();
    let mut stalled = Vec::new();
    for from in [1, 1, 2] {
        let mut request = Box::pin(answer(half_sent(&desk, from)));
        assert!(futures::poll!(&mut request).is_pending());
        stalled.push(request);
    }
    for from in [1, 2, 3] {
        assert_eq!(answer(half_sent(&desk, from)).await.status(), 503);
    }
    known().await;
    for path in ["~/healthz", "~/readyz"] {
        assert_eq!(desk.get(path).send().await.status, 200, "{path}");
    }
    desk.clock.turn(Duration::from_secs(10));
    for request in stalled {
        assert_eq!(soon("the end of patience", request).await.status(), 408);
    }
    assert_eq!(
        desk.get("~/login").send().await.status,
        303,
        "off to /setup"
    );
}

#[tokio::test]
async fn one_address_of_strangers_leaves_room_for_the_others() {
    let desk = Desk::with(Engine::Sqlite, |settings| {
        settings.strangers_max = 2;
        settings.strangers_per_address_max = 1;
    })
    .await;
    let answer = async |request| desk.web.clone().oneshot(request).await.unwrap();
    let mut first = Box::pin(answer(half_sent(&desk, 1)));
    assert!(futures::poll!(&mut first).is_pending());
    assert_eq!(answer(half_sent(&desk, 1)).await.status(), 503);
    let mut other = Box::pin(answer(half_sent(&desk, 2)));
    assert!(futures::poll!(&mut other).is_pending(), "it is being read");
}

#[tokio::test]
async fn who_is_known_may_send_slowly_as_long_as_it_goes_on() {
    let desk = Desk::with(Engine::Sqlite, |settings| {
        settings.request_timeout = Duration::from_hours(1);
    })
    .await;
    let admin = desk.person("admin", Role::Administrator).await;
    desk.get("/mailboxes").by(&admin).send().await.expect(200);
    let (sender, chunks) = futures::channel::mpsc::unbounded::<Result<Vec<u8>, Infallible>>();
    let call = desk.call("POST", "/mailboxes").by(&admin);
    let mut request = call.header("content-type", "application/json").request();
    *request.body_mut() = Body::from_stream(chunks);
    let mut answer = Box::pin(desk.web.clone().oneshot(request));
    for _ in 0..3 {
        sender.unbounded_send(Ok(vec![b' '; 320_000])).unwrap();
        // Who asks is looked up first, and that takes as long as it takes.
        let is_read = async {
            while !sender.is_empty() {
                assert!(futures::poll!(&mut answer).is_pending());
                tokio::task::yield_now().await;
            }
        };
        soon("the piece is read", is_read).await;
        desk.clock.turn(Duration::from_secs(15));
        assert!(futures::poll!(&mut answer).is_pending());
    }
    // 960 000 bytes may take 10 and 58 seconds.
    desk.clock.turn(Duration::from_secs(23));
    let answer = soon("the end of patience", answer).await.unwrap();
    assert_eq!(answer.status(), 408);
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    let desk = Desk::with(Engine::Sqlite, |settings| {
        settings.patience = Duration::from_hours(1);
        settings.request_timeout = Duration::from_mins(1);
    })
    .await;
    let admin = desk.person("admin", Role::Administrator).await;
    let id = desk.mailbox("Support", &[]).await;
    let call = desk
        .call("POST", &format!("/mailboxes/{id}/push"))
        .by(&admin);
    let (answer, ()) = tokio::join!(call.send(), async {
        drop(desk.push_intent(id).await);
        desk.clock.turn(Duration::from_mins(1));
    });
    answer.refused(503, "timeout");
}

#[tokio::test]
async fn a_handler_that_falls_over_tells_nothing_of_it() {
    let desk = Desk::open(Engine::Sqlite).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let id = desk
        .bare_mailbox("Broken", Connection::GraphDelegated)
        .await;
    let path = format!("/mailboxes/{id}/connect");
    let answer = desk.get(&path).by(&admin).send().await;
    answer.refused(500, "internal");
    assert!(!answer.text().contains("falls over"), "{}", answer.text());
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("x-request-id").len(), 16);
    desk.get("/mailboxes").by(&admin).send().await.expect(200);
}
