//! The JSON of notifications, read in one pass that accepts every shape.
//!
//! Not by derive: a field of an unexpected type would fail the whole POST with it, and the hundred
//! good items beside it would be lost; and a body of two million empty items must not become two
//! million values in memory.

use std::fmt;

use maildesk_model::{Secret, Timestamp};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{ChangeKind, ITEMS_MAX, Lifecycle, Notification, What};

/// Ids, secrets and dates are far shorter; what is longer is not one of them.
const TEXT_MAX_BYTES: usize = 2048;

const VALUE: &str = "value";
const SUBSCRIPTION_ID: &str = "subscriptionId";
const EXPIRATION: &str = "subscriptionExpirationDateTime";
const CLIENT_STATE: &str = "clientState";
const TENANT_ID: &str = "tenantId";
const CHANGE_TYPE: &str = "changeType";
const LIFECYCLE_EVENT: &str = "lifecycleEvent";
const RESOURCE_DATA: &str = "resourceData";
/// Stands where `tenantId` should, on lifecycle items (recorded.md 4); no metadata knows it.
const ORGANIZATION_ID: &str = "organizationId";
/// The id in a resource's data, whose type is open.
const ID: &str = "id";

/// The names that Microsoft's metadata must know, as a type and its fields.
#[cfg(test)]
pub(crate) const NAMES: [(&str, &[&str]); 2] = [
    ("changeNotificationCollection", &[VALUE]),
    (
        "changeNotification",
        &[
            SUBSCRIPTION_ID,
            EXPIRATION,
            CLIENT_STATE,
            TENANT_ID,
            CHANGE_TYPE,
            LIFECYCLE_EVENT,
            RESOURCE_DATA,
        ],
    ),
];

const LIFECYCLES: [(&str, Lifecycle); 3] = [
    (
        "reauthorizationRequired",
        Lifecycle::ReauthorizationRequired,
    ),
    ("subscriptionRemoved", Lifecycle::SubscriptionRemoved),
    ("missed", Lifecycle::Missed),
];

const CHANGES: [(&str, ChangeKind); 3] = [
    ("created", ChangeKind::Created),
    ("updated", ChangeKind::Updated),
    ("deleted", ChangeKind::Deleted),
];

/// The words that Microsoft's metadata must know, as an enum and its members.
#[cfg(test)]
pub(crate) fn words() -> [(&'static str, Vec<&'static str>); 2] {
    [
        (
            "lifecycleEventType",
            LIFECYCLES.map(|(name, _)| name).to_vec(),
        ),
        ("changeType", CHANGES.map(|(name, _)| name).to_vec()),
    ]
}

/// A whole POST.
#[derive(Default)]
pub(super) struct Collection {
    pub(super) items: Vec<Item>,
    /// Items not read because there were too many.
    pub(super) beyond: usize,
}

/// One item; every field may be missing.
#[derive(Default)]
pub(super) struct Item {
    subscription_id: Option<String>,
    client_state: Option<String>,
    expiration: Option<String>,
    tenant: Option<String>,
    change_type: Option<String>,
    lifecycle_event: Option<String>,
    resource_id: Option<String>,
}

impl Item {
    /// The item as a notification, if it names a subscription.
    pub(super) fn into_notification(self) -> Option<Notification> {
        let subscription = self.subscription_id.filter(|id| !id.is_empty())?;
        let what = match self.lifecycle_event {
            Some(event) => What::Lifecycle(lifecycle(&event)),
            None => What::Change {
                change: self.change_type.as_deref().and_then(change),
                message: self.resource_id.filter(|id| !id.is_empty()),
            },
        };
        Some(Notification {
            subscription,
            client_state: self.client_state.map(Secret::new),
            expires_at: self.expiration.as_deref().and_then(Timestamp::parse),
            tenant: self.tenant.filter(|tenant| !tenant.is_empty()),
            what,
        })
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            SUBSCRIPTION_ID => &mut self.subscription_id,
            CLIENT_STATE => &mut self.client_state,
            EXPIRATION => &mut self.expiration,
            TENANT_ID | ORGANIZATION_ID => &mut self.tenant,
            CHANGE_TYPE => &mut self.change_type,
            LIFECYCLE_EVENT => &mut self.lifecycle_event,
            _ => return None,
        })
    }
}

