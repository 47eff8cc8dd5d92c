//! Who is asking: the bearer token of a call, and what it was granted.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::Call;
use crate::answer::Refusal;
use crate::sync::Held;
use crate::world::{Who, World};

/// The caller that a good token stands for.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) app: String,
    pub(crate) tenant: String,
    pub(crate) who: Who,
    /// Delegated scopes, or application roles.
    pub(crate) granted: BTreeSet<String>,
    pub(crate) token_expires: Timestamp,
    /// The sign-in that the token descends from; 0 for the organisation.
    pub(crate) family: u64,
}

impl Caller {
    /// Whether the app calls as itself.
    pub(crate) fn is_organisation(&self) -> bool {
        self.who == Who::Organisation
    }

    /// The signed-in person's user id.
    pub(crate) fn user_id(&self) -> Option<&str> {
        match &self.who {
            Who::Person(user_id) => Some(user_id),
            Who::Organisation => None,
        }
    }

    /// Whether one of these permissions was granted.
    pub(crate) fn has_any(&self, permissions: &[&str]) -> bool {
        permissions.iter().any(|permission| {
            self.granted
                .iter()
                .any(|granted| granted.eq_ignore_ascii_case(permission))
        })
    }
}

/// Finds the caller, or refuses with 401.
pub(crate) fn caller(world: &World, call: &Call) -> Result<Caller, Refusal> {
    let Some(given) = call.header("authorization") else {
        return Err(unauthorized("Access token is empty."));
    };
    let Some((_, token)) = given.split_once(' ').filter(|(scheme, token)| {
        scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()
    }) else {
        return Err(unauthorized("Access token is empty."));
    };
    let token = token.trim();
    let tokens = world.tokens.held();
    let Some(known) = tokens.access.get(token) else {
        return Err(unknown_token(token));
    };
    if known.expires <= world.clock.now() {
        let rate = world.faults.now().token.other_expired_words;
        let message = if world.faults.strikes("otherExpiredWords", token, rate) {
            "Access token has expired or is not yet valid."
        } else if token.contains('.') {
            "Lifetime validation failed, the token is expired."
        } else {
            "CompactToken validation failed with reason code: 80049228."
        };
        return Err(unauthorized(message));
    }
    if !is_for_graph(world, &known.audience) {
        let rate = world.faults.now().token.audience403;
        let mut refusal = unauthorized("Access token validation failure. Invalid audience.");
        if world.faults.strikes("audience403", &known.audience, rate) {
            refusal.status = http::StatusCode::FORBIDDEN;
            refusal = refusal.struck("audience403");
        }
        return Err(refusal);
    }
    let caller = Caller {
        app: known.app.clone(),
        tenant: known.tenant.clone(),
        who: known.who.clone(),
        granted: known.granted.clone(),
        token_expires: known.expires,
        family: known.family,
    };
    let claims_met = tokens
        .families
        .get(&known.family)
        .is_none_or(|family| family.claims_met);
    drop(tokens);
    let challenge = world.faults.now().token.claims_challenge;
    if !claims_met
        && world.faults.strikes(
            "claimsChallenge",
            caller.user_id().unwrap_or_default(),
            challenge,
        )
    {
        let refusal = claims_challenge().struck("claimsChallenge");
        let rate = world.faults.now().token.challenge403;
        let documented = world.faults.strikes("challenge403", &caller.app, rate);
        return Err(if documented {
            Refusal {
                status: http::StatusCode::FORBIDDEN,
                code: "insufficient_claims".into(),
                ..refusal
            }
        } else {
            refusal
        });
    }
    Ok(caller)
}

/// Whether a token is for this cloud's Graph; for any cloud's, where no cloud is set.
fn is_for_graph(world: &World, audience: &str) -> bool {
    match world.faults.now().graph.cloud {
        Some(cloud) => audience == crate::signin::graph_host(cloud),
        None => ["graph.", "dod-graph.", "microsoftgraph."]
            .iter()
            .any(|start| audience.starts_with(start)),
    }
}

/// The claims that a challenge demands, as JSON.
pub(crate) const CLAIMS: &str =
    r#"{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}"#;

fn claims_challenge() -> Refusal {
    let bearer = format!(
        r#"{BEARER}, error="insufficient_claims", claims="{}""#,
        STANDARD.encode(CLAIMS)
    );
    Refusal::new(401, "InvalidAuthenticationToken", "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp")
        .inner()
        .with("WWW-Authenticate", bearer)
}

const BEARER: &str = r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000""#;

fn unauthorized(message: &'static str) -> Refusal {
    Refusal::new(401, "InvalidAuthenticationToken", message)
        .inner()
        .with("WWW-Authenticate", BEARER)
}

/// Tokens that were never given out: what Graph says depends on how they look.
fn unknown_token(token: &str) -> Refusal {
    unauthorized(if token.contains('.') {
        "Access token validation failure."
    } else if token.starts_with("Ew") {
        "CompactToken parsing failed with error code: 80049217"
    } else {
        "IDX14100: JWT is not well formed, there are no dots (.)."
    })
}
