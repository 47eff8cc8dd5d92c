//! `POST /{tenant}/oauth2/v2.0/token`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::problem::{Problem, TraceIds};
use super::tenant::PathTenant;
use super::{Concerns, catalogue, client, grant};
use crate::graph::{base_url, http_date};
use crate::world::World;

/// The longest form that is read, in bytes.
const LONGEST_FORM: usize = 256 * 1024;

/// What a grant has to work with.
pub(super) struct Asked<'a> {
    pub(super) world: &'a World,
    pub(super) base: String,
    /// The tenant as it stands in the path.
    pub(super) path_tenant: String,
    pub(super) tenant: PathTenant,
    pub(super) form: HashMap<String, String>,
}

impl Asked<'_> {
    /// A field of the form.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.form
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A field that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Problem> {
        self.field(name).ok_or_else(|| Problem::missing(name))
    }
}

/// Answers.
pub(super) async fn answer(
    State(world): State<Arc<World>>,
    Path(path_tenant): Path<String>,
    request: Request,
) -> Response {
    let base = base_url(&request);
    let (parts, body) = request.into_parts();
    let ids = TraceIds::new(
        &world,
        parts
            .headers
            .get("client-request-id")
            .and_then(|id| id.to_str().ok()),
    );
    let body = axum::body::to_bytes(body, LONGEST_FORM)
        .await
        .unwrap_or_default();
    let form = form_urlencoded::parse(&body).into_owned().collect();
    let (mut response, code) = match grant(&world, path_tenant, base.clone(), &parts.headers, form)
    {
        Ok(response) => (response, 0),
        Err(problem) => {
            let faults = &world.faults;
            let mut problem = catalogue::paired(&world, problem);
            let rate = faults.now().token.line_ends;
            problem.line_ends = faults.strikes("lineEnds", &problem.code.to_string(), rate);
            (problem.answer(&ids, &base), problem.code)
        }
    };
    add_headers(&world, response.headers_mut(), &ids, code);
    response
}

fn grant(
    world: &World,
    path_tenant: String,
    base: String,
    headers: &HeaderMap,
    form: HashMap<String, String>,
) -> Result<Response, Problem> {
    catalogue::told(world)?;
    let tenant = PathTenant::parse(world, &path_tenant)?;
    let kind = form
        .get("grant_type")
        .cloned()
        .ok_or_else(|| Problem::missing("grant_type"))?;
    let app = client::authenticate(world, headers, &form)?;
    let asked = Asked {
        world,
        base,
        path_tenant,
        tenant,
        form,
    };
    let (answer, concerns) = match kind.as_str() {
        "authorization_code" => grant::code(&asked, &app)?,
        "refresh_token" => grant::refresh(&asked, &app)?,
        "urn:ietf:params:oauth:grant-type:device_code" => grant::device(&asked, &app)?,
        "client_credentials" => grant::client_credentials(&asked, &app)?,
        other => {
            return Err(Problem::new(
                "unsupported_grant_type",
                70003,
                format!("The app requested an unsupported grant type '{other}'."),
            ));
        }
    };
    let mut response = axum::response::IntoResponse::into_response(axum::Json(answer));
    if let Some(address) = concerns {
        response.extensions_mut().insert(Concerns(address));
    }
    Ok(response)
}

/// The headers of the token endpoint, as recorded.
fn add_headers(world: &World, headers: &mut HeaderMap, ids: &TraceIds, code: u32) {
    let diagnostics = format!("1,{code},0,,");
    let date = http_date(world.clock.now());
    let fixed = [
        ("cache-control", "no-store, no-cache"),
        ("pragma", "no-cache"),
        ("content-type", "application/json; charset=utf-8"),
        ("expires", "-1"),
        (
            "strict-transport-security",
            "max-age=31536000; includeSubDomains",
        ),
        ("x-content-type-options", "nosniff"),
        ("p3p", "CP=\"DSP CUR OTPi IND OTRi ONL FIN\""),
        ("x-ms-request-id", ids.trace.as_str()),
        ("x-ms-ests-server", "2.1.0 - SIM ProdSlices"),
        ("x-ms-clitelem", diagnostics.as_str()),
        ("date", date.as_str()),
    ];
    for (name, value) in fixed {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    for cookie in [
        "fpc=simulated; expires=Thu, 01-Jan-2099 00:00:00 GMT; path=/; secure; HttpOnly; SameSite=None",
        "x-ms-gateway-slice=estsfd; path=/; secure; samesite=none; httponly",
        "stsservicecookie=estsfd; path=/; secure; samesite=none; httponly",
    ] {
        headers.append("set-cookie", HeaderValue::from_static(cookie));
    }
}
