//! Signing in, tokens, and every refusal on the way.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::stage::{ADA, BOB, EVE, REDIRECT, Reply, SCOPES, Stage, TEAM, back};

/// Status, OAuth error and AADSTS number of a refusal of the token endpoint.
fn problem(reply: &Reply) -> (u16, &str, u64) {
    (
        reply.status,
        reply.json["error"].as_str().unwrap_or_default(),
        reply.json["error_codes"][0].as_u64().unwrap_or_default(),
    )
}

fn field(reply: &Reply, name: &str) -> String {
    back(reply)
        .into_iter()
        .find(|(given, _)| given == name)
        .map(|(_, value)| value)
        .unwrap_or_default()
}

fn authorize<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("client_id", "desk"),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", SCOPES),
        ("state", "s t&ate"),
    ];
    usual
        .into_iter()
        .filter(|(name, _)| !more.iter().any(|(other, _)| other == name))
        .chain(more.iter().copied())
        .collect()
}

const ACCEPT: [(&str, &str); 2] = [("account", ADA), ("decision", "accept")];

#[tokio::test]
async fn a_person_signs_in_and_their_token_opens_their_mailbox() {
    let stage = Stage::new().await;
    let page = stage
        .send(
            stage
                .http
                .get(format!("{}/common/oauth2/v2.0/authorize", stage.base))
                .query(&authorize(&[("login_hint", ADA)])),
        )
        .await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("name=\"account\"") && page.text.contains(ADA));
    let reply = stage.sign_in("common", &authorize(&[]), &ACCEPT).await;
    assert_eq!(
        (reply.status, field(&reply, "state").as_str()),
        (302, "s t&ate")
    );
    let tokens = stage.redeem(&field(&reply, "code")).await;
    assert_eq!(tokens.status, 200);
    assert_eq!(tokens.json["scope"], "Mail.ReadWrite Mail.Send User.Read");
    assert_eq!(tokens.json["expires_in"], tokens.json["ext_expires_in"]);
    assert!((3_600..5_400).contains(&tokens.json["expires_in"].as_u64().expect("seconds")));
    assert_eq!(
        (
            tokens.header("cache-control"),
            tokens.header("x-content-type-options")
        ),
        ("no-store, no-cache", "nosniff")
    );
    assert_eq!(tokens.headers.get_all("set-cookie").iter().count(), 3);
    let me = stage.person(ADA).await.get("me").await;
    assert_eq!((me.status, me.json["mail"].as_str()), (200, Some(ADA)));
}

#[tokio::test]
async fn a_code_needs_its_verifier() {
    let stage = Stage::new().await;
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let hashed = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    for (challenge, method) in [(hashed.as_str(), "S256"), (verifier, "plain")] {
        for (given, expected) in [(Some(verifier), 200), (Some("wrong"), 400), (None, 400)] {
            let query = authorize(&[
                ("code_challenge", challenge),
                ("code_challenge_method", method),
            ]);
            let code = field(&stage.sign_in("common", &query, &ACCEPT).await, "code");
            let mut form = vec![
                ("grant_type", "authorization_code"),
                ("client_id", "desk"),
                ("client_secret", "s"),
                ("redirect_uri", REDIRECT),
                ("code", &code),
            ];
            form.extend(given.map(|given| ("code_verifier", given)));
            let reply = stage.token_reply("common", &form).await;
            assert_eq!(reply.status, expected, "{method} {given:?}");
            if expected == 400 {
                assert_eq!(problem(&reply), (400, "invalid_grant", 501_481));
            }
        }
    }
}

#[tokio::test]
async fn a_code_is_good_once_on_its_own_path_and_not_for_long() {
    let stage = Stage::new().await;
    let code = stage.code(ADA, SCOPES).await;
    assert_eq!(stage.redeem(&code).await.status, 200);
    assert_eq!(
        problem(&stage.redeem(&code).await),
        (400, "invalid_grant", 54005)
    );
    let form = |code: &'static str| {
        [
            ("grant_type", "authorization_code"),
            ("client_id", "desk"),
            ("client_secret", "s"),
            ("redirect_uri", REDIRECT),
            ("code", code),
        ]
    };
    assert_eq!(
        problem(&stage.token_reply("common", &form("nonsense")).await),
        (400, "invalid_grant", 70000)
    );
    let code: &'static str = stage.code(ADA, SCOPES).await.leak();
    assert_eq!(
        problem(&stage.token_reply("organizations", &form(code)).await),
        (400, "invalid_grant", 700_005)
    );
    stage.advance(601).await;
    assert_eq!(
        problem(&stage.redeem(code).await),
        (400, "invalid_grant", 70008)
    );
}

