//! Authorization codes, refresh tokens and access tokens that were given out.
//!
//! Tokens are opaque names; what they stand for is only here.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// On whose behalf a token acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Who {
    /// A signed-in person, by user id.
    Person(String),
    /// The app itself.
    Organisation,
}

/// An access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) app: String,
    pub(crate) who: Who,
    pub(crate) tenant: String,
    /// The resource host that the token is for, e.g. `graph.microsoft.com`.
    pub(crate) audience: String,
    /// Delegated scopes, or application roles.
    pub(crate) granted: BTreeSet<String>,
    pub(crate) expires: Timestamp,
    /// The sign-in it descends from; 0 for the organisation.
    pub(crate) family: u64,
}

/// A sign-in, shared by all tokens that descend from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Family {
    /// Whether the sign-in passed a claims challenge on.
    pub(crate) claims_met: bool,
    /// Whether the tokens were revoked.
    pub(crate) revoked: bool,
}

/// A refresh token. Using it gives a new one; the old one stays good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RefreshToken {
    pub(crate) app: String,
    pub(crate) user_id: String,
    pub(crate) tenant: String,
    /// Every scope that was consented at the sign-in, in its full form.
    pub(crate) scopes: Vec<String>,
    pub(crate) family: u64,
    /// Dies when unused until then (90 days after its last use).
    pub(crate) expires: Timestamp,
    /// A single-page app's: no use prolongs it.
    #[serde(default)]
    pub(crate) spa: bool,
}

/// What became of the code of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DeviceState {
    Waiting,
    Declined,
    /// By whom, and the sign-in that came of it.
    Accepted(String, u64),
}

/// A pair of codes for a device without a browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DeviceCode {
    pub(crate) app: String,
    pub(crate) user_code: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: Timestamp,
    pub(crate) state: DeviceState,
}

/// An authorization code, good once and for ten minutes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AuthorizationCode {
    pub(crate) app: String,
    pub(crate) user_id: String,
    /// The tenant part of the path it was asked for on; it must be redeemed on the same.
    pub(crate) path_tenant: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) challenge: Option<(String, String)>,
    /// Asked for by a single-page app.
    #[serde(default)]
    pub(crate) spa: bool,
    pub(crate) nonce: Option<String>,
    pub(crate) family: u64,
    pub(crate) expires: Timestamp,
    pub(crate) redeemed: bool,
}

/// Everything that was given out and is still worth something.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct TokenRoom {
    pub(crate) codes: HashMap<String, AuthorizationCode>,
    pub(crate) refresh: HashMap<String, RefreshToken>,
    pub(crate) access: HashMap<String, AccessToken>,
    #[serde(default)]
    pub(crate) devices: HashMap<String, DeviceCode>,
    pub(crate) families: HashMap<u64, Family>,
    next_family: u64,
    swept_at: usize,
}

impl TokenRoom {
    /// Starts a family for a new sign-in.
    pub(crate) fn found_family(&mut self, claims_met: bool) -> u64 {
        self.next_family += 1;
        self.families.insert(
            self.next_family,
            Family {
                claims_met,
                revoked: false,
            },
        );
        self.next_family
    }

    /// Keeps an access token; expired ones are swept out whenever the room has doubled.
    pub(crate) fn keep_access(&mut self, name: String, token: AccessToken, now: Timestamp) {
        self.access.insert(name, token);
        if self.access.len() > 2 * self.swept_at.max(500) {
            let day = std::time::Duration::from_hours(24);
            self.access.retain(|_, token| token.expires + day > now);
            self.swept_at = self.access.len();
        }
    }

    /// The sign-ins that were revoked.
    pub(crate) fn revoked(&self) -> HashSet<u64> {
        let revoked = self.families.iter().filter(|(_, family)| family.revoked);
        revoked.map(|(no, _)| *no).collect()
    }

    /// Ends the sign-ins of an account at clients that hold no secret; those that hold one outlive a change of the password.
    pub(crate) fn password_changed(&mut self, user_id: &str, is_public: impl Fn(&str) -> bool) {
        let ended = |token: &&RefreshToken| token.user_id == user_id && is_public(&token.app);
        for token in self.refresh.values().filter(ended) {
            if let Some(family) = self.families.get_mut(&token.family) {
                family.revoked = true;
            }
        }
    }

    /// Revokes every sign-in of an account.
    pub(crate) fn revoke(&mut self, user_id: &str) {
        let refresh = self
            .refresh
            .values()
            .filter(|token| token.user_id == user_id)
            .map(|token| token.family);
        // Without `offline_access` a sign-in has access tokens only.
        let access = self
            .access
            .values()
            .filter(|token| matches!(&token.who, Who::Person(person) if person == user_id))
            .map(|token| token.family);
        for family in refresh.chain(access) {
            if let Some(family) = self.families.get_mut(&family) {
                family.revoked = true;
            }
        }
    }
}
