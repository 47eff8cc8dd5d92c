//! `POST /{tenant}/oauth2/v2.0/devicecode`, the page where its code is typed in, and the grant that polls for the outcome [facts 8.6].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::json;

use super::problem::{Problem, TraceIds};
use super::tenant::PathTenant;
use super::token::Asked;
use super::{page, scope};
use crate::graph::base_url;
use crate::sync::Held;
use crate::world::{App, DeviceCode, DeviceState, World};

/// How long a code lives, and how often a client may ask.
const LIFE: Duration = Duration::from_mins(15);
const INTERVAL_S: u64 = 5;

/// Gives out a pair of codes.
pub(super) async fn begin(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    request: Request,
) -> Response {
    let base = base_url(&request);
    let ids = TraceIds::new(&world, None);
    let body = axum::body::to_bytes(request.into_body(), 64 * 1024).await;
    let body = body.unwrap_or_default();
    let form: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    match give(&world, &tenant, &base, &form) {
        Ok(answer) => answer,
        Err(problem) => problem.answer(&ids, &base),
    }
}

fn give(
    world: &World,
    tenant: &str,
    base: &str,
    form: &HashMap<String, String>,
) -> Result<Response, Problem> {
    let path = PathTenant::parse(world, tenant)?;
    let field = |name: &'static str| form.get(name).ok_or_else(|| Problem::missing(name));
    let client_id = field("client_id")?;
    let app = world.directory.app(client_id);
    let app = app.ok_or_else(|| Problem::unknown_app(client_id))?;
    path.admits_app(&app)?;
    let scopes = scope::read(world, field("scope")?)?;
    let fresh = world.fresh("device");
    let user_code = format!("{:08X}", fresh.finish() as u32);
    let device_code = fresh.number(1).guid();
    let verification_uri = format!("{base}/common/oauth2/deviceauth");
    let code = DeviceCode {
        app: app.client_id.clone(),
        user_code: user_code.clone(),
        scopes: scopes.iter().map(|scope| scope.written.clone()).collect(),
        expires: world.clock.now() + LIFE,
        state: DeviceState::Waiting,
    };
    world
        .tokens
        .held()
        .devices
        .insert(device_code.clone(), code);
    let message = format!(
        "To sign in, use a web browser to open the page {verification_uri} and enter the code {user_code} to authenticate."
    );
    Ok(Json(json!({
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri": verification_uri,
        "expires_in": LIFE.as_secs(),
        "interval": INTERVAL_S,
        "message": message,
    }))
    .into_response())
}

/// The page where a person types the code in.
pub(super) async fn show() -> Response {
    page::device(None)
}

/// A person's decision about a code.
pub(super) async fn decide(State(world): State<Arc<World>>, body: Bytes) -> Response {
    let form: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| form.get(name).map_or("", String::as_str).trim();
    let cell = world.directory.mailbox(field("account"));
    let now = world.clock.now();
    let mut tokens = world.tokens.held();
    let family = tokens.found_family(false);
    let asked = tokens
        .devices
        .values_mut()
        .find(|code| code.user_code == field("user_code") && code.expires > now);
    let Some(code) = asked else {
        return page::device(Some("That code is unknown or has expired."));
    };
    code.state = match (field("decision"), cell) {
        ("decline", _) => DeviceState::Declined,
        ("accept", Some(cell)) => DeviceState::Accepted(cell.user_id.clone(), family),
        _ => return page::device(Some("That account does not exist.")),
    };
    page::device(Some("You may close this page."))
}

/// The account that a device code was accepted by, its sign-in and the scopes; what else became of it is a refusal.
pub(super) fn outcome(asked: &Asked<'_>, app: &App) -> Result<(String, u64, Vec<String>), Problem> {
    let name = asked.required("device_code")?;
    let mut tokens = asked.world.tokens.held();
    let known = tokens
        .devices
        .get(name)
        .filter(|code| code.app == app.client_id);
    let Some(code) = known.cloned() else {
        let message = "The verification code is invalid.";
        return Err(Problem::new("bad_verification_code", 70_018, message));
    };
    if code.expires <= asked.world.clock.now() {
        return Err(Problem::new(
            "expired_token",
            70_020,
            "The device code has expired.",
        ));
    }
    match code.state {
        DeviceState::Waiting => {
            let message =
                "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
            Err(Problem::new("authorization_pending", 70_016, message))
        }
        DeviceState::Declined => {
            let message = "The end user denied the authorization request.";
            Err(Problem::new("authorization_declined", 65_004, message))
        }
        DeviceState::Accepted(user_id, family) => {
            tokens.devices.remove(name);
            Ok((user_id, family, code.scopes))
        }
    }
}
