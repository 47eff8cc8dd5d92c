//! Paths and methods that do not exist, as problems.

use http::StatusCode;

use crate::error::Problem;

/// No such path.
pub(super) async fn not_found() -> Problem {
    Problem::not_found()
}

/// The path exists, the method does not; axum adds `Allow`.
pub(super) async fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This path does not know that method; see the Allow header.",
    )
}