#[tokio::test]
async fn a_redirect_must_be_registered_and_repeated() {
    let stage = Stage::new().await;
    let page = stage
        .sign_in(
            "common",
            &authorize(&[("redirect_uri", "https://evil.test/")]),
            &ACCEPT,
        )
        .await;
    assert!(
        page.status == 400 && page.text.contains("AADSTS50011"),
        "{page:?}"
    );
    let code = stage.code(ADA, SCOPES).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "desk"),
        ("client_secret", "s"),
        ("redirect_uri", "http://localhost/other"),
        ("code", &code),
    ];
    assert_eq!(
        problem(&stage.token_reply("common", &form).await),
        (400, "invalid_grant", 500_112)
    );
}

#[tokio::test]
async fn bad_requests_are_told_to_the_app_or_shown() {
    let stage = Stage::new().await;
    let told = [
        (
            vec![("response_type", "token")],
            "unsupported_response_type",
        ),
        (vec![("response_mode", "pigeon")], "invalid_request"),
        (vec![("scope", "Mail.Everything")], "invalid_scope"),
        (
            vec![
                ("code_challenge", "short"),
                ("code_challenge_method", "S256"),
            ],
            "invalid_request",
        ),
        (vec![("scope", "Calendars.Read")], "consent_required"),
    ];
    for (more, error) in told {
        let reply = stage.sign_in("common", &authorize(&more), &ACCEPT).await;
        assert_eq!(
            (reply.status, field(&reply, "error").as_str()),
            (302, error),
            "{more:?}"
        );
        assert_eq!(field(&reply, "state"), "s t&ate");
    }
    let declined = stage
        .sign_in(
            "common",
            &authorize(&[]),
            &[("account", ADA), ("decision", "decline")],
        )
        .await;
    assert_eq!(field(&declined, "error"), "access_denied");
    assert!(field(&declined, "error_description").starts_with("AADSTS65004: "));
    for account in ["nobody@contoso.test", TEAM] {
        let page = stage
            .sign_in(
                "common",
                &authorize(&[]),
                &[("account", account), ("decision", "accept")],
            )
            .await;
        assert!(page.status == 400 && page.text.contains("name=\"account\""));
    }
    let page = stage
        .sign_in("common", &authorize(&[("client_id", "other")]), &ACCEPT)
        .await;
    assert!(page.status == 400 && page.text.contains("AADSTS700016"));
    let page = stage
        .sign_in("nowhere.test", &authorize(&[]), &ACCEPT)
        .await;
    assert!(page.status == 400 && page.text.contains("AADSTS90002"));
    let page = stage
        .send(
            stage
                .http
                .get(format!("{}/common/oauth2/v2.0/authorize", stage.base))
                .query(&authorize(&[("prompt", "none")])),
        )
        .await;
    assert_eq!(field(&page, "error"), "login_required");
}

#[tokio::test]
async fn accounts_sign_in_where_they_belong() {
    let stage = Stage::new().await;
    for (tenant, account, welcome) in [
        ("common", EVE, true),
        ("consumers", EVE, true),
        ("organizations", EVE, false),
        ("contoso.test", EVE, false),
        ("contoso.test", ADA, true),
        ("consumers", ADA, false),
    ] {
        let reply = stage
            .sign_in(
                tenant,
                &authorize(&[]),
                &[("account", account), ("decision", "accept")],
            )
            .await;
        assert_eq!(reply.status == 302, welcome, "{account} on {tenant}");
    }
}

#[tokio::test]
async fn other_ways_back_are_honoured() {
    let stage = Stage::new().await;
    let fragment = stage
        .sign_in(
            "common",
            &authorize(&[("response_mode", "fragment")]),
            &ACCEPT,
        )
        .await;
    assert!(
        fragment
            .header("location")
            .starts_with(&format!("{REDIRECT}#code="))
    );
    let post = stage
        .sign_in(
            "common",
            &authorize(&[("response_mode", "form_post")]),
            &ACCEPT,
        )
        .await;
    assert!(post.status == 200 && post.text.contains("name=\"code\""));
}

