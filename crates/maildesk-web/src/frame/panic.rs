//! A handler that panics answers 500 like any other fault, and tells the caller nothing.

use std::any::Any;

use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::Problem;

type Answer = fn(Box<dyn Any + Send>) -> Response;

/// The layer; the log gets the panic's own words.
pub(super) fn layer() -> CatchPanicLayer<Answer> {
    CatchPanicLayer::custom(answer as Answer)
}

fn answer(panic: Box<dyn Any + Send>) -> Response {
    let words = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no words");
    tracing::error!(panic = words, "a handler panicked");
    Problem::internal().into_response()
}
