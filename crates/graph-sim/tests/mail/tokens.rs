//! The token endpoint's every refusal, the life of tokens, and signing in on a device.

use http::Method;
use serde_json::{Value, json};

use crate::folders::fields_of;
use crate::stage::{ADA, BOB, Caller, EVE, REDIRECT, Reply, SCOPES, Stage, back};

const SPA: &str = "https://spa.test/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const ACCEPT: [(&str, &str); 2] = [("account", ADA), ("decision", "accept")];

/// Status, OAuth error and AADSTS number.
fn problem(reply: &Reply) -> (u16, &str, u64) {
    (
        reply.status,
        reply.json["error"].as_str().unwrap_or_default(),
        reply.json["error_codes"][0].as_u64().unwrap_or_default(),
    )
}

fn field(reply: &Reply, name: &str) -> String {
    let pairs = back(reply).into_iter();
    let mut found = pairs.filter(|(given, _)| given == name);
    found.next().map(|(_, value)| value).unwrap_or_default()
}

async fn refresh(stage: &Stage, tenant: &str, token: &str, more: &[(&str, &str)]) -> Reply {
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("client_id", "desk"),
        ("client_secret", "s"),
        ("refresh_token", token),
    ];
    form.extend(more);
    stage.token_reply(tenant, &form).await
}

async fn refresh_token(stage: &Stage, account: &str) -> String {
    let code = stage.code(account, SCOPES).await;
    stage.redeem(&code).await.text_of("refresh_token")
}

async fn as_organisation(stage: &Stage, client_id: &str, scope: &str) -> Reply {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", "s"),
        ("scope", scope),
    ];
    stage.token_reply("contoso.test", &form).await
}

#[tokio::test]
async fn every_number_has_its_error() {
    let stage = Stage::new().await;
    let token = refresh_token(&stage, ADA).await;
    let grants = "70008 700082 50173 70000 70043 700084 50089 54005 501481 65001 9002313 50076 50079 50074 50158 53003";
    for (error, status, numbers) in [
        ("invalid_grant", 400, grants),
        ("invalid_client", 401, "7000215 7000222 700027 7000218"),
        ("unauthorized_client", 400, "700016 650056"),
        ("invalid_scope", 400, "70011 28002 28003 700022"),
        ("access_denied", 400, "65004"),
        ("consent_required", 400, "90094 90095"),
        ("invalid_resource", 400, "65005 650057"),
        ("server_error", 400, "50033 50196"),
        ("temporarily_unavailable", 400, "90033 90024"),
    ] {
        for number in numbers.split(' ') {
            let number: u64 = number.parse().expect("a number");
            stage.faults(json!({"token": {"error": number}})).await;
            let refused = refresh(&stage, "common", &token, &[]).await;
            assert_eq!(problem(&refused), (status, error, number));
            let start = format!("AADSTS{number}: ");
            assert!(refused.text_of("error_description").starts_with(&start));
        }
    }
    let journal = stage.sim(Method::GET, "journal", Value::Null).await;
    let struck = |entry: &&Value| entry["side"] == "signIn" && entry["fault"] == "error";
    assert_eq!(
        journal
            .as_array()
            .expect("entries")
            .iter()
            .filter(struck)
            .count(),
        35
    );
    stage.faults(json!({})).await;
    assert_eq!(refresh(&stage, "common", &token, &[]).await.status, 200);
}

#[tokio::test]
async fn what_asks_for_more_says_so_in_the_way_of_its_endpoint() {
    let stage = Stage::new().await;
    let token = refresh_token(&stage, ADA).await;
    for (number, sub) in [
        (50_076, "basic_action"),
        (50_079, "basic_action"),
        (50_074, "basic_action"),
        (50_158, "basic_action"),
        (53_003, "message_only"),
    ] {
        for (v1, error) in [(false, "invalid_grant"), (true, "interaction_required")] {
            stage
                .faults(json!({"token": {"error": number, "v1Pairing": v1}}))
                .await;
            let refused = refresh(&stage, "common", &token, &[]).await;
            assert_eq!(problem(&refused), (400, error, number));
            assert_eq!(refused.json["suberror"], sub);
            let claims = refused.text_of("claims");
            assert!(
                serde_json::from_str::<Value>(&claims).expect("JSON")["access_token"].is_object()
            );
        }
    }
    stage.faults(json!({"token": {"error": 50_173}})).await;
    let refused = refresh(&stage, "common", &token, &[]).await;
    assert_eq!(refused.json["suberror"], "bad_token");
    assert!(refused.json["claims"].is_null());
}

