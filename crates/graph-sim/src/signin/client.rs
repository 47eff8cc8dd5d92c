//! Who the client at the token endpoint is, and how it proves it: secret, Basic authentication, or a signed assertion [facts 8.2].

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::problem::Problem;
use crate::world::{App, World};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Finds the app and checks its proof.
pub(super) fn authenticate(
    world: &World,
    headers: &HeaderMap,
    form: &HashMap<String, String>,
) -> Result<Arc<App>, Problem> {
    let basic = basic(headers);
    let (basic_id, basic_secret) =
        basic.map_or((None, None), |(id, secret)| (Some(id), Some(secret)));
    let client_id = form
        .get("client_id")
        .cloned()
        .or(basic_id)
        .ok_or_else(|| Problem::missing("client_id"))?;
    let app = world
        .directory
        .app(&client_id)
        .ok_or_else(|| Problem::unknown_app(&client_id))?;
    let secret = form.get("client_secret").cloned().or(basic_secret);
    let assertion = form.get("client_assertion");
    let is_public = app.client_secret.is_none() && !app.certificate;
    match (secret, assertion) {
        (None, None) if is_public => Ok(app),
        (Some(_), _) | (_, Some(_)) if is_public => Err(Problem::new(
            "invalid_client",
            700_025,
            "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        )),
        (_, Some(assertion)) => {
            let kind = form.get("client_assertion_type").map_or("", String::as_str);
            check_assertion(world, &app, kind, assertion)?;
            Ok(app)
        }
        (Some(secret), None) => {
            check_secret(world, &app, &secret)?;
            Ok(app)
        }
        (None, None) => Err(Problem::new(
            "invalid_client",
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )),
    }
}

fn check_secret(world: &World, app: &App, secret: &str) -> Result<(), Problem> {
    let id = &app.client_id;
    if !app.secret_is(secret) {
        let message = format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{id}'."
        );
        return Err(Problem::new("invalid_client", 7_000_215, message));
    }
    if world
        .faults
        .strikes("secretExpired", id, world.faults.now().token.secret_expired)
    {
        return Err(Problem::new(
            "invalid_client",
            7_000_222,
            format!("The provided client secret keys for app '{id}' are expired."),
        )
        .struck("secretExpired"));
    }
    Ok(())
}

/// `Authorization: Basic`, both halves percent-encoded inside.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let given = headers.get("authorization")?.to_str().ok()?;
    let (scheme, encoded) = given.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    Some((plain(id), plain(secret)))
}

/// Checks the shape and the claims of an assertion; the signature is taken on trust, for the simulator knows no certificates.
fn check_assertion(world: &World, app: &App, kind: &str, assertion: &str) -> Result<(), Problem> {
    let bad = |why: &str| {
        Problem::new(
            "invalid_client",
            700_027,
            format!(
                "The certificate with identifier used to sign the client assertion is not valid for the application. Reason: {why}"
            ),
        )
    };
    if kind != ASSERTION_TYPE {
        return Err(Problem::missing("client_assertion_type"));
    }
    let parts: Vec<&str> = assertion.split('.').collect();
    let part = |n: usize| -> Option<Value> {
        serde_json::from_slice(
            &URL_SAFE_NO_PAD
                .decode(parts.get(n)?.trim_end_matches('='))
                .ok()?,
        )
        .ok()
    };
    let (Some(head), Some(claims), 3) = (part(0), part(1), parts.len()) else {
        return Err(Problem::new(
            "invalid_client",
            50_027,
            "JWT token is invalid or malformed.",
        ));
    };
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let seconds = |name: &str| claims.get(name).and_then(Value::as_i64);
    let now = world.clock.now().as_second();
    if !matches!(text(&head, "alg").as_str(), "RS256" | "PS256")
        || (text(&head, "x5t").is_empty() && text(&head, "x5t#S256").is_empty())
    {
        return Err(bad("The key was not found: the header needs alg and x5t."));
    }
    if text(&claims, "iss") != app.client_id || text(&claims, "sub") != app.client_id {
        return Err(bad("Issuer and subject must be the client id."));
    }
    if !text(&claims, "aud").contains("/oauth2/v2.0/token")
        || text(&claims, "jti").is_empty()
        || parts[2].is_empty()
    {
        return Err(bad("Audience, jti or signature is missing."));
    }
    match (seconds("nbf").unwrap_or(now), seconds("exp")) {
        (begins, Some(ends)) if begins <= now + 300 && ends > now - 300 => Ok(()),
        _ => Err(Problem::new(
            "invalid_client",
            700_024,
            "Client assertion is not within its valid time range.",
        )),
    }
}
