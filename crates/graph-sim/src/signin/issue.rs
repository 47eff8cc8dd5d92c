//! How tokens look. They are names and mean nothing; a client that takes one apart finds noise.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;

use crate::sync::Held;
use crate::world::{
    AccessToken, App, CONSUMER_TENANT, MailboxCell, MailboxKind, RefreshToken, Who, World,
};

/// A refresh token dies when it is not used for so long [facts 8.3].
pub(super) const REFRESH_LIFE: Duration = Duration::from_hours(2160);
/// A single-page app's dies after so long, used or not.
pub(super) const SPA_LIFE: Duration = Duration::from_hours(24);
/// A code dies after so long.
pub(super) const CODE_LIFE: Duration = Duration::from_mins(10);

/// For whom and what an access token is.
pub(super) struct Grant<'a> {
    pub(super) app: &'a App,
    pub(super) who: Who,
    pub(super) tenant: String,
    pub(super) audience: String,
    pub(super) granted: BTreeSet<String>,
    pub(super) family: u64,
    /// Whether it lives for 20 to 28 hours.
    pub(super) long: bool,
}

/// Issues an access token: (token, seconds it lives).
pub(super) fn access(world: &World, grant: Grant<'_>) -> (String, u64) {
    let fresh = world.fresh("access");
    // 60 to 90 minutes unless the fault says otherwise [facts 8.3].
    let drawn = fresh.number(9).finish();
    let usual = if grant.long {
        72_000 + drawn % 28_800
    } else {
        3_600 + drawn % 1_800
    };
    let life = world.faults.now().token.lifetime_s.unwrap_or(usual);
    let name = if grant.tenant == CONSUMER_TENANT {
        format!("EwB{}", STANDARD.encode(fresh.noise(660)))
    } else {
        let part = |n: u64, length: usize| URL_SAFE_NO_PAD.encode(fresh.number(n).noise(length));
        let head = json!({ "typ": "JWT", "nonce": part(1, 32), "alg": "RS256", "x5t": part(2, 20), "kid": part(2, 20) });
        format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(head.to_string()),
            part(3, 700),
            part(4, 256)
        )
    };
    let now = world.clock.now();
    let token = AccessToken {
        app: grant.app.client_id.clone(),
        who: grant.who,
        tenant: grant.tenant,
        audience: grant.audience,
        granted: grant.granted,
        expires: now + Duration::from_secs(life),
        family: grant.family,
    };
    world.tokens.held().keep_access(name.clone(), token, now);
    (name, life)
}

/// Issues a refresh token.
pub(super) fn refresh(world: &World, token: RefreshToken) -> String {
    let name = format!(
        "{}{}",
        prefix(&token.tenant),
        URL_SAFE_NO_PAD.encode(world.fresh("refresh").noise(480))
    );
    world.tokens.held().refresh.insert(name.clone(), token);
    name
}

/// The name of an authorization code.
pub(super) fn code(world: &World, tenant: &str) -> String {
    format!(
        "{}{}",
        prefix(tenant),
        URL_SAFE_NO_PAD.encode(world.fresh("code").noise(330))
    )
}

fn prefix(tenant: &str) -> &'static str {
    if tenant == CONSUMER_TENANT {
        "M.C500_SIM.0.U.-"
    } else {
        "1.AX0A"
    }
}

/// An id token: its claims can be read, its signature is noise.
pub(super) fn id_token(
    world: &World,
    base: &str,
    app: &App,
    cell: &MailboxCell,
    nonce: Option<&str>,
) -> String {
    let now: Timestamp = world.clock.now();
    let tenant = cell.tenant(&world.directory);
    let mut claims = json!({
        "ver": "2.0",
        "iss": format!("{base}/{tenant}/v2.0"),
        "sub": crate::hash::Hash::new(world.seed).text(&cell.user_id).text(&app.client_id).guid(),
        "aud": app.client_id,
        "exp": now.as_second() + 3_600,
        "iat": now.as_second(),
        "nbf": now.as_second(),
        "name": cell.display_name,
        "preferred_username": cell.address,
        "oid": object_id(cell),
        "tid": tenant,
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": "simulated" });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.{}",
        part(&header),
        part(&claims),
        URL_SAFE_NO_PAD.encode(world.fresh("signature").noise(256))
    )
}

/// `client_info`, from which client libraries make their account ids.
pub(super) fn client_info(world: &World, cell: &MailboxCell) -> String {
    URL_SAFE_NO_PAD.encode(
        json!({ "uid": object_id(cell), "utid": cell.tenant(&world.directory) }).to_string(),
    )
}

/// A personal account's id in GUID form.
fn object_id(cell: &MailboxCell) -> String {
    if cell.kind == MailboxKind::Personal {
        format!(
            "00000000-0000-0000-{}-{}",
            &cell.user_id[..4],
            &cell.user_id[4..]
        )
    } else {
        cell.user_id.clone()
    }
}