#[tokio::test]
async fn a_description_has_its_parts_in_either_form() {
    let stage = Stage::new().await;
    for (line_ends, gap) in [(false, " "), (true, "\r\n")] {
        stage
            .faults(json!({"token": {"lineEnds": line_ends}}))
            .await;
        let refused = refresh(&stage, "common", "nonsense", &[]).await;
        let told = refused.text_of("error_description");
        let trace = refused.text_of("trace_id");
        let correlation = refused.text_of("correlation_id");
        let timestamp = refused.text_of("timestamp");
        let end = format!(
            "{gap}Trace ID: {trace}{gap}Correlation ID: {correlation}{gap}Timestamp: {timestamp}"
        );
        assert!(told.ends_with(&end), "{told}");
        assert!(timestamp.len() == 20 && timestamp.ends_with('Z') && !timestamp.contains('T'));
        let order = [
            "error",
            "error_description",
            "error_codes",
            "timestamp",
            "trace_id",
            "correlation_id",
            "error_uri",
            "suberror",
        ];
        assert!(fields_of(&refused.text, &order), "{}", refused.text);
    }
}

#[tokio::test]
async fn an_app_that_is_not_found_is_told_in_either_way() {
    let stage = Stage::new().await;
    let scope = "https://graph.microsoft.com/.default";
    let refused = as_organisation(&stage, "other", scope).await;
    assert_eq!(problem(&refused), (400, "unauthorized_client", 700_016));
    stage
        .faults(json!({"token": {"unknownAppIsInvalid": true}}))
        .await;
    let refused = as_organisation(&stage, "other", scope).await;
    assert_eq!(problem(&refused), (401, "invalid_client", 700_016));
}

#[tokio::test]
async fn a_good_refresh_token_may_be_refused_once_in_a_while() {
    let stage = Stage::new().await;
    let token = refresh_token(&stage, ADA).await;
    stage
        .faults(json!({"seed": 3, "token": {"sporadic70000": 0.5}}))
        .await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let reply = refresh(&stage, "common", &token, &[]).await;
        if reply.status == 400 {
            assert_eq!(problem(&reply), (400, "invalid_grant", 70_000));
        }
        statuses.push(reply.status);
    }
    assert!(statuses.contains(&200) && statuses.contains(&400));
}

#[tokio::test]
async fn scopes_that_do_not_go_together_are_refused() {
    let stage = Stage::new().await;
    let token = refresh_token(&stage, ADA).await;
    for scope in [
        "Mail.Everything",
        "https://example.test/Mail.Read",
        "https://graph.microsoft.com/.default Mail.Read",
    ] {
        let refused = refresh(&stage, "common", &token, &[("scope", scope)]).await;
        assert_eq!(problem(&refused), (400, "invalid_scope", 70_011), "{scope}");
    }
    let imap = "https://outlook.office.com/IMAP.AccessAsUser.All";
    let two = format!("{SCOPES} {imap}");
    let code = stage.code(ADA, &two).await;
    let token = stage.redeem(&code).await.text_of("refresh_token");
    for (scope, first) in [
        (format!("Mail.ReadWrite {imap}"), "Mail.ReadWrite"),
        (format!("{imap} Mail.ReadWrite"), imap),
    ] {
        let reply = refresh(&stage, "common", &token, &[("scope", &scope)]).await;
        assert_eq!(reply.json["scope"], first, "the token is for the first");
    }
}

#[tokio::test]
async fn accounts_and_apps_that_do_not_fit_are_told_by_number() {
    let stage = Stage::new().await;
    for (audience, tenant, number) in [
        ("single", "common", "AADSTS50194"),
        ("single", "organizations", "AADSTS50194"),
        ("organizations", "consumers", "AADSTS9002332"),
        ("consumers", "organizations", "AADSTS9002331"),
    ] {
        stage.sim(Method::POST, "apps", json!({"clientId": "other", "redirectUris": [REDIRECT], "audience": audience, "delegated": ["Mail.Read"]})).await;
        let query = [
            ("client_id", "other"),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("scope", "Mail.Read"),
        ];
        let page = stage.sign_in(tenant, &query, &ACCEPT).await;
        assert!(
            page.status == 400 && page.text.contains(number),
            "{audience}"
        );
    }
    let query = [
        ("client_id", "desk"),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "Mail.ReadWrite"),
    ];
    let form = [("account", EVE), ("decision", "accept")];
    let page = stage.sign_in("organizations", &query, &form).await;
    assert!(page.status == 400 && page.text.contains("AADSTS500208"));
}

