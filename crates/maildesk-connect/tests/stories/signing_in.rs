//! A sign-in from the first redirect to the mailbox, and every way it does not get there.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use maildesk_connect::{CALLBACK_PATH, ConnectError, SignInStart, callback};
use maildesk_model::mailbox::{Connection, MailboxState};
use serde_json::json;
use tower::ServiceExt;
use url::Url;

use crate::keeping::ADMIN;
use crate::world::{ADA, BASE, Setup, World};

pub(crate) async fn start(world: &World) -> SignInStart {
    world
        .connect
        .start_sign_in(ADA, ADMIN, BASE, None)
        .await
        .unwrap()
}

pub(crate) fn query_of(address: &str) -> HashMap<String, String> {
    let url = Url::parse(address).unwrap();
    url.query_pairs().into_owned().collect()
}

fn cookie_of(start: &SignInStart) -> &str {
    start.set_cookie.split(';').next().unwrap()
}

/// Comes back from Microsoft with `query` and `cookie`.
pub(crate) async fn arrive(world: &World, query: &str, cookie: &str) -> Response<Body> {
    let request = Request::get(format!("{CALLBACK_PATH}?{query}"))
        .header("cookie", cookie)
        .body(Body::empty())
        .unwrap();
    callback::router(world.connect.clone())
        .oneshot(request)
        .await
        .unwrap()
}

pub(crate) async fn come_back(world: &World, start: &SignInStart, more: &str) -> Response<Body> {
    let state = &query_of(&start.location)["state"];
    arrive(world, &format!("{more}&state={state}"), cookie_of(start)).await
}

pub(crate) async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_person_signs_in_and_lands_on_the_mailbox() {
    let world = World::new(Setup::default()).await;
    let start = start(&world).await;
    let query = query_of(&start.location);
    assert_eq!(query["redirect_uri"], format!("{BASE}{CALLBACK_PATH}"));
    assert_eq!(query["login_hint"], "ada@contoso.test");
    assert_eq!(query["response_mode"], "query");
    assert!(query["scope"].ends_with(" offline_access"));
    assert!(!query.contains_key("prompt") && !query.contains_key("claims"));
    assert!(start.set_cookie.starts_with("__Host-maildesk-sign-in="));
    assert!(
        start
            .set_cookie
            .ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure")
    );

    let response = come_back(&world, &start, "code=the-code&session_state=x").await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["location"], format!("/mailboxes/{ADA}"));
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["referrer-policy"], "no-referrer");
    let form = &world.microsoft.asked()[0];
    assert_eq!(form["code"], "the-code");
    assert_eq!(form["redirect_uri"], query["redirect_uri"]);
    assert_eq!(form["code_verifier"].len(), 43);
    let row = world.store.row(ADA).await;
    assert_eq!(row.state, MailboxState::Importing);
    assert_eq!(row.graph_user.as_deref(), Some("user-ada"));
    let kept = world.store.tokens(ADA).await.unwrap();
    assert_eq!(
        kept,
        [
            "refresh-1",
            "access-1",
            "Mail.ReadWrite Mail.Send User.Read"
        ]
    );
}

#[tokio::test]
async fn a_state_counts_once_for_ten_minutes_and_in_one_browser() {
    let world = World::new(Setup::default()).await;
    let begun = start(&world).await;
    come_back(&world, &begun, "code=a").await;
    let again = come_back(&world, &begun, "code=a").await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
    assert!(text(again).await.contains("sign_in_expired"));

    let slow = start(&world).await;
    world.clock.advance(Duration::from_secs(601));
    assert_eq!(
        come_back(&world, &slow, "code=a").await.status(),
        StatusCode::BAD_REQUEST
    );

    let (mine, theirs) = (start(&world).await, start(&world).await);
    let state = &query_of(&theirs.location)["state"];
    let other = arrive(&world, &format!("code=a&state={state}"), cookie_of(&mine)).await;
    assert_eq!(other.status(), StatusCode::FORBIDDEN);
    let bare = start(&world).await;
    let state = &query_of(&bare.location)["state"];
    let none = arrive(&world, &format!("code=a&state={state}"), "x=y").await;
    assert_eq!(none.status(), StatusCode::FORBIDDEN);
    for query in ["", "code=a", "state=", "state=guess&code=a"] {
        let forged = arrive(&world, query, cookie_of(&mine)).await;
        assert_eq!(forged.status(), StatusCode::BAD_REQUEST, "{query}");
    }
    assert_eq!(
        world.microsoft.asked().len(),
        1,
        "nothing else was ever redeemed"
    );
}

