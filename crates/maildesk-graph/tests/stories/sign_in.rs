//! Sign-in and tokens: the exact requests, and every error of facts.md 8.7 as a decision.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maildesk_graph::login::{App, Authorize, BadCertificate, Certificate, Credential, Pkce};
use maildesk_graph::transport::{Transport, TransportError};
use maildesk_graph::{Hosts, Login, LoginError};
use maildesk_model::{Cloud, Secret, Timestamp};
use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::script::{Counting, JumpingClock, NOW, Script};

const SCOPES: [&str; 4] = ["Mail.ReadWrite", "Mail.Send", "User.Read", "offline_access"];
/// A certificate made for these tests alone.
const PEM: &str = include_str!("../data/test-certificate.pem");
const OTHER_PEM: &str = include_str!("../data/other-certificate.pem");

fn login_with(
    script: &Arc<Script>,
    cloud: Cloud,
    tenant: &str,
    credentials: Vec<Credential>,
) -> Login {
    Login::new(
        Arc::clone(script) as Arc<dyn Transport>,
        Hosts::of(cloud),
        App {
            client_id: "app-1".to_owned(),
            tenant: tenant.to_owned(),
            credentials,
        },
        "MailDesk/test",
        JumpingClock::new(),
        Arc::new(Counting::default()),
    )
}

fn secret(text: &str) -> Credential {
    Credential::Secret(Secret::new(text))
}

fn login(script: &Arc<Script>) -> Login {
    login_with(
        script,
        Cloud::Global,
        "contoso.test",
        vec![secret("s&cret")],
    )
}

fn form(script: &Script) -> BTreeMap<String, String> {
    let request = script.last();
    assert_eq!(
        request.headers()["content-type"],
        "application/x-www-form-urlencoded"
    );
    form_urlencoded::parse(request.body())
        .into_owned()
        .collect()
}

const TOKENS: &str = r#"{"token_type":"Bearer","scope":"Mail.ReadWrite https://graph.microsoft.com/Mail.Send","expires_in":4000,"ext_expires_in":4000,"access_token":"EwB-opaque","refresh_token":"rt-2"}"#;

#[test]
fn the_sign_in_page_is_asked_with_pkce_and_no_prompt() {
    let script = Script::new();
    let pkce = Pkce::fresh(&Counting::default());
    let url = login_with(&script, Cloud::UsGov, "common", vec![]).authorize_url(&Authorize {
        redirect_uri: "https://desk.example/oauth/microsoft/callback",
        state: "st+ate",
        scopes: &SCOPES,
        pkce: &pkce,
        login_hint: Some("ada@contoso.test"),
        claims: None,
        prompt: None,
    });
    let url = url::Url::parse(&url).unwrap();
    assert_eq!(url.host_str(), Some("login.microsoftonline.us"));
    assert_eq!(url.path(), "/common/oauth2/v2.0/authorize");
    let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    let wanted = json!({
        "client_id": "app-1", "response_type": "code", "response_mode": "query",
        "redirect_uri": "https://desk.example/oauth/microsoft/callback", "state": "st+ate",
        "scope": "https://graph.microsoft.us/Mail.ReadWrite https://graph.microsoft.us/Mail.Send https://graph.microsoft.us/User.Read offline_access",
        "code_challenge": pkce.challenge(), "code_challenge_method": "S256",
        "login_hint": "ada@contoso.test",
    });
    assert_eq!(json!(query), wanted);
    assert_eq!(pkce.verifier().expose().len(), 43);

    let consent = login(&script).admin_consent_url("https://desk.example/cb", "s");
    assert_eq!(
        consent,
        "https://login.microsoftonline.com/contoso.test/adminconsent?client_id=app-1&state=s&redirect_uri=https://desk.example/cb"
    );
}