#[tokio::test]
async fn refreshing_gives_a_new_token_and_the_old_one_stays_good() {
    let stage = Stage::new().await;
    let first = stage
        .redeem(&stage.code(ADA, SCOPES).await)
        .await
        .text_of("refresh_token");
    let refresh = |token: String| {
        let stage = &stage;
        async move {
            stage
                .token_reply(
                    "common",
                    &[
                        ("grant_type", "refresh_token"),
                        ("client_id", "desk"),
                        ("client_secret", "s"),
                        ("refresh_token", &token),
                    ],
                )
                .await
        }
    };
    let second = refresh(first.clone()).await.text_of("refresh_token");
    assert_ne!(first, second);
    assert_eq!(refresh(first.clone()).await.status, 200);
    assert_eq!(
        refresh(second.clone()).await.json["scope"],
        "Mail.ReadWrite Mail.Send User.Read"
    );
    assert_eq!(
        problem(&refresh("nonsense".to_owned()).await),
        (400, "invalid_grant", 70000)
    );
    stage.faults(json!({"token": {"revoke": true}})).await;
    let revoked = refresh(second.clone()).await;
    assert_eq!(problem(&revoked), (400, "invalid_grant", 50173));
    assert_eq!(revoked.json["suberror"], "bad_token");
    stage.faults(json!({})).await;
    stage
        .sim(
            Method::PATCH,
            &format!("mailboxes/{ADA}"),
            json!({"revokeSignIns": true}),
        )
        .await;
    assert_eq!(
        problem(&refresh(second.clone()).await),
        (400, "invalid_grant", 50173)
    );
    let idle = stage
        .redeem(&stage.code(BOB, SCOPES).await)
        .await
        .text_of("refresh_token");
    stage.advance(91 * 86_400).await;
    assert_eq!(
        problem(&refresh(idle).await),
        (400, "invalid_grant", 700_082)
    );
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token() {
    let stage = Stage::new().await;
    let tokens = stage
        .redeem(&stage.code(ADA, "Mail.ReadWrite openid").await)
        .await;
    assert!(tokens.json["refresh_token"].is_null());
    let id_token = tokens.text_of("id_token");
    let claims = URL_SAFE_NO_PAD
        .decode(id_token.split('.').nth(1).expect("three parts"))
        .expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(
        (
            claims["preferred_username"].as_str(),
            claims["aud"].as_str()
        ),
        (Some(ADA), Some("desk"))
    );
}

#[tokio::test]
async fn one_refresh_token_mints_for_graph_and_for_outlook() {
    let stage = Stage::new().await;
    let scope = format!("{SCOPES} https://outlook.office.com/IMAP.AccessAsUser.All");
    let code = stage.code(ADA, &scope).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "desk"),
        ("client_secret", "s"),
        ("redirect_uri", REDIRECT),
        ("code", &code),
        ("scope", &scope),
    ];
    assert_eq!(
        problem(&stage.token_reply("common", &form).await),
        (400, "invalid_scope", 700_022)
    );
    let code = stage.code(ADA, &scope).await;
    let refresh_token = stage.redeem(&code).await.text_of("refresh_token");
    let outlook = [
        ("grant_type", "refresh_token"),
        ("client_id", "desk"),
        ("client_secret", "s"),
        ("refresh_token", &refresh_token),
        ("scope", "https://outlook.office.com/IMAP.AccessAsUser.All"),
    ];
    let tokens = stage.token_reply("common", &outlook).await;
    assert_eq!(
        tokens.json["scope"],
        "https://outlook.office.com/IMAP.AccessAsUser.All"
    );
    let caller = crate::stage::Caller {
        stage: &stage,
        token: tokens.text_of("access_token"),
    };
    let refused = caller.get("me").await;
    assert_eq!(
        refused.refusal(),
        (
            401,
            "InvalidAuthenticationToken",
            "Access token validation failure. Invalid audience."
        )
    );
    assert_eq!(
        refused.headers.get_all("www-authenticate").iter().count(),
        2
    );
    let more = [
        ("grant_type", "refresh_token"),
        ("client_id", "desk"),
        ("client_secret", "s"),
        ("refresh_token", &refresh_token),
        ("scope", "Calendars.Read"),
    ];
    let refused = stage.token_reply("common", &more).await;
    assert_eq!(
        (problem(&refused), refused.json["suberror"].as_str()),
        ((400, "invalid_grant", 65001), Some("consent_required"))
    );
}

