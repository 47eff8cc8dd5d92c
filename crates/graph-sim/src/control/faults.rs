//! Faults, the clock and the journal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ControlError;
use crate::clock::wire_millis;
use crate::fault::{Faults, parse};
use crate::journal::Entry;
use crate::world::World;

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/sim/faults", put(replace).get(show))
        .route("/sim/faults/struck", get(struck))
        .route("/sim/clock", get(clock))
        .route("/sim/clock/advance", post(advance))
        .route("/sim/journal", get(journal))
}

async fn replace(
    State(world): State<Arc<World>>,
    body: bytes::Bytes,
) -> Result<Json<Faults>, ControlError> {
    let document: Value = serde_json::from_slice(&body).map_err(ControlError::bad)?;
    let faults = parse(document).map_err(ControlError::bad)?;
    world.put_faults(faults.clone());
    world.outgoing.settle(&world);
    Ok(Json(faults))
}

async fn show(State(world): State<Arc<World>>) -> Json<Faults> {
    Json(Faults::clone(&world.faults.now()))
}

async fn struck(State(world): State<Arc<World>>) -> Json<BTreeMap<String, u64>> {
    Json(world.faults.struck())
}

async fn clock(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "now": wire_millis(world.clock.now()) }))
}

#[derive(Deserialize)]
struct Advance {
    seconds: f64,
}

async fn advance(
    State(world): State<Arc<World>>,
    body: bytes::Bytes,
) -> Result<Json<Value>, ControlError> {
    let advance: Advance = serde_json::from_slice(&body).map_err(ControlError::bad)?;
    let span = Duration::try_from_secs_f64(advance.seconds).map_err(ControlError::bad)?;
    world.clock.advance(span);
    world.outgoing.settle(&world);
    Ok(clock(State(world)).await)
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn journal(
    State(world): State<Arc<World>>,
    Query(since): Query<Since>,
) -> (StatusCode, Json<Vec<Entry>>) {
    (StatusCode::OK, Json(world.journal.since(since.since)))
}
