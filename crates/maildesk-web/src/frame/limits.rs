//! How many requests are worked on at a time, how long until an answer begins, and how slowly a
//! body may come.
//!
//! All are generous: they are there for the day something is stuck, or somebody means harm. They
//! cover the time until the head of the answer; event streams and downloads go on after it and have
//! limits of their own. Whoever has shown a credential that was good takes a place among those of
//! their kind, of which one credential has a part; whoever has not shares a few places with all
//! strangers, and fewer with those of the same address, so that strangers can only be in the way of strangers. Whether the server is alive
//! and ready is told at all times.

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maildesk_model::client::Place;

use crate::app::App;
use crate::auth::credential::Credential;
use crate::error::Problem;
use crate::ops;
use crate::request::client::blame;
use crate::request::pace::{self, Pace};

/// A place to be worked on.
enum Held {
    Known(#[expect(dead_code, reason = "it is held until it is dropped")] Place<[u8; 32]>),
    Stranger(#[expect(dead_code, reason = "it is held until it is dropped")] Place<IpAddr>),
}

/// Lets the request through, or answers 503.
pub(super) async fn keep(State(app): State<App>, request: Request, next: Next) -> Response {
    if ops::is_asked_by_machines(request.uri().path()) {
        return next.run(request).await;
    }
    let again = Duration::from_secs(2);
    let Some(held) = enter(&app, &request) else {
        let problem = Problem::busy("busy", "Too many requests are being worked on.", again);
        return problem.into_response();
    };
    let pace = match held {
        Held::Known(_) => Pace::Known,
        Held::Stranger(_) => Pace::Stranger,
    };
    let request = request.map(|body| pace::keep(body, pace, app.clock.clone()));
    tokio::select! {
        biased;
        response = next.run(request) => response,
        () = app.clock.sleep(app.settings.request_timeout) => {
            tracing::warn!("a request took too long and was given up");
            Problem::busy("timeout", "This took too long and was given up.", again).into_response()
        }
    }
}

fn enter(app: &App, request: &Request) -> Option<Held> {
    let shown = Credential::from_headers(request.headers());
    if let Ok(shown) = shown
        && app.throttle.knows(shown.hash())
    {
        return app.places.take(*shown.hash()).map(Held::Known);
    }
    let place = app.strangers.take(blame(request.extensions()));
    place.map(Held::Stranger)
}
