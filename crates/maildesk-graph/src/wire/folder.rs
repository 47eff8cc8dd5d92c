//! Mail folders.

use serde::{Deserialize, Serialize};

use super::page::Item;
use crate::folder::RemoteFolder;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MailFolder {
    #[serde(rename = "@odata.type")]
    pub(crate) odata_type: Option<String>,
    pub(crate) id: String,
    pub(crate) display_name: Option<String>,
    pub(crate) parent_folder_id: Option<String>,
    pub(crate) child_folder_count: Option<i64>,
    pub(crate) unread_item_count: Option<i64>,
    pub(crate) total_item_count: Option<i64>,
    pub(crate) is_hidden: Option<bool>,
}

impl Item for MailFolder {
    type Model = RemoteFolder;

    fn id(&self) -> &str {
        &self.id
    }

    fn into_model(self) -> RemoteFolder {
        let is_search = self.odata_type.is_some_and(|name| {
            !name
                .trim_start_matches('#')
                .eq_ignore_ascii_case("microsoft.graph.mailFolder")
        });
        RemoteFolder {
            remote_id: self.id,
            name: self.display_name,
            parent: self.parent_folder_id,
            children: self.child_folder_count,
            unread: self.unread_item_count,
            total: self.total_item_count,
            is_hidden: self.is_hidden,
            is_search,
        }
    }
}
