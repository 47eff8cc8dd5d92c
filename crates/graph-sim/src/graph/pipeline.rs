//! From an HTTP request to its answer: common headers, journal, and the way through authentication, faults and limits to the operation.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use jiff::Timestamp;

use super::desk::Desk;
use super::{Call, auth, batch, mailbox_of, op, reshape, strike};
use crate::answer::{Answer, Outcome, Refusal};
use crate::clock::wire;
use crate::journal::{Note, Side};
use crate::world::World;

/// The longest body that is read: an upload chunk is at most 4 MiB, a batch or MIME message may be larger.
const LONGEST_BODY: usize = 64 * 1024 * 1024;

/// The axum handler for everything below `/v1.0`.
pub(crate) async fn serve(State(world): State<Arc<World>>, request: Request) -> Response {
    let base = base_url(&request);
    let (parts, body) = request.into_parts();
    let read = axum::body::to_bytes(body, LONGEST_BODY).await;
    let target = parts
        .uri
        .path_and_query()
        .map_or("", http::uri::PathAndQuery::as_str);
    let target = target
        .strip_prefix("/v1.0")
        .unwrap_or(target)
        .trim_start_matches('/');
    let too_long = read.is_err();
    let body = read.unwrap_or_default();
    let call = Call::new(parts.method, base, target, parts.headers, body);
    let ids = RequestIds::of(&world, &call);
    let outcome = if lacks_length(&call) {
        Err(Refusal::new(411, "LengthRequired", "Content-Length is required.").inner())
    } else if too_long {
        Err(Refusal::new(
            413,
            "RequestEntityTooLarge",
            "The request is too large.",
        ))
    } else {
        answer(&world, &call).await
    };
    ids.finish(&world, outcome)
}

/// Whether a draft is sent without saying that nothing follows: `Content-Length: 0` is required [facts 7.5].
fn lacks_length(call: &Call) -> bool {
    let sends = call.segments.last().is_some_and(|last| last == "send");
    sends && call.method == Method::POST && call.header("content-length").is_none()
}

/// Scheme and host that the caller used.
pub(crate) fn base_url(request: &Request) -> String {
    let host = request
        .headers()
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let secure = request.extensions().get::<crate::sim::Secure>().is_some();
    format!("{}://{host}", if secure { "https" } else { "http" })
}

/// What the journal is told about a call.
struct Trace {
    began: Timestamp,
    mailbox: Option<String>,
    fault: Option<String>,
}

impl Trace {
    fn new(world: &World) -> Self {
        Self {
            began: world.clock.now(),
            mailbox: None,
            fault: None,
        }
    }
}

/// Runs a call, which may be a batch.
async fn answer(world: &Arc<World>, call: &Call) -> Outcome {
    if call.segments.len() == 1 && call.segments[0].eq_ignore_ascii_case("$batch") {
        let trace = Trace::new(world);
        let outcome = batch::run(world, call).await;
        write_down(world, call, &outcome, trace);
        return outcome;
    }
    single(world, call).await
}

/// Runs a call that is not a batch through the pipeline and writes it down.
pub(super) async fn single(world: &Arc<World>, call: &Call) -> Outcome {
    world.outgoing.settle(world);
    let mut trace = Trace::new(world);
    let outcome = decide(world, call, &mut trace).await;
    let outcome = outcome.map_err(|refusal| reshape::refusal(world, call, refusal));
    write_down(world, call, &outcome, trace);
    outcome
}

fn write_down(world: &World, call: &Call, outcome: &Outcome, trace: Trace) {
    let (status, fault) = match outcome {
        Ok(answer) => (answer.status, answer.fault),
        Err(refusal) => (refusal.status, refusal.fault),
    };
    let query = if call.raw_query.is_empty() {
        String::new()
    } else {
        format!("?{}", call.raw_query)
    };
    world.journal.write(Note {
        at: trace.began,
        side: Side::Graph,
        method: call.method.to_string(),
        path: format!("/v1.0/{}{query}", call.path),
        mailbox: trace.mailbox,
        status: status.as_u16(),
        ms: elapsed_ms(trace.began, world.clock.now()),
        fault: trace.fault.or_else(|| fault.map(str::to_owned)),
    });
}