#[tokio::test]
async fn two_sign_ins_in_one_browser_share_its_binding() {
    let world = World::new(Setup::default()).await;
    let first = start(&world).await;
    let header = format!("session=1; {}", cookie_of(&first));
    let second = world
        .connect
        .start_sign_in(ADA, ADMIN, BASE, Some(&header))
        .await
        .unwrap();
    assert_eq!(cookie_of(&first), cookie_of(&second));
    assert_ne!(
        query_of(&first.location)["state"],
        query_of(&second.location)["state"]
    );
    for begun in [first, second] {
        let response = come_back(&world, &begun, "code=a").await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn on_loopback_http_the_cookie_has_a_plain_name() {
    let world = World::new(Setup::default()).await;
    let begun = world
        .connect
        .start_sign_in(ADA, ADMIN, "http://127.0.0.1:8480", None)
        .await
        .unwrap();
    assert!(begun.set_cookie.starts_with("maildesk-sign-in="));
    assert!(!begun.set_cookie.contains("Secure"));
    let response = come_back(&world, &begun, "code=a").await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn another_account_is_refused_and_nothing_is_stored() {
    let world = World::signed_in(Duration::ZERO).await;
    world
        .microsoft
        .account_is(json!({"id": "user-eve", "mail": "ada@contoso.test"}));
    let begun = start(&world).await;
    let response = come_back(&world, &begun, "code=a").await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert!(text(response).await.contains("another_account"));
    assert_eq!(world.store.tokens(ADA).await.unwrap()[0], "refresh-0");

    // The same person is welcome, whatever their address has become.
    world
        .microsoft
        .account_is(json!({"id": "user-ada", "mail": "ada.smith@contoso.test"}));
    let begun = start(&world).await;
    assert_eq!(
        come_back(&world, &begun, "code=a").await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn the_first_account_must_have_the_mailboxs_address() {
    let world = World::new(Setup::default()).await;
    world
        .microsoft
        .account_is(json!({"id": "user-eve", "mail": "eve@contoso.test"}));
    let begun = start(&world).await;
    let response = come_back(&world, &begun, "code=a").await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    let page = text(response).await;
    assert!(page.contains("another_address") && !page.contains("eve@"));
    assert!(world.store.tokens(ADA).await.is_none());

    let aliases = json!({"id": "u", "mail": "a.lovelace@contoso.test", "userPrincipalName": "al@contoso.test",
        "proxyAddresses": ["SMTP:a.lovelace@contoso.test", "smtp:Ada@contoso.test", "x500:/o=x"]});
    world.microsoft.account_is(aliases);
    let begun = start(&world).await;
    assert_eq!(
        come_back(&world, &begun, "code=a").await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn refusals_are_explained_and_only_an_administrators_consent_brings_a_link() {
    let world = World::new(Setup::default()).await;
    let begun = start(&world).await;
    let page = text(
        come_back(
            &world,
            &begun,
            "error=access_denied&error_description=AADSTS90094%3a+An+administrator+must+consent+%3cscript%3e.%0d%0aTrace+ID%3a+1",
        )
        .await,
    )
    .await;
    assert!(page.contains("AADSTS90094: An administrator must consent &lt;script&gt;."));
    assert!(
        page.contains("https://login.microsoftonline.com/common/adminconsent?client_id=app&amp;")
    );
    assert!(!page.contains("<script") && !page.contains("Trace"));

    let begun = start(&world).await;
    world.microsoft.refuse(400, "invalid_grant", 501_481);
    let response = come_back(&world, &begun, "code=a").await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let page = text(response).await;
    assert!(page.contains("AADSTS501481") && !page.contains("adminconsent"));

    let begun = start(&world).await;
    world.microsoft.refuse_with(500, json!({}));
    let response = come_back(&world, &begun, "code=a").await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert!(world.store.tokens(ADA).await.is_none());
}

#[tokio::test]
async fn what_was_not_granted_is_named() {
    let world = World::new(Setup::default()).await;
    for (scope, code) in [
        (
            "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
            "not_graph",
        ),
        ("User.Read Mail.Read", "permission_missing"),
    ] {
        world.microsoft.grants(Some(scope));
        let begun = start(&world).await;
        let page = text(come_back(&world, &begun, "code=a").await).await;
        assert!(page.contains(code), "{page}");
        assert!(world.store.tokens(ADA).await.is_none());
    }
    world.microsoft.grants(None);
    let begun = start(&world).await;
    assert_eq!(
        come_back(&world, &begun, "code=a").await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn claims_of_a_refusal_are_passed_on_once() {
    let world = World::signed_in(Duration::ZERO).await;
    let claims = r#"{"access_token":{"x":{"essential":true}}}"#;
    world.microsoft.refuse_with(
        400,
        json!({"error": "invalid_grant", "error_codes": [53003], "claims": claims}),
    );
    world
        .connect
        .access(ADA, maildesk_model::intent::Lane::Sync)
        .await
        .unwrap_err();
    let begun = start(&world).await;
    assert_eq!(query_of(&begun.location)["claims"], claims);
    come_back(&world, &begun, "code=a").await;
    assert!(!query_of(&start(&world).await.location).contains_key("claims"));
}

#[tokio::test]
async fn only_mailboxes_connected_as_a_person_have_a_sign_in() {
    let world = World::organisation().await;
    let error = world
        .connect
        .start_sign_in(ADA, ADMIN, BASE, None)
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::WrongKind(_)));
    let classic = World::new(Setup {
        kind: Connection::ImapSmtp,
        ..Setup::default()
    })
    .await;
    assert!(
        classic
            .connect
            .start_sign_in(ADA, ADMIN, BASE, None)
            .await
            .is_err()
    );
    let bare = World::new(Setup {
        has_app: false,
        ..Setup::default()
    })
    .await;
    let error = bare
        .connect
        .start_sign_in(ADA, ADMIN, BASE, None)
        .await
        .unwrap_err();
    assert_eq!(error.trouble().code, "app_not_configured");
}
