//! Sign-in: the authorize page, the token endpoint and admin consent, as Entra's v2 endpoints behave [facts 8].
//!
//! | file | what |
//! |---|---|
//! | `authorize` | the page where a person signs in, and the way back with a code |
//! | `token`, `grant` | the token endpoint: who the client is, and each way to a token |
//! | `device` | signing in on a device without a browser |
//! | `catalogue` | every refusal that a number stands for |
//! | `admin_consent` | `/{tenant}/adminconsent` |
//! | `scope` | what clients may ask for, and which resource it belongs to |
//! | `tenant` | the first part of the path, and who may sign in there |
//! | `issue` | how tokens look |
//! | `problem` | error bodies and pages |

mod admin_consent;
mod authorize;
mod catalogue;
mod client;
mod device;
mod discovery;
mod grant;
mod issue;
mod page;
mod pkce;
mod problem;
mod scope;
mod tenant;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};

use crate::graph::elapsed_ms;
use crate::journal::{Note, Side};
use crate::world::World;

pub(crate) use scope::{graph_host, is_permission};

/// The routes of sign-in.
pub(crate) fn routes(world: &Arc<World>) -> Router<Arc<World>> {
    Router::new()
        .route(
            "/{tenant}/oauth2/v2.0/authorize",
            get(authorize::show).post(authorize::decide),
        )
        .route("/{tenant}/oauth2/v2.0/token", post(token::answer))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(device::begin))
        .route(
            "/{tenant}/oauth2/deviceauth",
            get(device::show).post(device::decide),
        )
        .route(
            "/{tenant}/adminconsent",
            get(admin_consent::show).post(admin_consent::decide),
        )
        .route(
            "/{tenant}/v2.0/adminconsent",
            get(admin_consent::show).post(admin_consent::decide),
        )
        .route(
            "/{tenant}/v2.0/.well-known/openid-configuration",
            get(discovery::configuration),
        )
        .route("/{tenant}/discovery/v2.0/keys", get(discovery::keys))
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(world),
            write_down,
        ))
}

/// Writes every request down, without its query: that holds codes and states.
async fn write_down(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let began = world.clock.now();
    let (method, path) = (
        request.method().to_string(),
        request.uri().path().to_owned(),
    );
    let response = next.run(request).await;
    let fault = response.extensions().get::<Struck>();
    let fault = fault.map(|struck| struck.0.to_owned());
    let mailbox = response
        .extensions()
        .get::<Concerns>()
        .map(|concerns| concerns.0.clone());
    world.journal.write(Note {
        at: began,
        side: Side::SignIn,
        method,
        path,
        mailbox,
        status: response.status().as_u16(),
        ms: elapsed_ms(began, world.clock.now()),
        fault,
    });
    response
}

/// Put into an answer: the fault that made it so.
#[derive(Clone, Copy)]
struct Struck(&'static str);

/// Put into an answer: the address of the account that it is about.
#[derive(Clone)]
struct Concerns(String);
