//! OpenID Connect discovery, for client libraries that look there first.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::problem::TraceIds;
use super::tenant::PathTenant;
use crate::graph::base_url;
use crate::world::World;

/// `/{tenant}/v2.0/.well-known/openid-configuration`.
pub(super) async fn configuration(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    request: Request,
) -> Response {
    let base = base_url(&request);
    if let Err(problem) = PathTenant::parse(&world, &tenant) {
        return problem.answer(&TraceIds::new(&world, None), &base);
    }
    let at = |rest: &str| format!("{base}/{tenant}/{rest}");
    Json(json!({
        "token_endpoint": at("oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": at("discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": at("v2.0"),
        "authorization_endpoint": at("oauth2/v2.0/authorize"),
        "code_challenge_methods_supported": ["S256", "plain"],
    }))
    .into_response()
}

/// `/{tenant}/discovery/v2.0/keys`: none, for nothing is signed.
pub(super) async fn keys() -> Json<Value> {
    Json(json!({ "keys": [] }))
}
