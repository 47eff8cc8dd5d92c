//! Who signed in.
//! Simulator: GET /v1.0/me

use crate::call::Call;
use crate::error::GraphError;
use crate::query::USER_FIELDS;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::user::User;

/// The signed-in user: who a mailbox connected as a person belongs to.
#[derive(Clone, PartialEq, Eq)]
pub struct Me {
    /// The Graph id: what tells one person from another, whatever their address becomes.
    pub id: String,
    /// The mail address; the sign-in name where there is none (personal accounts).
    pub address: String,
    /// Every address the mailbox answers to, as far as Graph says; the sign-in name among them.
    pub addresses: Vec<String>,
    /// The display name; may be empty.
    pub name: String,
}

impl Me {
    /// Whether `address` is one of this user's, in any case.
    pub fn is_at(&self, address: &str) -> bool {
        let wanted = address.trim().to_lowercase();
        self.addresses
            .iter()
            .any(|known| known.to_lowercase() == wanted)
    }
}

/// The address stays out of logs.
impl std::fmt::Debug for Me {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Me")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Reads the signed-in user. Needs `User.Read`, so it works as a person only.
    pub async fn me(&self) -> Result<Reply<Me>, GraphError> {
        let address = self
            .root()
            .then("me")
            .with("$select", &USER_FIELDS.join(","));
        let reply = Call::get("me", address).read::<User>(self).await?;
        Ok(reply.map(into_me))
    }
}

/// Proxy addresses come as `SMTP:` (the main one) or `smtp:`; other kinds are no mail addresses.
fn into_me(user: User) -> Me {
    let said = |address: Option<String>| address.filter(|address| !address.is_empty());
    let (mail, name) = (said(user.mail), said(user.user_principal_name));
    let proxies = user.proxy_addresses.unwrap_or_default();
    let proxies = proxies.iter().filter_map(|proxy| {
        let (kind, address) = proxy.split_once(':')?;
        kind.eq_ignore_ascii_case("smtp")
            .then(|| address.to_owned())
    });
    let addresses: Vec<String> = mail.into_iter().chain(name).chain(proxies).collect();
    Me {
        id: user.id,
        address: addresses.first().cloned().unwrap_or_default(),
        addresses,
        name: user.display_name.unwrap_or_default(),
    }
}
