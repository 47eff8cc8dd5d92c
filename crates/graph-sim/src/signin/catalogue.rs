//! Every refusal of the token endpoint that a number stands for, so that a test can have each of them [facts 8.7, recorded 8.7].

use super::problem::Problem;
use crate::world::World;

/// Number, OAuth's error, `suberror`, whether claims are demanded, and words.
type Row = (u32, &'static str, Option<&'static str>, bool, &'static str);

/// What asks the person for more; `interaction_required` on the v1 endpoint.
const MORE: Option<&str> = Some("basic_action");
const NONE: Option<&str> = None;

const ROWS: [Row; 36] = [
    (
        70_008,
        "invalid_grant",
        NONE,
        false,
        "The provided authorization code or refresh token has expired due to inactivity.",
    ),
    (
        700_082,
        "invalid_grant",
        Some("token_expired"),
        false,
        "The refresh token has expired due to inactivity.",
    ),
    (
        50_173,
        "invalid_grant",
        Some("bad_token"),
        false,
        "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
    ),
    (
        70_000,
        "invalid_grant",
        Some("bad_token"),
        false,
        "The provided grant is not valid.",
    ),
    (
        70_043,
        "invalid_grant",
        Some("bad_token"),
        false,
        "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.",
    ),
    (
        700_084,
        "invalid_grant",
        NONE,
        false,
        "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime, which cannot be extended.",
    ),
    (
        50_089,
        "invalid_grant",
        NONE,
        false,
        "Authentication failed due to flow token expired.",
    ),
    (
        54_005,
        "invalid_grant",
        NONE,
        false,
        "OAuth2 Authorization code was already redeemed.",
    ),
    (
        501_481,
        "invalid_grant",
        NONE,
        false,
        "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    ),
    (
        65_001,
        "invalid_grant",
        Some("consent_required"),
        false,
        "The user or administrator has not consented to use the application.",
    ),
    (
        9_002_313,
        "invalid_grant",
        NONE,
        false,
        "Invalid request. Request is malformed or invalid.",
    ),
    (
        50_076,
        "invalid_grant",
        MORE,
        true,
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication.",
    ),
    (
        50_079,
        "invalid_grant",
        MORE,
        true,
        "The user is required to enroll in multi-factor authentication.",
    ),
    (
        50_074,
        "invalid_grant",
        MORE,
        true,
        "Strong Authentication is required.",
    ),
    (
        50_158,
        "invalid_grant",
        MORE,
        true,
        "External security challenge was not satisfied.",
    ),
    (
        53_003,
        "invalid_grant",
        Some("message_only"),
        true,
        "Access has been blocked by Conditional Access policies.",
    ),
    (
        7_000_215,
        "invalid_client",
        NONE,
        false,
        "Invalid client secret provided.",
    ),
    (
        7_000_222,
        "invalid_client",
        NONE,
        false,
        "The provided client secret keys are expired.",
    ),
    (
        700_027,
        "invalid_client",
        NONE,
        false,
        "Client assertion failed signature validation.",
    ),
    (
        7_000_218,
        "invalid_client",
        NONE,
        false,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    (
        700_016,
        "unauthorized_client",
        NONE,
        false,
        "Application was not found in the directory.",
    ),
    (
        70_011,
        "invalid_scope",
        NONE,
        false,
        "The provided value for the input parameter 'scope' is not valid.",
    ),
    (
        28_002,
        "invalid_scope",
        NONE,
        false,
        "The scope is not valid when requesting an access token.",
    ),
    (
        28_003,
        "invalid_scope",
        NONE,
        false,
        "The scope cannot be empty when requesting an access token.",
    ),
    (
        700_022,
        "invalid_scope",
        NONE,
        false,
        "The provided value for the input parameter 'scope' contains more than one resource.",
    ),
    (
        65_004,
        "access_denied",
        NONE,
        false,
        "User declined to consent to access the app.",
    ),
    (
        90_094,
        "consent_required",
        NONE,
        false,
        "Admin consent is required for the permissions requested.",
    ),
    (
        90_095,
        "consent_required",
        NONE,
        false,
        "Admin consent is required; a request for it was sent.",
    ),
    (
        65_005,
        "invalid_resource",
        NONE,
        false,
        "The app's required permissions do not contain the resource.",
    ),
    (
        650_056,
        "unauthorized_client",
        NONE,
        false,
        "Misconfigured application.",
    ),
    (
        650_057,
        "invalid_resource",
        NONE,
        false,
        "Invalid resource.",
    ),
    (
        50_033,
        "server_error",
        NONE,
        false,
        "A transient error has occurred. Please try again.",
    ),
    (
        90_033,
        "temporarily_unavailable",
        NONE,
        false,
        "A transient error has occurred. Please try again.",
    ),
    (
        90_024,
        "temporarily_unavailable",
        NONE,
        false,
        "A temporary, transient error has occurred. Please try again.",
    ),
    (
        50_196,
        "server_error",
        NONE,
        false,
        "The server terminated an operation because it encountered a client request loop.",
    ),
    (
        500_011,
        "invalid_resource",
        NONE,
        false,
        "The resource principal was not found in the tenant.",
    ),
];

/// The refusal behind a number.
pub(super) fn problem(number: u32) -> Option<Problem> {
    let row = ROWS.iter().find(|row| row.0 == number)?;
    let (code, error, suberror, claims, message) = *row;
    Some(Problem {
        suberror,
        claims,
        ..Problem::new(error, code, message)
    })
}

/// Refuses what the fault `token.error` names.
pub(super) fn told(world: &World) -> Result<(), Problem> {
    let named = world.faults.now().token.error;
    match named {
        None => Ok(()),
        Some(number) => {
            let unknown = || Problem::new("invalid_request", number, "Told to answer so.");
            Err(problem(number).unwrap_or_else(unknown).struck("error"))
        }
    }
}

/// A refusal in the form that the faults give it: paired as on the v1 endpoint, or with the other error for an unknown app.
pub(super) fn paired(world: &World, problem: Problem) -> Problem {
    let faults = world.faults.now();
    let strikes = |kind, rate| world.faults.strikes(kind, &problem.code.to_string(), rate);
    let asks_for_more = matches!(problem.code, 50_076 | 50_079 | 50_074 | 50_158 | 53_003);
    if asks_for_more && strikes("v1Pairing", faults.token.v1_pairing) {
        return Problem {
            error: "interaction_required",
            ..problem
        }
        .struck("v1Pairing");
    }
    if problem.code == 700_016
        && strikes("unknownAppIsInvalid", faults.token.unknown_app_is_invalid)
    {
        return Problem {
            error: "invalid_client",
            ..problem
        }
        .struck("unknownAppIsInvalid");
    }
    problem
}
