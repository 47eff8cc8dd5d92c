//! `/{tenant}/oauth2/v2.0/authorize`: the request is checked, a person decides, and the browser goes back with a code or an error.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;

use super::issue::{self, CODE_LIFE};
use super::problem::{Problem, TraceIds};
use super::scope::{self, Scope};
use super::tenant::PathTenant;
use super::{Concerns, Struck, page, pkce};
use crate::fault::Cloud;
use crate::sync::Held;
use crate::world::{App, AuthorizationCode, MailboxKind, World};

/// A request that may be decided on.
struct Asked {
    app: Arc<App>,
    tenant: PathTenant,
    path_tenant: String,
    way_back: WayBack,
    scopes: Vec<Scope>,
    challenge: Option<(String, String)>,
    query: HashMap<String, String>,
}

/// Where the browser goes afterwards, and how what it carries is written.
struct WayBack {
    redirect_uri: String,
    mode: String,
    state: Option<String>,
}

/// Why a request cannot be decided on.
enum Refused {
    /// The redirect URI is in doubt: a page.
    Page(Problem),
    /// The app may be told.
    Back(Box<(WayBack, Problem)>),
}

impl Refused {
    fn back(way_back: WayBack, problem: Problem) -> Self {
        Self::Back(Box::new((way_back, problem)))
    }
}

/// `GET`: checks the request and shows the form.
pub(super) async fn show(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let ids = TraceIds::new(&world, None);
    let asked = match read(&world, tenant, query.as_deref()) {
        Ok(asked) => asked,
        Err(refused) => return refuse(&ids, refused),
    };
    if asked
        .query
        .get("prompt")
        .is_some_and(|prompt| prompt == "none")
    {
        let problem = Problem::new(
            "login_required",
            50058,
            "Session information is not sufficient for single-sign-on.",
        );
        return refuse(&ids, Refused::back(asked.way_back, problem));
    }
    form(&world, &asked, None)
}

/// `POST`: a decision.
pub(super) async fn decide(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let ids = TraceIds::new(&world, None);
    let asked = match read(&world, tenant, query.as_deref()) {
        Ok(asked) => asked,
        Err(refused) => return refuse(&ids, refused),
    };
    let form: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    match form.get("decision").map(String::as_str) {
        Some("accept") => accept(
            &world,
            &ids,
            asked,
            form.get("account").map_or("", String::as_str),
        ),
        Some("decline") => {
            let problem = Problem::new(
                "access_denied",
                65004,
                "User declined to consent to access the app.",
            );
            refuse(&ids, Refused::back(asked.way_back, problem))
        }
        _ => self::form(&world, &asked, Some("Choose accept or decline.")),
    }
}