#[tokio::test]
async fn an_empty_token_is_none() {
    let script = Script::new();
    script.ok(r#"{"access_token":"","expires_in":3600}"#);
    let error = login(&script)
        .refresh(&Secret::new("rt"), &SCOPES)
        .await
        .unwrap_err();
    assert!(matches!(error, LoginError::Later { .. }), "{error}");
    assert_eq!(error.code(), "unreadable_answer");
}

#[tokio::test]
async fn a_code_is_redeemed_and_the_tokens_stay_opaque() {
    let script = Script::new();
    script.ok(TOKENS);
    let pkce = Pkce::stored(Secret::new("verifier"));
    let tokens = login(&script)
        .redeem_code("the-code", "https://desk.example/cb", &pkce, &SCOPES)
        .await
        .unwrap();
    assert_eq!(
        script.last().uri().to_string(),
        "https://login.microsoftonline.com/contoso.test/oauth2/v2.0/token"
    );
    let form = form(&script);
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "the-code"),
        ("code_verifier", "verifier"),
        ("redirect_uri", "https://desk.example/cb"),
        ("client_id", "app-1"),
        ("client_secret", "s&cret"),
    ] {
        assert_eq!(form[name], value);
    }
    assert_eq!(tokens.access.expose(), "EwB-opaque");
    assert_eq!(tokens.refresh.as_ref().unwrap().expose(), "rt-2");
    assert_eq!(tokens.expires_in, Duration::from_secs(4000));
    let scope = tokens.scope.as_ref().unwrap();
    assert!(scope.has("Mail.Send") && scope.has("Mail.ReadWrite"));
    assert!(!format!("{tokens:?}").contains("EwB"));
}

