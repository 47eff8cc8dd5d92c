//! `POST /v1.0/$batch`: up to 20 calls in one, each through the pipeline by itself [facts 6].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::pipeline::{RequestIds, single};
use super::{Call, auth};
use crate::answer::{Answer, Outcome, Refusal};
use crate::hash::Hash;
use crate::json::{Object, push_text};
use crate::world::World;

/// Calls in a batch at most.
const MOST: usize = 20;
/// Calls that Graph passes on to Outlook at a time.
const PARALLEL: usize = 4;

#[derive(Deserialize)]
struct Batch {
    requests: Vec<Request>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    body: Option<Value>,
    #[serde(default)]
    depends_on: Vec<String>,
}

/// Runs a batch.
pub(super) async fn run(world: &Arc<World>, call: &Call) -> Outcome {
    if call.method != Method::POST {
        return Err(Refusal::new(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )
        .inner());
    }
    auth::caller(world, call)?;
    let batch: Batch = call
        .json()
        .map_err(|_| Refusal::bad_request("Invalid batch payload format."))?;
    let most = world.faults.now().graph.batch_most;
    check(&batch, most.map_or(MOST, |most| most as usize))?;
    let sequential = batch
        .requests
        .iter()
        .any(|request| !request.depends_on.is_empty());
    let mut answers = if sequential {
        in_order(world, call, &batch.requests).await
    } else {
        side_by_side(world, call, &batch.requests).await
    };
    let graph = &world.faults.now().graph;
    let throttled = |(_, answer): &(String, Answer)| answer.status == StatusCode::TOO_MANY_REQUESTS;
    if answers.iter().any(throttled) && world.faults.strikes("batch424", &call.base, graph.batch424)
    {
        let message = "A request of the batch was throttled.";
        return Err(Refusal::new(424, "FailedDependency", message)
            .inner()
            .struck("batch424"));
    }
    let all = answers.len();
    let loses = |id: &str| world.faults.strikes("batchLoses", id, graph.batch_loses);
    answers.retain(|(id, _)| !loses(id));
    let lost = (answers.len() < all).then_some("batchLoses");
    // The order of answers is promised to nobody.
    answers.sort_by_key(|(id, _)| Hash::new(world.seed).text(id).finish());
    let mut json = String::new();
    let mut object = Object::open(&mut json);
    object.list("responses", answers, |out, (id, answer)| {
        write(out, &id, &answer);
    });
    object.end();
    Ok(Answer::ok(json).struck(lost))
}

fn check(batch: &Batch, most: usize) -> Result<(), Refusal> {
    if batch.requests.is_empty() || batch.requests.len() > most {
        return Err(Refusal::bad_request(format!(
            "Invalid batch payload format: a batch holds 1 to {most} requests."
        )));
    }
    let mut seen = HashSet::new();
    for request in &batch.requests {
        if request.id.is_empty() || !seen.insert(request.id.to_lowercase()) {
            return Err(Refusal::bad_request(
                "Invalid batch payload format: ids must be given and unique.",
            ));
        }
        if request.url.contains("://")
            || Method::from_bytes(request.method.to_ascii_uppercase().as_bytes()).is_err()
        {
            return Err(Refusal::bad_request(
                "Invalid batch payload format: url must be relative and method known.",
            ));
        }
        if request.body.is_some()
            && !request
                .headers
                .keys()
                .any(|name| name.eq_ignore_ascii_case("content-type"))
        {
            return Err(Refusal::bad_request(
                "Invalid batch payload format: a body needs a Content-Type header.",
            ));
        }
        if let Some(missing) = request
            .depends_on
            .iter()
            .find(|id| !seen.contains(&id.to_lowercase()))
        {
            return Err(Refusal::bad_request(format!(
                "Invalid batch payload format: '{missing}' does not come before '{}'.",
                request.id
            )));
        }
    }
    Ok(())
}

async fn side_by_side(
    world: &Arc<World>,
    call: &Call,
    requests: &[Request],
) -> Vec<(String, Answer)> {
    let run =
        |request: Request| async move { (request.id.clone(), one(world, call, &request).await) };
    let parallel = world.faults.now().graph.batch_parallel;
    futures::stream::iter(requests.to_vec())
        .map(run)
        .buffer_unordered(parallel.map_or(PARALLEL, |parallel| parallel.max(1) as usize))
        .collect()
        .await
}

async fn in_order(world: &Arc<World>, call: &Call, requests: &[Request]) -> Vec<(String, Answer)> {
    let mut answers: Vec<(String, Answer)> = Vec::new();
    for request in requests {
        let failed = |id: &String| {
            answers
                .iter()
                .any(|(done, answer)| done.eq_ignore_ascii_case(id) && !answer.status.is_success())
        };
        let answer = if request.depends_on.iter().any(failed) {
            let ids = RequestIds::of(world, call);
            ids.refused(
                world.clock.now(),
                Refusal::new(
                    424,
                    "FailedDependency",
                    "A request that this one depends on failed.",
                ),
            )
        } else {
            one(world, call, request).await
        };
        answers.push((request.id.clone(), answer));
    }
    answers
}

async fn one(world: &Arc<World>, outer: &Call, request: &Request) -> Answer {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name.as_str()),
            HeaderValue::from_str(value),
        ) {
            headers.insert(name, value);
        }
    }
    if let Some(token) = outer.headers.get("authorization") {
        headers.insert("authorization", token.clone());
    }
    let body = match &request.body {
        None => Bytes::new(),
        Some(Value::String(text)) => Bytes::from(text.clone()),
        Some(value) => Bytes::from(value.to_string()),
    };
    let method =
        Method::from_bytes(request.method.to_ascii_uppercase().as_bytes()).unwrap_or(Method::GET);
    let target = request.url.trim_start_matches('/');
    let call = Call::new(
        method,
        outer.base.clone(),
        target.strip_prefix("v1.0/").unwrap_or(target),
        headers,
        body,
    );
    let ids = RequestIds::of(world, &call);
    match single(world, &call).await {
        Ok(answer) => answer,
        Err(refusal) => ids.refused(world.clock.now(), in_a_batch(world, refusal)),
    }
}

/// The older code for a call too many at a time [facts 6].
fn in_a_batch(world: &World, mut refusal: Refusal) -> Refusal {
    let rate = world.faults.now().graph.old_concurrency_code;
    if refusal.message.contains("MailboxConcurrency")
        && world.faults.strikes("oldConcurrencyCode", "", rate)
    {
        refusal.code = "ErrorTooManyObjectsOpened".into();
        refusal.message = "Too many concurrent connections opened.".into();
    }
    refusal
}

fn write(out: &mut String, id: &str, answer: &Answer) {
    let mut object = Object::open(out);
    object.text("id", id);
    object.number("status", u64::from(answer.status.as_u16()));
    object.object("headers", |headers| {
        headers.text("Cache-Control", "private");
        if let Some(content_type) = &answer.content_type {
            headers.text("Content-Type", content_type);
        }
        for (name, value) in &answer.headers {
            headers.text(name, value);
        }
    });
    let is_json = answer
        .content_type
        .as_deref()
        .is_some_and(|kind| kind.starts_with("application/json"));
    match std::str::from_utf8(&answer.body) {
        _ if answer.body.is_empty() || answer.status == StatusCode::NO_CONTENT => {}
        Ok(json) if is_json => object.raw("body", json),
        _ => push_text(object.name("body"), &STANDARD.encode(&answer.body)),
    }
    object.end();
}
