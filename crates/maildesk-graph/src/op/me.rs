//! Who signed in.
//! Simulator: GET /v1.0/me

use crate::call::Call;
use crate::error::GraphError;
use crate::query::USER_FIELDS;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::page::Item;
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
    sign_in_name: String,
}

impl Me {
    /// Whether `address` is this user's mail address or sign-in name, in any case. Other
    /// addresses of theirs are [`Session::my_aliases`].
    pub fn is_at(&self, address: &str) -> bool {
        let wanted = address.trim().to_lowercase();
        [&self.address, &self.sign_in_name]
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
        Call::get("me", address).read_one::<User>(self).await
    }
}

impl Item for User {
    type Model = Me;

    fn id(&self) -> &str {
        &self.id
    }

    fn into_model(self) -> Me {
        let sign_in_name = self.user_principal_name.unwrap_or_default();
        Me {
            id: self.id,
            address: self
                .mail
                .filter(|mail| !mail.is_empty())
                .unwrap_or_else(|| sign_in_name.clone()),
            name: self.display_name.unwrap_or_default(),
            sign_in_name,
        }
    }
}