#[tokio::test]
async fn the_organisation_asks_for_what_was_consented_and_gets_no_scope() {
    let script = Script::new();
    script.ok(r#"{"token_type":"Bearer","expires_in":"3599","access_token":"a"}"#);
    let tokens = login(&script).client_credentials().await.unwrap();
    assert_eq!(
        form(&script)["scope"],
        "https://graph.microsoft.com/.default"
    );
    assert!(tokens.scope.is_none() && tokens.refresh.is_none());
    assert_eq!(tokens.expires_in, Duration::from_secs(3599));

    let common = login_with(&script, Cloud::Global, "Common", vec![secret("s")]);
    let error = common.client_credentials().await.unwrap_err();
    assert!(matches!(error, LoginError::Config { .. }));
    assert_eq!(error.code(), "tenant_is_common");
    assert_eq!(
        script.count(),
        1,
        "it was refused before Microsoft was asked"
    );
}

#[tokio::test]
async fn a_rotated_secret_takes_over_and_is_remembered() {
    let script = Script::new();
    let login = login_with(
        &script,
        Cloud::Global,
        "t",
        vec![secret("old"), secret("new")],
    );
    script.say(401, &[], r#"{"error":"invalid_client","error_description":"AADSTS7000222: expired","error_codes":[7000222]}"#);
    script.ok(TOKENS);
    let refresh = Secret::new("rt-1");
    login.refresh(&refresh, &SCOPES).await.unwrap();
    assert_eq!(form(&script)["client_secret"], "new");
    assert_eq!(form(&script)["refresh_token"], "rt-1");
    script.ok(TOKENS);
    login.refresh(&refresh, &SCOPES).await.unwrap();
    assert_eq!(script.count(), 3, "the new one is tried first now");

    for _ in 0..2 {
        script.say(
            401,
            &[],
            r#"{"error":"invalid_client","error_codes":[7000215]}"#,
        );
    }
    let error = login.refresh(&refresh, &SCOPES).await.unwrap_err();
    assert!(matches!(error, LoginError::InvalidClient { ref codes, .. } if codes == &[7_000_215]));
}

#[tokio::test]
async fn a_certificate_signs_for_the_app() {
    let script = Script::new();
    let certificate = Arc::new(Certificate::from_pem(PEM).unwrap());
    let ends = certificate.expires_at();
    assert_eq!(ends, Timestamp::parse("2126-10-30T16:34:49Z").unwrap());
    let login = login_with(
        &script,
        Cloud::Global,
        "t",
        vec![Credential::Certificate(certificate)],
    );
    script.ok(TOKENS);
    login.client_credentials().await.unwrap();
    let form = form(&script);
    assert!(!form.contains_key("client_secret"));
    assert_eq!(
        form["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let parts: Vec<&str> = form["client_assertion"].split('.').collect();
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let header: Value = serde_json::from_slice(&decode(parts[0])).unwrap();
    let claims: Value = serde_json::from_slice(&decode(parts[1])).unwrap();
    assert_eq!(header["alg"], "PS256");
    assert_eq!(
        header["x5t#S256"],
        include_str!("../data/test-certificate.x5t").trim()
    );
    let now = NOW.as_micros() / 1_000_000;
    assert_eq!(
        claims["aud"],
        "https://login.microsoftonline.com/t/oauth2/v2.0/token"
    );
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&json!("app-1"), &json!("app-1"))
    );
    assert_eq!(claims["exp"], now + 600);
    let key = UnparsedPublicKey::new(
        &RSA_PSS_2048_8192_SHA256,
        URL_SAFE_NO_PAD
            .decode(include_str!("../data/test-certificate.public").trim())
            .unwrap(),
    );
    let signed = format!("{}.{}", parts[0], parts[1]);
    key.verify(signed.as_bytes(), &decode(parts[2])).unwrap();
}

#[test]
fn a_certificate_must_fit_its_key() {
    let part = |pem: &str, label: &str| {
        let begin = pem.find(&format!("-----BEGIN {label}")).unwrap();
        let end_line = format!("-----END {label}-----\n");
        let end = pem.find(&end_line).unwrap() + end_line.len();
        pem[begin..end].to_owned()
    };
    let key = part(PEM, "PRIVATE KEY");
    let certificate = part(PEM, "CERTIFICATE");
    let foreign = part(OTHER_PEM, "CERTIFICATE");
    let error = |pem: String| Certificate::from_pem(&pem).err();
    assert_eq!(error(format!("{certificate}{key}")), None);
    assert_eq!(
        error(format!("{key}{foreign}{certificate}")),
        None,
        "a chain, in any order"
    );
    assert_eq!(error(key.clone()), Some(BadCertificate::NoCertificate));
    assert_eq!(
        error(format!("{foreign}{key}")),
        Some(BadCertificate::NoCertificate)
    );
    assert_eq!(error(certificate), Some(BadCertificate::NoKey));
    assert_eq!(error("words".to_owned()), Some(BadCertificate::NoKey));
}

fn refused(status: u16, body: &Value) -> (u16, String) {
    (status, body.to_string())
}

/// What the caller will do, by name.
fn decision(error: &LoginError) -> &'static str {
    match error {
        LoginError::InvalidGrant { .. } => "sign in",
        LoginError::InteractionRequired { .. } => "interaction",
        LoginError::InvalidClient { .. } => "operator",
        LoginError::Consent { by_admin: true, .. } => "admin consent",
        LoginError::Consent { .. } => "consent",
        LoginError::Config { .. } => "config",
        LoginError::Later { .. } => "later",
    }
}

#[tokio::test]
async fn every_row_of_the_error_table_is_a_decision() {
    let script = Script::new();
    let rows = [
        ("invalid_grant", 400, 70_008, "sign in"),
        ("invalid_grant", 400, 700_082, "sign in"),
        ("invalid_grant", 400, 50_173, "sign in"),
        ("invalid_grant", 400, 70_000, "sign in"),
        ("invalid_grant", 400, 54_005, "sign in"),
        ("invalid_grant", 400, 50_076, "sign in"),
        ("invalid_grant", 400, 65_001, "consent"),
        ("interaction_required", 400, 50_076, "interaction"),
        ("interaction_required", 400, 53_003, "interaction"),
        ("invalid_client", 401, 7_000_215, "operator"),
        ("invalid_client", 401, 7_000_222, "operator"),
        ("invalid_client", 401, 700_027, "operator"),
        ("invalid_client", 401, 700_016, "config"),
        ("unauthorized_client", 400, 700_016, "config"),
        ("invalid_scope", 400, 70_011, "config"),
        ("invalid_resource", 400, 28_002, "config"),
        ("access_denied", 400, 65_004, "consent"),
        ("invalid_client", 400, 650_056, "consent"),
        ("invalid_grant", 400, 90_094, "admin consent"),
        ("access_denied", 400, 90_095, "admin consent"),
        ("invalid_grant", 400, 50_196, "later"),
        ("server_error", 400, 90_033, "later"),
        ("temporarily_unavailable", 400, 0, "later"),
        ("invalid_grant", 503, 0, "later"),
    ];
    for (error, status, number, wanted) in rows {
        let body = json!({
            "error": error, "error_codes": [number], "timestamp": "2023-11-14 22:13:20Z",
            "error_description": format!("AADSTS{number}: The account ada@contoso.test is not. Trace ID: 1-2 Correlation ID: 3 Timestamp: 2023"),
            "trace_id": "1-2", "correlation_id": "3",
        });
        let (status, body) = refused(status, &body);
        script.say(status, &[], body);
        let came = login(&script)
            .refresh(&Secret::new("rt"), &SCOPES)
            .await
            .unwrap_err();
        assert_eq!(decision(&came), wanted, "{error} {number}");
        assert_eq!(came.may_be_sporadic(), number == 70_000);
        assert_eq!(came.code(), error);
        assert_eq!(
            came.message(),
            format!("AADSTS{number}: The account (address) is not.")
        );
        assert!(!came.remedy().is_empty());
        assert_eq!(came.said().request_id.as_deref(), Some("1-2"));
        let shown = format!("{came} {came:?} {:?}", came.trouble());
        assert!(!shown.contains("contoso") && !shown.contains("s&cret"));
    }
}

#[tokio::test]
async fn claims_are_passed_on_and_odd_answers_come_later() {
    let script = Script::new();
    let claims = r#"{"access_token":{"acrs":{"essential":true}}}"#;
    let body = json!({"error": "invalid_grant", "suberror": "message_only", "error_codes": [53003], "claims": claims});
    script.say(400, &[], body.to_string());
    let refresh = Secret::new("rt");
    let error = login(&script).refresh(&refresh, &SCOPES).await.unwrap_err();
    assert_eq!(error.claims(), Some(claims));

    script.say(429, &[("retry-after", "3")], "");
    let error = login(&script).refresh(&refresh, &SCOPES).await.unwrap_err();
    assert!(
        matches!(error, LoginError::Later { retry_after: Some(wait), .. } if wait.as_secs() == 3)
    );
    for body in ["<html>", r#"{"access_token":7}"#] {
        script.ok(body);
        let error = login(&script).refresh(&refresh, &SCOPES).await.unwrap_err();
        assert_eq!(decision(&error), "later");
    }
    script.fail(TransportError::Timeout);
    let error = login(&script).refresh(&refresh, &SCOPES).await.unwrap_err();
    assert_eq!(decision(&error), "later");
}

#[test]
fn the_callback_says_no_in_words_that_are_understood() {
    for (error, description, wanted) in [
        (
            "access_denied",
            "AADSTS65004: User declined to consent",
            "consent",
        ),
        (
            "access_denied",
            "AADSTS90094: An administrator must consent",
            "admin consent",
        ),
        (
            "consent_required",
            "AADSTS90095: Admin consent is required",
            "admin consent",
        ),
        ("interaction_required", "AADSTS50076: MFA", "interaction"),
        ("unauthorized_client", "AADSTS700016: not found", "config"),
        ("invalid_request", "AADSTS50194: single-tenant", "config"),
        ("server_error", "", "later"),
        ("", "", "config"),
    ] {
        let came = LoginError::of_callback(error, description);
        assert_eq!(decision(&came), wanted, "{error} {description}");
    }
}