#[tokio::test]
async fn the_browser_goes_back_with_each_error_that_is_listed() {
    let stage = Stage::new().await;
    let query = [
        ("client_id", "desk"),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "Mail.ReadWrite"),
        ("state", "x"),
    ];
    for error in "access_denied invalid_request unauthorized_client unsupported_response_type server_error temporarily_unavailable invalid_resource login_required interaction_required".split(' ') {
        stage.faults(json!({"token": {"authorizeError": error}})).await;
        let reply = stage.sign_in("common", &query, &ACCEPT).await;
        assert_eq!(
            (reply.status, field(&reply, "error").as_str(), field(&reply, "state").as_str()),
            (302, error, "x")
        );
    }
}

#[tokio::test]
async fn a_method_that_is_not_named_is_plain() {
    let stage = Stage::new().await;
    let query = [
        ("client_id", "desk"),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "Mail.ReadWrite"),
        ("code_challenge", VERIFIER),
        ("prompt", "select_account"),
        ("domain_hint", "contoso.test"),
    ];
    for (verifier, status) in [(VERIFIER, 200), (CHALLENGE, 400)] {
        let code = field(&stage.sign_in("common", &query, &ACCEPT).await, "code");
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "desk"),
            ("client_secret", "s"),
            ("redirect_uri", REDIRECT),
            ("code", &code),
            ("code_verifier", verifier),
        ];
        assert_eq!(stage.token_reply("common", &form).await.status, status);
    }
}

#[tokio::test]
async fn the_answer_has_its_fields_in_the_recorded_order() {
    let stage = Stage::new().await;
    let code = stage.code(ADA, &format!("{SCOPES} openid")).await;
    let tokens = stage.redeem(&code).await;
    let order = [
        "token_type",
        "scope",
        "expires_in",
        "ext_expires_in",
        "access_token",
        "refresh_token",
        "id_token",
    ];
    assert!(fields_of(&tokens.text, &order), "{}", tokens.text);
    assert_eq!(tokens.json["token_type"], "Bearer");
    assert_eq!(
        (tokens.header("pragma"), tokens.header("expires")),
        ("no-cache", "-1")
    );
    let scope = "https://graph.microsoft.com/.default";
    let alone = as_organisation(&stage, "desk", scope).await;
    assert!(alone.json["scope"].is_null() && alone.json["refresh_token"].is_null());
    assert!(fields_of(
        &alone.text,
        &["token_type", "expires_in", "ext_expires_in", "access_token"]
    ));
}

/// An app without a secret, for the web and for a single page.
async fn with_public_app(stage: &Stage) {
    let app = json!({"clientId": "public", "redirectUris": [REDIRECT], "spaRedirectUris": [SPA], "delegated": ["Mail.Read", "offline_access"]});
    stage.sim(Method::POST, "apps", app).await;
}

async fn public_code(stage: &Stage, redirect: &str, challenge: Option<&str>) -> Reply {
    let mut query = vec![
        ("client_id", "public"),
        ("response_type", "code"),
        ("redirect_uri", redirect),
        ("scope", "Mail.Read offline_access"),
    ];
    if let Some(challenge) = challenge {
        query.extend([
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ]);
    }
    stage.sign_in("common", &query, &ACCEPT).await
}

async fn public_tokens(stage: &Stage, redirect: &str) -> Reply {
    let code = field(&public_code(stage, redirect, Some(CHALLENGE)).await, "code");
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "public"),
        ("redirect_uri", redirect),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ];
    stage.token_reply("common", &form).await
}

async fn public_refresh(stage: &Stage, token: &str) -> Reply {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "public"),
        ("refresh_token", token),
    ];
    stage.token_reply("common", &form).await
}

