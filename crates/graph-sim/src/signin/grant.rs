//! The three ways to a token: a code, a refresh token, the app's own credentials.

use std::collections::BTreeSet;

use serde::Serialize;

use super::issue::{self, Grant, REFRESH_LIFE, SPA_LIFE};
use super::pkce;
use super::problem::Problem;
use super::scope::{self, GRAPH, Scope};
use super::tenant::PathTenant;
use super::token::Asked;
use super::{catalogue, device};
use crate::sync::Held;
use crate::world::{App, AuthorizationCode, MailboxCell, RefreshToken, Who};

/// A successful answer, in the recorded order.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    expires_in: u64,
    ext_expires_in: u64,
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_info: Option<String>,
}

/// The answer, and the address of the account it is about.
type Granted = Result<(Answer, Option<String>), Problem>;

/// `grant_type=authorization_code`.
pub(super) fn code(asked: &Asked<'_>, app: &App) -> Granted {
    let name = asked.required("code")?;
    let code = redeem(asked, app, name)?;
    if asked.required("redirect_uri")? != code.redirect_uri {
        return Err(Problem::new(
            "invalid_grant",
            500_112,
            "The reply address does not match the reply address provided when requesting Authorization code.",
        ));
    }
    pkce::verify(code.challenge.as_ref(), asked.field("code_verifier"))?;
    let asked_for = asked
        .field("scope")
        .map_or_else(|| code.scopes.join(" "), str::to_owned);
    let list = scope::read(asked.world, &asked_for)?;
    if asked.field("scope").is_some() && scope::resources(&list).len() > 1 {
        return Err(Problem::new(
            "invalid_scope",
            700_022,
            "The provided value for the input parameter 'scope' is not valid because it contains more than one resource.",
        ));
    }
    let token = RefreshToken {
        app: app.client_id.clone(),
        user_id: code.user_id,
        tenant: String::new(),
        scopes: code.scopes,
        family: code.family,
        expires: asked.world.clock.now() + if code.spa { SPA_LIFE } else { REFRESH_LIFE },
        spa: code.spa,
    };
    tokens(asked, app, &list, token, code.nonce.as_deref())
}

/// `grant_type=…:device_code`.
pub(super) fn device(asked: &Asked<'_>, app: &App) -> Granted {
    let (user_id, family, scopes) = device::outcome(asked, app)?;
    let list = scope::read(asked.world, &scopes.join(" "))?;
    let token = RefreshToken {
        app: app.client_id.clone(),
        user_id,
        tenant: String::new(),
        scopes,
        family,
        expires: asked.world.clock.now() + REFRESH_LIFE,
        spa: false,
    };
    tokens(asked, app, &list, token, None)
}

/// Takes a code out: good once, for ten minutes, for the app and on the path it was made for.
fn redeem(asked: &Asked<'_>, app: &App, name: &str) -> Result<AuthorizationCode, Problem> {
    let mut tokens = asked.world.tokens.held();
    let code = tokens
        .codes
        .get_mut(name)
        .filter(|code| code.app == app.client_id);
    let code = code.ok_or_else(|| {
        Problem::new(
            "invalid_grant",
            70000,
            "The provided value for the 'code' parameter is not valid.",
        )
        .sub("bad_token")
    })?;
    if code.redeemed {
        return Err(Problem::new(
            "invalid_grant",
            54005,
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
        ));
    }
    if code.expires <= asked.world.clock.now() {
        return Err(Problem::new(
            "invalid_grant",
            70008,
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
        ));
    }
    if !code.path_tenant.eq_ignore_ascii_case(&asked.path_tenant) {
        return Err(Problem::new(
            "invalid_grant",
            700_005,
            "The provided Authorization Code is intended to use against other tenant, thus rejected.",
        ));
    }
    code.redeemed = true;
    Ok(code.clone())
}

/// `grant_type=refresh_token`: a new one comes back, the old one stays good [facts 8.3].
pub(super) fn refresh(asked: &Asked<'_>, app: &App) -> Granted {
    let name = asked.required("refresh_token")?;
    let world = asked.world;
    let now = world.clock.now();
    let token = {
        let mut tokens = world.tokens.held();
        let known = tokens
            .refresh
            .get_mut(name)
            .filter(|token| token.app == app.client_id);
        let known = known.ok_or_else(|| {
            Problem::new(
                "invalid_grant",
                70000,
                "The provided value for the input parameter 'refresh_token' is not valid.",
            )
            .sub("bad_token")
        })?;
        if known.expires <= now && known.spa {
            return Err(catalogue::problem(700_084).unwrap_or_else(|| Problem::missing("grant")));
        }
        if known.expires <= now {
            return Err(Problem::new(
                "invalid_grant",
                700_082,
                "The refresh token has expired due to inactivity.",
            )
            .sub("token_expired"));
        }
        if !known.spa {
            known.expires = now + REFRESH_LIFE;
        }
        known.clone()
    };
    check_faults(asked, &token)?;
    let asked_for = asked
        .field("scope")
        .map_or_else(|| token.scopes.join(" "), str::to_owned);
    let list = scope::read(asked.world, &asked_for)?;
    tokens(asked, app, &list, token, None)
}

