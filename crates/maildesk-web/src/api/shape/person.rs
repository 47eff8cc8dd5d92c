//! People in JSON.

use maildesk_store::contract::User;
use serde::Serialize;
use utoipa::ToSchema;

use super::names::RoleName;

/// A person who can sign in.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub(crate) struct UserBody {
    /// Their id.
    id: String,
    /// The address they sign in with.
    email: String,
    /// What they are called.
    name: String,
    /// What they may do.
    role: RoleName,
    /// They may not sign in any more.
    is_disabled: bool,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email,
            name: user.name,
            role: RoleName(user.role),
            is_disabled: user.disabled_at.is_some(),
        }
    }
}

/// With whom a mailbox is shared.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Access)]
pub(crate) struct AccessBody {
    /// These people, besides the administrators.
    pub(crate) user_ids: Vec<String>,
}
