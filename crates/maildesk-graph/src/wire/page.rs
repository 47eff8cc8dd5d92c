//! Lists and delta pages: `value` with `@odata.nextLink` or `@odata.deltaLink`.

use serde::{Deserialize, Serialize};

use crate::link::DeltaLink;
use crate::message::{DeltaItem, DeltaNext, DeltaPage, Page};

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct List<T> {
    pub(crate) value: Vec<T>,
    #[serde(rename = "@odata.nextLink", default)]
    pub(crate) next: Option<String>,
    #[serde(rename = "@odata.deltaLink", default)]
    pub(crate) delta: Option<String>,
}

/// An item of a delta page: a removal, or the entity itself.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Tracked<T> {
    #[serde(rename = "@removed", default)]
    pub(crate) removed: Option<Removed>,
    #[serde(flatten)]
    pub(crate) item: T,
}

/// Its `reason` is not read: it says `deleted` for moves too (facts.md 5.1).
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Removed {}

/// A wire item that has an id and becomes a model type.
pub(crate) trait Item {
    type Model;
    fn id(&self) -> &str;
    fn into_model(self) -> Self::Model;
}

impl<T: Item> List<T> {
    /// The list as a page; items without an id (never seen) are left out.
    pub(crate) fn into_page(self) -> Page<T::Model> {
        Page {
            items: self
                .value
                .into_iter()
                .filter(|item| !item.id().is_empty())
                .map(Item::into_model)
                .collect(),
            next: self.next.map(DeltaLink::new),
        }
    }
}

impl<T: Item> List<Tracked<T>> {
    /// The list as a delta page; `None` if it says neither how the round goes on nor that it is
    /// over.
    pub(crate) fn into_delta_page(self) -> Option<DeltaPage<T::Model>> {
        let next = match (self.next, self.delta) {
            (Some(next), _) => DeltaNext::Next(DeltaLink::new(next)),
            (None, Some(delta)) => DeltaNext::Done(DeltaLink::new(delta)),
            (None, None) => return None,
        };
        let items = self
            .value
            .into_iter()
            .filter(|tracked| !tracked.item.id().is_empty())
            .map(|tracked| match tracked.removed {
                Some(Removed {}) => DeltaItem::Removed(tracked.item.id().to_owned()),
                None => DeltaItem::Changed(tracked.item.into_model()),
            })
            .collect();
        Some(DeltaPage { items, next })
    }
}
