//! The signed-in user.

use serde::{Deserialize, Serialize};

#[expect(
    clippy::struct_field_names,
    reason = "the names are Graph's, and this is what a user's sign-in name is called"
)]
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) mail: Option<String>,
    pub(crate) user_principal_name: Option<String>,
    pub(crate) proxy_addresses: Option<Vec<String>>,
    pub(crate) display_name: Option<String>,
}