#[tokio::test]
async fn the_client_must_prove_itself() {
    let stage = Stage::new().await;
    let ask = |secret: Option<&'static str>| {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", "desk"),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        form.extend(secret.map(|secret| ("client_secret", secret)));
        form
    };
    assert_eq!(
        problem(&stage.token_reply("contoso.test", &ask(Some("wrong"))).await),
        (401, "invalid_client", 7_000_215)
    );
    assert_eq!(
        problem(&stage.token_reply("contoso.test", &ask(None)).await),
        (401, "invalid_client", 7_000_218)
    );
    let tokens = stage.token_reply("contoso.test", &ask(Some("s"))).await;
    assert_eq!(
        tokens
            .json
            .as_object()
            .expect("fields")
            .keys()
            .collect::<Vec<_>>(),
        ["access_token", "expires_in", "ext_expires_in", "token_type"]
    );
    let basic = format!("Basic {}", STANDARD.encode("desk:%73"));
    let request = stage
        .http
        .post(format!("{}/contoso.test/oauth2/v2.0/token", stage.base))
        .header("authorization", basic);
    assert_eq!(
        stage
            .send(request.form(&[
                ("grant_type", "client_credentials"),
                ("scope", "https://graph.microsoft.com/.default")
            ]))
            .await
            .status,
        200
    );
    stage
        .faults(json!({"token": {"secretExpired": true}}))
        .await;
    assert_eq!(
        problem(&stage.token_reply("contoso.test", &ask(Some("s"))).await),
        (401, "invalid_client", 7_000_222)
    );
    let other = [
        ("grant_type", "client_credentials"),
        ("client_id", "other"),
        ("client_secret", "s"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    assert_eq!(
        problem(&stage.token_reply("contoso.test", &other).await),
        (400, "unauthorized_client", 700_016)
    );
    stage
        .sim(
            Method::POST,
            "apps",
            json!({"clientId": "public", "redirectUris": [REDIRECT]}),
        )
        .await;
    let public = [
        ("grant_type", "client_credentials"),
        ("client_id", "public"),
        ("client_secret", "s"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    assert_eq!(
        problem(&stage.token_reply("contoso.test", &public).await),
        (401, "invalid_client", 700_025)
    );
}

#[tokio::test]
async fn an_assertion_proves_the_client_when_its_claims_are_right() {
    let stage = Stage::new().await;
    let now = stage.sim.now().as_second();
    let assertion = |issuer: &str, expires: i64| {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({"alg": "PS256", "typ": "JWT", "x5t#S256": "thumb"}));
        let audience = format!("{}/contoso.test/oauth2/v2.0/token", stage.base);
        let claims = part(
            json!({"aud": audience, "iss": issuer, "sub": "desk", "jti": "1", "nbf": now, "exp": expires}),
        );
        format!("{head}.{claims}.c2ln")
    };
    for (assertion, expected) in [
        (assertion("desk", now + 600), (200, "", 0)),
        (
            assertion("other", now + 600),
            (401, "invalid_client", 700_027),
        ),
        (
            assertion("desk", now - 600),
            (401, "invalid_client", 700_024),
        ),
        ("nonsense".to_owned(), (401, "invalid_client", 50_027)),
    ] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "desk"),
            ("scope", "https://graph.microsoft.com/.default"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion.as_str()),
        ];
        assert_eq!(
            problem(&stage.token_reply("contoso.test", &form).await),
            expected
        );
    }
}

#[tokio::test]
async fn the_organisation_signs_in_on_its_own_path_for_everything_it_has() {
    let stage = Stage::new().await;
    let ask = |scope: &'static str| {
        [
            ("grant_type", "client_credentials"),
            ("client_id", "desk"),
            ("client_secret", "s"),
            ("scope", scope),
        ]
    };
    for tenant in ["common", "consumers"] {
        let refused = stage
            .token_reply(tenant, &ask("https://graph.microsoft.com/.default"))
            .await;
        assert_eq!(problem(&refused), (400, "invalid_request", 9_001_023));
    }
    assert_eq!(
        problem(&stage.token_reply("contoso.test", &ask("Mail.Read")).await),
        (400, "invalid_scope", 1_002_012)
    );
    let body = stage
        .token_reply("nowhere.test", &ask("https://graph.microsoft.com/.default"))
        .await;
    assert_eq!(problem(&body), (400, "invalid_request", 90002));
    for name in [
        "error_description",
        "timestamp",
        "trace_id",
        "correlation_id",
        "error_uri",
    ] {
        assert!(body.json[name].is_string(), "{name}");
    }
    let trace = body.text_of("trace_id");
    assert_eq!(body.header("x-ms-request-id"), trace);
    assert!(
        body.text_of("error_description")
            .contains(&format!(" Trace ID: {trace} Correlation ID: "))
    );
    assert_eq!(
        problem(
            &stage
                .token_reply(
                    "contoso.test",
                    &[
                        ("grant_type", "password"),
                        ("client_id", "desk"),
                        ("client_secret", "s")
                    ]
                )
                .await
        )
        .1,
        "unsupported_grant_type"
    );
    assert_eq!(
        problem(
            &stage
                .token_reply("contoso.test", &[("client_id", "desk")])
                .await
        ),
        (400, "invalid_request", 900_144)
    );
}

