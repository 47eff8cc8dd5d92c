//! `/{tenant}/adminconsent`: an administrator consents for the whole organisation [facts 8.5].

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;

use super::page;
use super::problem::{Problem, TraceIds};
use super::tenant::PathTenant;
use crate::world::{App, World};

/// `GET`: shows the form.
pub(super) async fn show(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    match read(&world, &tenant, query.as_deref()) {
        Ok((app, _)) => {
            let permissions: Vec<String> = app
                .delegated
                .iter()
                .chain(&app.application)
                .cloned()
                .collect();
            page::admin_consent(&app.client_id, &permissions.join(" "))
        }
        Err(problem) => page::error(&problem, &TraceIds::new(&world, None)),
    }
}

/// `POST`: the administrator's decision.
pub(super) async fn decide(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let ids = TraceIds::new(&world, None);
    let (app, query) = match read(&world, &tenant, query.as_deref()) {
        Ok(read) => read,
        Err(problem) => return page::error(&problem, &ids),
    };
    let accepted =
        form_urlencoded::parse(&body).any(|(name, value)| name == "decision" && value == "accept");
    let mut fields = Vec::new();
    if accepted {
        world
            .directory
            .change_app(&app.client_id, |app| app.admin_consented = true);
        fields.extend([
            ("admin_consent", "True".to_owned()),
            ("tenant", world.directory.tenant().to_owned()),
        ]);
    } else {
        let problem = Problem::new(
            "permission_denied",
            65004,
            "The admin canceled the request.",
        );
        fields.extend([
            ("error", problem.error.to_owned()),
            ("error_description", problem.description(&ids)),
        ]);
    }
    fields.extend(query.get("state").map(|state| ("state", state.clone())));
    let pairs = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let target = query.get("redirect_uri").map_or("", String::as_str);
    (
        StatusCode::FOUND,
        [("location", format!("{target}?{pairs}"))],
    )
        .into_response()
}

type Read = (Arc<App>, HashMap<String, String>);

fn read(world: &World, tenant: &str, query: Option<&str>) -> Result<Read, Problem> {
    let query: HashMap<String, String> =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    if matches!(PathTenant::parse(world, tenant)?, PathTenant::Consumers) {
        return Err(Problem::new(
            "invalid_request",
            9_002_332,
            "Personal accounts have no administrator.",
        ));
    }
    let client_id = query
        .get("client_id")
        .ok_or_else(|| Problem::missing("client_id"))?;
    let app = world
        .directory
        .app(client_id)
        .ok_or_else(|| Problem::unknown_app(client_id))?;
    let redirect_uri = query
        .get("redirect_uri")
        .ok_or_else(|| Problem::missing("redirect_uri"))?;
    if !app.redirect_uris.contains(redirect_uri) {
        return Err(Problem::new(
            "invalid_request",
            50011,
            format!(
                "The redirect URI '{redirect_uri}' does not match the redirect URIs configured for the application '{client_id}'."
            ),
        ));
    }
    Ok((app, query))
}