async fn decide(world: &Arc<World>, call: &Call, trace: &mut Trace) -> Outcome {
    let caller = auth::caller(world, call)?;
    let first = call
        .segments
        .first()
        .ok_or_else(|| Refusal::bad_request("Empty path."))?;
    if first.eq_ignore_ascii_case("subscriptions") {
        trace.mailbox = caller
            .user_id()
            .and_then(|user| world.directory.mailbox(user))
            .map(|cell| cell.address.clone());
        let rest = &call.segments[1..];
        let work = crate::subscription::handle(world, call, &caller, rest);
        return struck(world, call, trace, work).await;
    }
    let (cell, rest) = mailbox_of(world, &caller, &call.segments)?;
    trace.mailbox = Some(cell.address.clone());
    if cell.away.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(Refusal::new(
            404,
            "ErrorMailboxNotEnabledForRESTAPI",
            "REST API is not yet supported for this mailbox.",
        ));
    }
    let entered = world
        .throttle
        .enter(world, &caller.app, cell.no, uploaded(call));
    let _permit = entered?;
    // A call is not over in the instant it arrives: those that are already waiting may come in beside it.
    tokio::task::yield_now().await;
    let work = async {
        let immutable = call.wants_immutable_ids();
        let now = world.clock.now();
        op::run(&Desk {
            world,
            call,
            caller: &caller,
            cell,
            rest,
            immutable,
            now,
        })
    };
    struck(world, call, trace, work).await
}

/// Does the work of a call, unless a fault breaks it before or after.
async fn struck(
    world: &World,
    call: &Call,
    trace: &mut Trace,
    work: impl Future<Output = Outcome>,
) -> Outcome {
    let Some(struck) = strike::strike(world, call, trace.began).await else {
        return work.await;
    };
    trace.fault = Some(struck.fault.to_owned());
    if struck.after_work {
        // The work is done, but nobody hears how it went.
        drop(work.await);
        strike::lose_late(world, trace.began).await;
    }
    struck.outcome
}

/// The bytes that count as an upload.
fn uploaded(call: &Call) -> u64 {
    match call.method {
        Method::PATCH | Method::POST | Method::PUT => call.body.len() as u64,
        _ => 0,
    }
}

/// An instant as a `Date` header has it.
pub(crate) fn http_date(instant: Timestamp) -> String {
    let since_epoch = std::time::Duration::from_secs(instant.as_second().max(0) as u64);
    httpdate::fmt_http_date(std::time::SystemTime::UNIX_EPOCH + since_epoch)
}

/// Whole milliseconds between two instants.
pub(crate) fn elapsed_ms(began: Timestamp, ended: Timestamp) -> u64 {
    ended.duration_since(began).as_millis().max(0) as u64
}

/// The ids that every answer carries.
pub(crate) struct RequestIds {
    request: String,
    client: String,
}

impl RequestIds {
    pub(crate) fn of(world: &World, call: &Call) -> Self {
        let request = world.exchange_id();
        let client = call
            .header("client-request-id")
            .map_or_else(|| request.clone(), str::to_owned);
        Self { request, client }
    }

    /// Adds the common headers and writes refusals out.
    pub(crate) fn finish(&self, world: &World, outcome: Outcome) -> Response {
        let now = world.clock.now();
        let (answer, refused) = match outcome {
            Ok(answer) => (answer, false),
            Err(refusal) => (self.refused(now, refusal), true),
        };
        let mut response = Response::new(Body::from(answer.body.clone()));
        *response.status_mut() = answer.status;
        let headers = response.headers_mut();
        let mut put = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(HeaderName::from_static(name), value);
            }
        };
        put("cache-control", "private");
        if let Some(content_type) = &answer.content_type {
            put("content-type", content_type);
        }
        put("strict-transport-security", "max-age=31536000");
        put("request-id", &self.request);
        put("client-request-id", &self.client);
        put(
            "x-ms-ags-diagnostic",
            r#"{"ServerInfo":{"DataCenter":"Simulated","Slice":"E","Ring":"5","ScaleUnit":"001","RoleInstance":"SIM000001"}}"#,
        );
        put("date", &http_date(now));
        for (name, value) in &answer.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(*name), HeaderValue::from_str(value))
            {
                response.headers_mut().append(name, value);
            }
        }
        if refused && answer.status == StatusCode::UNAUTHORIZED {
            let nonce = format!(
                r#"PoP realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000", nonce="{}""#,
                self.request
            );
            if let Ok(value) = HeaderValue::from_str(&nonce) {
                response
                    .headers_mut()
                    .append(http::header::WWW_AUTHENTICATE, value);
            }
        }
        response
    }

    /// A refusal as an answer.
    pub(crate) fn refused(&self, now: Timestamp, refusal: Refusal) -> Answer {
        let date = wire(now);
        let body = refusal.body(date.trim_end_matches('Z'), &self.request, &self.client);
        Answer {
            status: refusal.status,
            headers: refusal.headers,
            content_type: Some("application/json".into()),
            body: Bytes::from(body),
            fault: refusal.fault,
        }
    }
}