fn check_faults(asked: &Asked<'_>, token: &RefreshToken) -> Result<(), Problem> {
    let world = asked.world;
    let faults = world.faults.now();
    let rate = faults.token.sporadic70000;
    if world.faults.strikes("sporadic70000", &token.user_id, rate) {
        let message = "The provided grant is not valid.";
        let problem = Problem::new("invalid_grant", 70000, message).sub("bad_token");
        return Err(problem.struck("sporadic70000"));
    }
    let family = world.tokens.held().families.get(&token.family).cloned();
    let revoked = family.as_ref().is_some_and(|family| family.revoked)
        || world
            .faults
            .strikes("revoke", &token.user_id, faults.token.revoke);
    if revoked {
        crate::delivery::remove_family(world, token.family);
        let message = "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.";
        return Err(Problem::new("invalid_grant", 50173, message)
            .sub("bad_token")
            .struck("revoke"));
    }
    if family.is_some_and(|family| !family.claims_met)
        && world.faults.strikes(
            "claimsChallenge",
            &token.user_id,
            faults.token.claims_challenge,
        )
    {
        let message = "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.";
        return Err(Problem::new("invalid_grant", 53003, message)
            .sub("message_only")
            .demanding_claims()
            .struck("claimsChallenge"));
    }
    Ok(())
}

/// Makes the tokens of a person.
fn tokens(
    asked: &Asked<'_>,
    app: &App,
    list: &[Scope],
    token: RefreshToken,
    nonce: Option<&str>,
) -> Granted {
    let world = asked.world;
    let cell = world.directory.mailbox(&token.user_id).ok_or_else(|| {
        Problem::new(
            "invalid_grant",
            50034,
            "The user account does not exist in the directory.",
        )
    })?;
    asked.tenant.admits(app, &cell)?;
    if list.iter().any(|scope| !scope.is_consented(app)) || withheld(asked, app) {
        return Err(Problem::no_consent(&app.client_id));
    }
    let host = scope::resources(list)
        .first()
        .map_or(GRAPH, |host| *host)
        .to_owned();
    let tenant = cell.tenant(&world.directory).to_owned();
    let grant = Grant {
        app,
        who: Who::Person(cell.user_id.clone()),
        tenant: tenant.clone(),
        audience: host.clone(),
        granted: scope::granted(app, list, &host),
        family: token.family,
        long: is_long(asked),
    };
    let (access_token, life) = issue::access(world, grant);
    let has = |name: &str| {
        list.iter().any(|scope| scope.name == name)
            || token.scopes.iter().any(|scope| scope == name)
    };
    let (offline, openid) = (has("offline_access"), has("openid"));
    let answer = Answer {
        token_type: "Bearer",
        scope: Some(scope::answer(app, list, &host)),
        expires_in: life,
        ext_expires_in: life,
        access_token,
        refresh_token: offline.then(|| issue::refresh(world, RefreshToken { tenant, ..token })),
        id_token: openid.then(|| issue::id_token(world, &asked.base, app, &cell, nonce)),
        client_info: asked
            .field("client_info")
            .map(|_| issue::client_info(world, &cell)),
    };
    Ok((answer, Some(address(&cell))))
}

fn address(cell: &MailboxCell) -> String {
    cell.address.clone()
}

/// Whether the client says that it can meet a challenge at any time (`cp1`): its tokens live for a day [facts 8.3].
fn is_long(asked: &Asked<'_>) -> bool {
    asked
        .field("claims")
        .is_some_and(|claims| claims.contains("cp1"))
}

/// Whether consent is withheld because an administrator has to give it first.
fn withheld(asked: &Asked<'_>, app: &App) -> bool {
    let faults = asked.world.faults.now();
    faults.token.admin_consent_required.on() && !app.admin_consented
}

/// `grant_type=client_credentials`: on the organisation's own path, for `.default`, without a refresh token [facts 8.5].
pub(super) fn client_credentials(asked: &Asked<'_>, app: &App) -> Granted {
    if matches!(asked.tenant, PathTenant::Common | PathTenant::Consumers) {
        let message = "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.";
        return Err(Problem::new("invalid_request", 9_001_023, message));
    }
    let text = asked.required("scope")?;
    let list = scope::read(asked.world, text)?;
    let [only] = list.as_slice() else {
        return Err(not_default(text));
    };
    if only.name != ".default" {
        return Err(not_default(text));
    }
    let world = asked.world;
    let granted: BTreeSet<String> = if withheld(asked, app) {
        BTreeSet::new()
    } else {
        app.application.iter().cloned().collect()
    };
    let grant = Grant {
        app,
        who: Who::Organisation,
        tenant: world.directory.tenant().to_owned(),
        audience: only.host.clone(),
        granted,
        family: 0,
        long: is_long(asked),
    };
    let (access_token, life) = issue::access(world, grant);
    let answer = Answer {
        token_type: "Bearer",
        scope: None,
        expires_in: life,
        ext_expires_in: life,
        access_token,
        refresh_token: None,
        id_token: None,
        client_info: None,
    };
    Ok((answer, None))
}

fn not_default(text: &str) -> Problem {
    let message = format!(
        "The provided value for scope {text} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
    );
    Problem::new("invalid_scope", 1_002_012, message)
}
