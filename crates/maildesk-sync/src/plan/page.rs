//! A delta page: each message once, as the page has it last (facts.md 5.1).

use std::collections::HashMap;

use maildesk_graph::DeltaItem;
use maildesk_model::message::RemoteMessage;

/// A page's items, sorted out.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Sorted {
    /// New or changed, in Graph's order. The same message may come more than once; the store lays
    /// the later over the earlier.
    pub(crate) changed: Vec<RemoteMessage>,
    /// Graph's ids of those that left the folder and did not come back on this page.
    pub(crate) removed: Vec<String>,
}

/// Sorts a page out. What was removed after it changed is removed; what changed after it was
/// removed is there, and what the page said of it before that is kept, since a later item may be
/// sparse.
pub(crate) fn sort_out(items: Vec<DeltaItem<RemoteMessage>>) -> Sorted {
    let mut removed_at_last: HashMap<String, bool> = HashMap::with_capacity(items.len());
    for item in &items {
        match item {
            DeltaItem::Changed(message) => {
                removed_at_last.insert(message.remote_id.clone(), false);
            }
            DeltaItem::Removed(id) => {
                removed_at_last.insert(id.clone(), true);
            }
        }
    }
    let mut sorted = Sorted::default();
    for item in items {
        match item {
            DeltaItem::Changed(message) if !removed_at_last[&message.remote_id] => {
                sorted.changed.push(message);
            }
            DeltaItem::Removed(id) if removed_at_last.get(&id) == Some(&true) => {
                if !sorted.removed.contains(&id) {
                    sorted.removed.push(id);
                }
            }
            DeltaItem::Changed(_) | DeltaItem::Removed(_) => {}
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn changed(id: &str, subject: Option<&str>) -> DeltaItem<RemoteMessage> {
        DeltaItem::Changed(RemoteMessage {
            remote_id: id.to_owned(),
            subject: subject.map(str::to_owned),
            ..RemoteMessage::default()
        })
    }

    fn removed(id: &str) -> DeltaItem<RemoteMessage> {
        DeltaItem::Removed(id.to_owned())
    }

    #[test]
    fn the_last_word_of_a_page_counts() {
        let sorted = sort_out(vec![
            changed("went", Some("x")),
            removed("went"),
            removed("came"),
            changed("came", Some("y")),
            removed("twice"),
            removed("twice"),
        ]);
        let ids: Vec<&str> = sorted.changed.iter().map(|one| &*one.remote_id).collect();
        assert_eq!(ids, ["came"]);
        assert_eq!(sorted.removed, ["went", "twice"]);
    }

    #[test]
    fn what_was_said_before_a_sparse_item_is_kept_in_order() {
        let sorted = sort_out(vec![
            changed("a", Some("whole")),
            removed("a"),
            changed("a", None),
        ]);
        let subjects: Vec<_> = sorted
            .changed
            .iter()
            .map(|one| one.subject.clone())
            .collect();
        assert_eq!(subjects, [Some("whole".to_owned()), None]);
        assert!(sorted.removed.is_empty());
    }

    proptest! {
        /// Told item by item, a folder ends with the same messages as told by pages.
        #[test]
        fn a_page_means_what_its_items_mean_one_by_one(
            items in prop::collection::vec((0_u8..5, any::<bool>()), 0..40),
        ) {
            let mut there = std::collections::BTreeSet::new();
            let mut page = Vec::new();
            for (id, stays) in items {
                let id = id.to_string();
                if stays {
                    page.push(changed(&id, Some("s")));
                    there.insert(id);
                } else {
                    page.push(removed(&id));
                    there.remove(&id);
                }
            }
            let sorted = sort_out(page);
            let kept: std::collections::BTreeSet<String> =
                sorted.changed.iter().map(|one| one.remote_id.clone()).collect();
            prop_assert_eq!(&kept, &there);
            prop_assert!(sorted.removed.iter().all(|id| !there.contains(id)));
        }
    }
}