#[tokio::test]
async fn a_client_without_a_secret_sends_none_and_a_single_page_needs_the_proof_key() {
    let stage = Stage::new().await;
    with_public_app(&stage).await;
    assert_eq!(public_tokens(&stage, REDIRECT).await.status, 200);
    let refused = public_code(&stage, SPA, None).await;
    assert_eq!(field(&refused, "error"), "invalid_request");
    assert!(field(&refused, "error_description").starts_with("AADSTS9002325"));
    let token = public_tokens(&stage, SPA).await.text_of("refresh_token");
    stage.advance(20 * 3_600).await;
    assert_eq!(public_refresh(&stage, &token).await.status, 200);
    stage.advance(5 * 3_600).await;
    let over = public_refresh(&stage, &token).await;
    assert_eq!(problem(&over), (400, "invalid_grant", 700_084));
}

#[tokio::test]
async fn a_new_password_ends_what_a_client_without_a_secret_holds() {
    let stage = Stage::new().await;
    with_public_app(&stage).await;
    let public = public_tokens(&stage, REDIRECT)
        .await
        .text_of("refresh_token");
    let confidential = refresh_token(&stage, ADA).await;
    let path = format!("mailboxes/{ADA}");
    stage
        .sim(Method::PATCH, &path, json!({"passwordChanged": true}))
        .await;
    let ended = public_refresh(&stage, &public).await;
    assert_eq!(problem(&ended), (400, "invalid_grant", 50_173));
    assert_eq!(
        refresh(&stage, "common", &confidential, &[]).await.status,
        200
    );
    stage
        .sim(Method::PATCH, &path, json!({"revokeSignIns": true}))
        .await;
    let ended = refresh(&stage, "common", &confidential, &[]).await;
    assert_eq!(problem(&ended), (400, "invalid_grant", 50_173));
}

#[tokio::test]
async fn a_refresh_token_is_bound_to_its_client_and_to_no_path() {
    let stage = Stage::new().await;
    with_public_app(&stage).await;
    let token = refresh_token(&stage, ADA).await;
    for tenant in ["organizations", "contoso.test"] {
        assert_eq!(refresh(&stage, tenant, &token, &[]).await.status, 200);
    }
    let stranger = public_refresh(&stage, &token).await;
    assert_eq!(problem(&stranger), (400, "invalid_grant", 70_000));
}

#[tokio::test]
async fn a_refresh_token_lives_for_ninety_days_from_its_last_use() {
    let stage = Stage::new().await;
    let token = refresh_token(&stage, BOB).await;
    for _ in 0..2 {
        stage.advance(80 * 86_400).await;
        assert_eq!(refresh(&stage, "common", &token, &[]).await.status, 200);
    }
    stage.advance(91 * 86_400).await;
    let idle = refresh(&stage, "common", &token, &[]).await;
    assert_eq!(problem(&idle), (400, "invalid_grant", 700_082));
    assert_eq!(idle.json["suberror"], "token_expired");
}

#[tokio::test]
async fn a_client_that_can_meet_challenges_gets_a_token_for_a_day() {
    let stage = Stage::new().await;
    let token = refresh_token(&stage, ADA).await;
    let claims = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
    for (more, hours) in [(vec![], 1..2), (vec![("claims", claims)], 20..28)] {
        let reply = refresh(&stage, "common", &token, &more).await;
        let life = reply.json["expires_in"].as_u64().expect("seconds") / 3_600;
        assert!(hours.contains(&life), "{life}");
    }
}

#[tokio::test]
async fn a_token_for_another_resource_is_refused_in_either_way() {
    let stage = Stage::new().await;
    let scope = "https://outlook.office365.com/.default";
    let token = as_organisation(&stage, "desk", scope)
        .await
        .text_of("access_token");
    let caller = Caller {
        stage: &stage,
        token,
    };
    let path = format!("users/{ADA}/messages");
    for (documented, status) in [(false, 401), (true, 403)] {
        stage
            .faults(json!({"token": {"audience403": documented}}))
            .await;
        assert_eq!(
            caller.get(&path).await.refusal(),
            (
                status,
                "InvalidAuthenticationToken",
                "Access token validation failure. Invalid audience."
            )
        );
    }
}