fn accept(world: &World, ids: &TraceIds, asked: Asked, account: &str) -> Response {
    let Some(cell) = world.directory.mailbox(account.trim()) else {
        return form(
            world,
            &asked,
            Some("AADSTS50034: The user account does not exist in the directory."),
        );
    };
    if let Err(problem) = asked.tenant.admits(&asked.app, &cell) {
        return form(world, &asked, Some(&problem.description(ids)));
    }
    let elsewhere = world
        .faults
        .now()
        .graph
        .cloud
        .is_some_and(|cloud| cloud != Cloud::Global);
    if elsewhere && cell.kind == MailboxKind::Personal {
        let problem = Problem::new(
            "invalid_request",
            500_208,
            "The domain is not a valid login domain for the account type.",
        );
        return form(world, &asked, Some(&problem.description(ids)));
    }
    if let Some(error) = world.faults.now().token.authorize_error.clone() {
        let fields = [
            ("error", error),
            ("error_description", "Told to answer so.".to_owned()),
        ];
        let state = asked.way_back.state.clone().map(|state| ("state", state));
        let fields: Vec<_> = fields.into_iter().chain(state).collect();
        let mut response = asked.way_back.go(&fields);
        response.extensions_mut().insert(Struck("authorizeError"));
        return response;
    }
    if world.faults.now().token.admin_consent_required.on() && !asked.app.admin_consented {
        let problem = Problem::admin_needed(&asked.app.client_id);
        return refuse(ids, Refused::back(asked.way_back, problem));
    }
    if asked
        .scopes
        .iter()
        .any(|scope| !scope.is_consented(&asked.app))
    {
        let problem = Problem {
            error: "consent_required",
            ..Problem::no_consent(&asked.app.client_id)
        };
        return refuse(ids, Refused::back(asked.way_back, problem));
    }
    let name = issue::code(world, cell.tenant(&world.directory));
    let mut tokens = world.tokens.held();
    let family = tokens.found_family(
        asked
            .query
            .get("claims")
            .is_some_and(|claims| claims.contains("\"nbf\"")),
    );
    let code = AuthorizationCode {
        app: asked.app.client_id.clone(),
        user_id: cell.user_id.clone(),
        path_tenant: asked.path_tenant,
        redirect_uri: asked.way_back.redirect_uri.clone(),
        scopes: asked
            .scopes
            .iter()
            .map(|scope| scope.written.clone())
            .collect(),
        spa: asked.app.is_spa(&asked.way_back.redirect_uri),
        challenge: asked.challenge,
        nonce: asked.query.get("nonce").cloned(),
        family,
        expires: world.clock.now() + CODE_LIFE,
        redeemed: false,
    };
    tokens.codes.insert(name.clone(), code);
    drop(tokens);
    let mut fields = vec![("code", name)];
    fields.extend(asked.way_back.state.clone().map(|state| ("state", state)));
    fields.push(("session_state", world.fresh("session").guid()));
    let mut response = asked.way_back.go(&fields);
    response
        .extensions_mut()
        .insert(Concerns(cell.address.clone()));
    response
}

fn form(world: &World, asked: &Asked, complaint: Option<&str>) -> Response {
    let people = world
        .directory
        .mailboxes()
        .into_iter()
        .filter(|cell| cell.kind != MailboxKind::Shared);
    let accounts: Vec<String> = people.map(|cell| cell.address.clone()).take(200).collect();
    let permissions: Vec<&str> = asked
        .scopes
        .iter()
        .map(|scope| scope.written.as_str())
        .collect();
    let hint = asked.query.get("login_hint").map_or("", String::as_str);
    page::sign_in(
        &asked.app.client_id,
        hint,
        &accounts,
        &permissions.join(" "),
        complaint,
    )
}

fn refuse(ids: &TraceIds, refused: Refused) -> Response {
    match refused {
        Refused::Page(problem) => page::error(&problem, ids),
        Refused::Back(told) => {
            let (way_back, problem) = *told;
            let mut fields = vec![
                ("error", problem.error.to_owned()),
                ("error_description", problem.description(ids)),
            ];
            fields.extend(way_back.state.clone().map(|state| ("state", state)));
            let mut response = way_back.go(&fields);
            if let Some(fault) = problem.fault {
                response.extensions_mut().insert(Struck(fault));
            }
            response
        }
    }
}

fn read(world: &World, path_tenant: String, query: Option<&str>) -> Result<Asked, Refused> {
    let query: HashMap<String, String> =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let field = |name: &str| {
        query
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    };
    let tenant = PathTenant::parse(world, &path_tenant).map_err(Refused::Page)?;
    let client_id =
        field("client_id").ok_or_else(|| Refused::Page(Problem::missing("client_id")))?;
    let app = world
        .directory
        .app(client_id)
        .ok_or_else(|| Refused::Page(Problem::unknown_app(client_id)))?;
    tenant.admits_app(&app).map_err(Refused::Page)?;
    let way_back = way_back(&app, &query).map_err(Refused::Page)?;
    match check(world, &app, &query) {
        Ok((scopes, challenge)) => Ok(Asked {
            app,
            tenant,
            path_tenant,
            way_back,
            scopes,
            challenge,
            query,
        }),
        Err(problem) => Err(Refused::back(way_back, problem)),
    }
}

