//! How many requests are worked on at a time, and how long until an answer begins.
//!
//! Both are generous: they are there for the day something is stuck. They cover the time until
//! the head of the answer; event streams and downloads go on after it and have limits of their own.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::Problem;

/// Lets the request through, or answers 503.
pub(super) async fn keep(State(app): State<App>, request: Request, next: Next) -> Response {
    let again = Duration::from_secs(2);
    let Ok(_place) = app.places.try_acquire() else {
        let problem = Problem::busy("busy", "Too many requests are being worked on.", again);
        return problem.into_response();
    };
    tokio::select! {
        biased;
        response = next.run(request) => response,
        () = app.clock.sleep(app.settings.request_timeout) => {
            tracing::warn!("a request took too long and was given up");
            Problem::busy("timeout", "This took too long and was given up.", again).into_response()
        }
    }
}