fn lifecycle(event: &str) -> Lifecycle {
    find(&LIFECYCLES, event).unwrap_or(Lifecycle::Unknown)
}

fn change(kind: &str) -> Option<ChangeKind> {
    find(&CHANGES, kind)
}

fn find<T: Copy>(known: &[(&str, T)], word: &str) -> Option<T> {
    known
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
        .map(|(_, meaning)| *meaning)
}

/// The parts of a visitor that say "this shape holds nothing for us".
macro_rules! nothing_in_other_shapes {
    ($nothing:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any JSON")
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($nothing)
        }
    };
}

/// A text, or anything else taken for "nothing".
struct Text(Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text;
            nothing_in_other_shapes!(Text(None));

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(
                    (text.len() <= TEXT_MAX_BYTES).then(|| text.to_owned()),
                ))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
                skip_map(map).map(|()| Text(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Text, A::Error> {
                skip_seq(seq).map(|_| Text(None))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// The `id` of a `resourceData`.
struct ResourceId(Option<String>);

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = ResourceId;
            nothing_in_other_shapes!(ResourceId(None));

            fn visit_str<E>(self, _: &str) -> Result<ResourceId, E> {
                Ok(ResourceId(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ResourceId, A::Error> {
                let mut id = None;
                while let Some(Text(name)) = map.next_key()? {
                    let Text(value) = map.next_value()?;
                    if name.as_deref() == Some(ID) {
                        id = value;
                    }
                }
                Ok(ResourceId(id))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<ResourceId, A::Error> {
                skip_seq(seq).map(|_| ResourceId(None))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Item;
            nothing_in_other_shapes!(Item::default());

            fn visit_str<E>(self, _: &str) -> Result<Item, E> {
                Ok(Item::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
                let mut item = Item::default();
                while let Some(Text(name)) = map.next_key()? {
                    let name = name.unwrap_or_default();
                    if name == RESOURCE_DATA {
                        let ResourceId(id) = map.next_value()?;
                        item.resource_id = id;
                    } else if let Some(place) = item.place(&name) {
                        let Text(value) = map.next_value()?;
                        // A null does not undo a value: `tenantId` and `organizationId` may both
                        // be there, one of them empty.
                        if value.is_some() {
                            *place = value;
                        }
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(item)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Item, A::Error> {
                skip_seq(seq).map(|_| Item::default())
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// The array under `value`.
struct Items(Collection);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Items;
            nothing_in_other_shapes!(Items(Collection::default()));

            fn visit_str<E>(self, _: &str) -> Result<Items, E> {
                Ok(Items(Collection::default()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Items, A::Error> {
                skip_map(map).map(|()| Items(Collection::default()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Items, A::Error> {
                let mut read = Collection::default();
                while read.items.len() < ITEMS_MAX {
                    match seq.next_element()? {
                        Some(item) => read.items.push(item),
                        None => return Ok(Items(read)),
                    }
                }
                read.beyond = skip_seq(seq)?;
                Ok(Items(read))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Collection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Collection;
            nothing_in_other_shapes!(Collection::default());

            fn visit_str<E>(self, _: &str) -> Result<Collection, E> {
                Ok(Collection::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Collection, A::Error> {
                let mut read = Collection::default();
                while let Some(Text(name)) = map.next_key()? {
                    if name.as_deref() == Some(VALUE) {
                        Items(read) = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(read)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Collection, A::Error> {
                skip_seq(seq).map(|_| Collection::default())
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<usize, A::Error> {
    let mut skipped = 0;
    while seq.next_element::<IgnoredAny>()?.is_some() {
        skipped += 1;
    }
    Ok(skipped)
}
