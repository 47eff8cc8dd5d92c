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
    /// The display name; may be empty.
    pub name: String,
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
        Ok(reply.map(|user| Me {
            address: user
                .mail
                .filter(|mail| !mail.is_empty())
                .or(user.user_principal_name)
                .unwrap_or_default(),
            id: user.id,
            name: user.display_name.unwrap_or_default(),
        }))
    }
}