#[tokio::test]
async fn claims_are_demanded_in_either_way() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for (documented, status, code) in [
        (false, 401, "InvalidAuthenticationToken"),
        (true, 403, "insufficient_claims"),
    ] {
        let token = json!({"claimsChallenge": true, "challenge403": documented});
        stage.faults(json!({"token": token})).await;
        let refused = ada.get("me").await;
        assert_eq!((refused.status, refused.refusal().1), (status, code));
        let asked = refused.header("www-authenticate");
        assert!(asked.contains("error=\"insufficient_claims\"") && asked.contains("claims=\""));
    }
    let journal = stage.sim(Method::GET, "journal", Value::Null).await;
    let entries = journal.as_array().expect("entries");
    assert!(
        entries
            .iter()
            .any(|entry| entry["fault"] == "claimsChallenge")
    );
}

#[tokio::test]
async fn an_expired_token_is_told_in_either_words() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    stage.advance(2 * 3_600).await;
    for (other, message) in [
        (false, "Lifetime validation failed, the token is expired."),
        (true, "Access token has expired or is not yet valid."),
    ] {
        stage
            .faults(json!({"token": {"otherExpiredWords": other}}))
            .await;
        assert_eq!(
            ada.get("me").await.refusal(),
            (401, "InvalidAuthenticationToken", message)
        );
    }
}

#[tokio::test]
async fn clouds_do_not_take_each_others_tokens() {
    let stage = Stage::new().await;
    let path = format!("users/{ADA}/messages");
    for (cloud, host, other) in [
        ("usGov", "graph.microsoft.us", "graph.microsoft.com"),
        ("usDod", "dod-graph.microsoft.us", "graph.microsoft.us"),
        (
            "china",
            "microsoftgraph.chinacloudapi.cn",
            "graph.microsoft.com",
        ),
        ("global", "graph.microsoft.com", "graph.microsoft.us"),
    ] {
        stage.faults(json!({})).await;
        let scope = |host: &str| format!("https://{host}/.default");
        let own = as_organisation(&stage, "desk", &scope(host)).await;
        let foreign = as_organisation(&stage, "desk", &scope(other)).await;
        stage.faults(json!({"graph": {"cloud": cloud}})).await;
        for (tokens, status) in [(own, 200), (foreign, 401)] {
            let token = tokens.text_of("access_token");
            let caller = Caller {
                stage: &stage,
                token,
            };
            assert_eq!(caller.get(&path).await.status, status, "{cloud}");
        }
        let refused = as_organisation(&stage, "desk", &scope(other)).await;
        assert_eq!(problem(&refused), (400, "invalid_resource", 500_011));
        let unnamed = stage.person(ADA).await;
        assert_eq!(unnamed.get("me/messages").await.status, 200, "{cloud}");
    }
}

#[tokio::test]
async fn personal_accounts_are_in_the_global_cloud_only() {
    let stage = Stage::new().await;
    let query = [
        ("client_id", "desk"),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "Mail.ReadWrite"),
    ];
    let form = [("account", EVE), ("decision", "accept")];
    for (cloud, status) in [("global", 302), ("usGov", 400)] {
        stage.faults(json!({"graph": {"cloud": cloud}})).await;
        assert_eq!(stage.sign_in("common", &query, &form).await.status, status);
    }
}

#[tokio::test]
async fn a_new_policy_takes_its_time() {
    let stage = Stage::new().await;
    stage.faults(json!({"token": {"policyLagS": 1_800}})).await;
    let organisation = stage.organisation().await;
    let path = format!("users/{ADA}/messages");
    let app = json!({"clientId": "desk", "clientSecret": "s", "application": ["Mail.ReadWrite"], "appOnlyMailboxes": [BOB]});
    stage.sim(Method::POST, "apps", app).await;
    assert_eq!(organisation.get(&path).await.status, 200);
    stage.advance(1_801).await;
    assert_eq!(organisation.get(&path).await.status, 403);
}

#[tokio::test]
async fn other_protocols_have_scopes_of_their_own() {
    let stage = Stage::new().await;
    for scope in ["IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send"] {
        let scope = format!("https://outlook.office.com/{scope}");
        let app = json!({"clientId": "mail", "clientSecret": "s", "redirectUris": [REDIRECT], "delegated": [scope]});
        stage.sim(Method::POST, "apps", app).await;
        let query = [
            ("client_id", "mail"),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("scope", scope.as_str()),
        ];
        let reply = stage.sign_in("common", &query, &ACCEPT).await;
        assert_eq!(reply.status, 302, "{scope}");
    }
    for role in ["IMAP.AccessAsApp", "POP.AccessAsApp", "SMTP.SendAsApp"] {
        let app = json!({"clientId": "mail", "clientSecret": "s", "application": [role]});
        stage.sim(Method::POST, "apps", app).await;
        let tokens =
            as_organisation(&stage, "mail", "https://outlook.office365.com/.default").await;
        assert_eq!(tokens.status, 200, "{role}");
    }
}