#[tokio::test]
async fn tokens_end_and_look_as_their_account_wants() {
    let stage = Stage::new().await;
    stage.faults(json!({"token": {"lifetimeS": 60}})).await;
    let (ada, eve) = (stage.person(ADA).await, stage.person(EVE).await);
    assert!(
        ada.token.matches('.').count() == 2
            && !eve.token.contains('.')
            && eve.token.starts_with("EwB")
    );
    stage.advance(61).await;
    assert_eq!(
        ada.get("me").await.refusal(),
        (
            401,
            "InvalidAuthenticationToken",
            "Lifetime validation failed, the token is expired."
        )
    );
    assert_eq!(
        eve.get("me").await.refusal(),
        (
            401,
            "InvalidAuthenticationToken",
            "CompactToken validation failed with reason code: 80049228."
        )
    );
    let nobody = crate::stage::Caller {
        stage: &stage,
        token: "nonsense".into(),
    };
    assert!(nobody.get("me").await.refusal().2.starts_with("IDX14100"));
}

#[tokio::test]
async fn a_claims_challenge_is_met_by_a_sign_in_that_passes_it_on() {
    let stage = Stage::new().await;
    let (caller, refresh_token) = (
        stage.person(ADA).await,
        stage
            .redeem(&stage.code(ADA, SCOPES).await)
            .await
            .text_of("refresh_token"),
    );
    stage
        .faults(json!({"token": {"claimsChallenge": true}}))
        .await;
    let refused = caller.get("me").await;
    assert!(
        refused.status == 401
            && refused
                .header("www-authenticate")
                .contains("error=\"insufficient_claims\"")
    );
    let refused = stage
        .token_reply(
            "common",
            &[
                ("grant_type", "refresh_token"),
                ("client_id", "desk"),
                ("client_secret", "s"),
                ("refresh_token", &refresh_token),
            ],
        )
        .await;
    assert_eq!(problem(&refused), (400, "invalid_grant", 53003));
    assert_eq!(refused.json["suberror"], "message_only");
    let claims = refused.text_of("claims");
    let code = field(
        &stage
            .sign_in("common", &authorize(&[("claims", &claims)]), &ACCEPT)
            .await,
        "code",
    );
    let again = crate::stage::Caller {
        stage: &stage,
        token: stage.redeem(&code).await.text_of("access_token"),
    };
    assert_eq!(again.get("me").await.status, 200);
}

#[tokio::test]
async fn where_an_administrator_must_consent_nobody_else_can() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"token": {"adminConsentRequired": true}}))
        .await;
    let refused = stage.sign_in("common", &authorize(&[]), &ACCEPT).await;
    assert_eq!(field(&refused, "error"), "consent_required");
    assert!(field(&refused, "error_description").starts_with("AADSTS90094"));
    assert_eq!(
        stage
            .organisation()
            .await
            .get(&format!("users/{ADA}/messages"))
            .await
            .status,
        403
    );
    let consent = format!(
        "{}/contoso.test/adminconsent?client_id=desk&state=x&redirect_uri={REDIRECT}",
        stage.base
    );
    let declined = stage
        .send(stage.http.post(&consent).form(&[("decision", "decline")]))
        .await;
    assert_eq!(field(&declined, "error"), "permission_denied");
    assert_eq!(stage.send(stage.http.get(&consent)).await.status, 200);
    let accepted = stage
        .send(stage.http.post(&consent).form(&[("decision", "accept")]))
        .await;
    assert_eq!(
        (
            field(&accepted, "admin_consent").as_str(),
            field(&accepted, "state").as_str()
        ),
        ("True", "x")
    );
    assert_eq!(stage.person(ADA).await.get("me/messages").await.status, 200);
    assert_eq!(
        stage
            .organisation()
            .await
            .get(&format!("users/{ADA}/messages"))
            .await
            .status,
        200
    );
}
