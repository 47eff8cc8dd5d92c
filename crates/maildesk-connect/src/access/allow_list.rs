//! Which mailboxes may ever be connected as the organisation.

/// The operator's list of addresses (C2). An application permission reaches every mailbox of the
/// tenant; this is the fence on our side.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AllowList(Option<Vec<String>>);

impl AllowList {
    /// Every address.
    pub const ALL: Self = Self(None);

    /// These addresses and no other, in any case. An empty list allows none.
    pub fn only(addresses: impl IntoIterator<Item = String>) -> Self {
        let lower = |address: String| address.trim().to_lowercase();
        Self(Some(addresses.into_iter().map(lower).collect()))
    }

    /// Whether `address` may be connected.
    pub fn allows(&self, address: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|list| list.contains(&address.trim().to_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_means_these_and_no_other() {
        assert!(AllowList::ALL.allows("anybody@contoso.test"));
        let list = AllowList::only(["Ada@Contoso.test ".to_owned()]);
        assert!(list.allows("ada@contoso.TEST"));
        assert!(!list.allows("eve@contoso.test") && !list.allows(""));
        assert!(!AllowList::only([]).allows("ada@contoso.test"));
    }
}