async fn device(stage: &Stage) -> Reply {
    let url = format!("{}/common/oauth2/v2.0/devicecode", stage.base);
    let form = [("client_id", "desk"), ("scope", SCOPES)];
    stage.send(stage.http.post(url).form(&form)).await
}

async fn poll(stage: &Stage, code: &str) -> Reply {
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", "desk"),
        ("client_secret", "s"),
        ("device_code", code),
    ];
    stage.token_reply("common", &form).await
}

async fn decide(stage: &Stage, begun: &Reply, decision: &str) {
    let form = [
        ("user_code", begun.text_of("user_code")),
        ("account", ADA.to_owned()),
        ("decision", decision.to_owned()),
    ];
    let url = begun.text_of("verification_uri");
    assert_eq!(stage.send(stage.http.get(&url)).await.status, 200);
    assert_eq!(
        stage.send(stage.http.post(url).form(&form)).await.status,
        200
    );
}

#[tokio::test]
async fn a_device_polls_until_somebody_decides() {
    let stage = Stage::new().await;
    let begun = device(&stage).await;
    assert_eq!(
        (
            begun.status,
            &begun.json["expires_in"],
            &begun.json["interval"]
        ),
        (200, &json!(900), &json!(5))
    );
    assert!(begun.json["verification_uri_complete"].is_null());
    assert!(
        begun
            .text_of("message")
            .contains(&begun.text_of("user_code"))
    );
    let code = begun.text_of("device_code");
    assert_eq!(
        problem(&poll(&stage, &code).await).1,
        "authorization_pending"
    );
    decide(&stage, &begun, "accept").await;
    let tokens = poll(&stage, &code).await;
    let token = tokens.text_of("access_token");
    let ada = Caller {
        stage: &stage,
        token,
    };
    assert_eq!(ada.get("me").await.json["mail"], ADA);
    assert!(tokens.json["refresh_token"].is_string());
    assert_eq!(
        problem(&poll(&stage, &code).await).1,
        "bad_verification_code"
    );
    let declined = device(&stage).await;
    decide(&stage, &declined, "decline").await;
    let code = declined.text_of("device_code");
    assert_eq!(
        problem(&poll(&stage, &code).await).1,
        "authorization_declined"
    );
    let code = device(&stage).await.text_of("device_code");
    stage.advance(901).await;
    assert_eq!(problem(&poll(&stage, &code).await).1, "expired_token");
}

#[tokio::test]
async fn an_administrators_answer_names_the_tenant() {
    let stage = Stage::new().await;
    let url = format!(
        "{}/contoso.test/adminconsent?client_id=desk&state=x&redirect_uri={REDIRECT}",
        stage.base
    );
    let accepted = stage
        .send(stage.http.post(&url).form(&[("decision", "accept")]))
        .await;
    let tenant = stage
        .sim(Method::POST, "apps", json!({"clientId": "x"}))
        .await["tenantId"]
        .clone();
    assert_eq!(
        (
            field(&accepted, "tenant"),
            field(&accepted, "admin_consent").as_str()
        ),
        (tenant.as_str().expect("an id").to_owned(), "True")
    );
    let declined = stage
        .send(stage.http.post(&url).form(&[("decision", "decline")]))
        .await;
    assert!(!field(&declined, "error_description").is_empty());
}

#[tokio::test]
async fn what_was_granted_is_what_the_answer_says() {
    let stage = Stage::new().await;
    let code = stage.code(ADA, "Mail.Read offline_access").await;
    let tokens = stage.redeem(&code).await;
    assert_eq!(tokens.json["scope"], "Mail.Read");
    let token = tokens.text_of("access_token");
    let reader = Caller {
        stage: &stage,
        token,
    };
    assert_eq!(reader.get("me/messages").await.status, 200);
    assert_eq!(
        reader
            .call(Method::POST, "me/messages", json!({}))
            .await
            .status,
        403
    );
}