fn way_back(app: &App, query: &HashMap<String, String>) -> Result<WayBack, Problem> {
    let given = query
        .get("redirect_uri")
        .ok_or_else(|| Problem::missing("redirect_uri"))?;
    if !app
        .redirect_uris
        .iter()
        .chain(&app.spa_redirect_uris)
        .any(|known| same_redirect(known, given))
    {
        let message = format!(
            "The redirect URI '{given}' specified in the request does not match the redirect URIs configured for the application '{}'.",
            app.client_id
        );
        return Err(Problem::new("invalid_request", 50011, message));
    }
    let mode = query.get("response_mode").map_or("query", String::as_str);
    Ok(WayBack {
        redirect_uri: given.clone(),
        mode: mode.to_owned(),
        state: query.get("state").cloned(),
    })
}

/// Redirect URIs are compared exactly; only the port of `http://localhost` is free, as with Entra.
fn same_redirect(known: &str, given: &str) -> bool {
    let portless = |uri: &str| {
        let url = url::Url::parse(uri).ok()?;
        (url.scheme() == "http" && url.host_str() == Some("localhost"))
            .then(|| url.path().to_owned())
    };
    known == given || portless(known).is_some_and(|path| portless(given) == Some(path))
}

type Checked = (Vec<Scope>, Option<(String, String)>);

fn check(world: &World, app: &App, query: &HashMap<String, String>) -> Result<Checked, Problem> {
    let field = |name: &str| {
        query
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    };
    match field("response_type") {
        Some("code") => {}
        Some(other) => {
            return Err(Problem::new(
                "unsupported_response_type",
                70005,
                format!(
                    "The app '{}' may not use the response type '{other}'.",
                    app.client_id
                ),
            ));
        }
        None => return Err(Problem::missing("response_type")),
    }
    if !matches!(
        field("response_mode"),
        None | Some("query" | "fragment" | "form_post")
    ) {
        return Err(Problem::new(
            "invalid_request",
            70007,
            "The value of 'response_mode' is not supported for this request.",
        ));
    }
    let scopes = scope::read(
        world,
        field("scope").ok_or_else(|| Problem::missing("scope"))?,
    )?;
    let challenge = pkce::challenge(field("code_challenge"), field("code_challenge_method"))?;
    let redirect = field("redirect_uri").unwrap_or_default();
    if app.is_spa(redirect)
        && challenge
            .as_ref()
            .is_none_or(|(_, method)| method != "S256")
    {
        let message = "Proof Key for Code Exchange is required for cross-origin authorization code redemption.";
        return Err(Problem::new("invalid_request", 9_002_325, message));
    }
    Ok((scopes, challenge))
}

impl WayBack {
    /// Sends the browser back.
    fn go(&self, fields: &[(&str, String)]) -> Response {
        let pairs = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let target = match self.mode.as_str() {
            "form_post" => return page::form_post(&self.redirect_uri, fields),
            "fragment" => format!("{}#{pairs}", self.redirect_uri),
            _ => format!(
                "{}{}{pairs}",
                self.redirect_uri,
                if self.redirect_uri.contains('?') {
                    '&'
                } else {
                    '?'
                }
            ),
        };
        (
            StatusCode::FOUND,
            [
                ("location", target),
                ("cache-control", "no-store, no-cache".to_owned()),
            ],
        )
            .into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::same_redirect;

    #[test]
    fn only_the_port_of_localhost_is_free() {
        assert!(same_redirect(
            "http://localhost/callback",
            "http://localhost:8480/callback"
        ));
        assert!(!same_redirect(
            "http://localhost/callback",
            "http://localhost:8480/other"
        ));
        assert!(!same_redirect(
            "https://desk.test/callback",
            "https://desk.test:8480/callback"
        ));
        assert!(!same_redirect(
            "http://127.0.0.1:1/callback",
            "http://127.0.0.1:2/callback"
        ));
    }
}
