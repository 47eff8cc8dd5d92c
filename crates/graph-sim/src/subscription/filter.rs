//! The `$filter` of a subscription, as far as mail notifications are filtered here: `isRead` and `isDraft`, joined by `and`,
//! and extended properties, which are taken and never match [facts 1.3].

use serde::{Deserialize, Serialize};

use crate::delivery::payload::ChangeType;
use crate::mailbox::{ChangeKind, Facets};

/// Conditions that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Filter {
    is_read: Option<bool>,
    is_draft: Option<bool>,
    /// Asks about extended properties: nothing was ever seen to match.
    #[serde(default)]
    never: bool,
}

impl Filter {
    /// Reads a filter; `None` when it asks about something else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut filter = Self::default();
        if text.to_ascii_lowercase().starts_with(EXTENDED) {
            filter.never = true;
            return asks_for_extended(text).then_some(filter);
        }
        let words: Vec<_> = text
            .split(|letter: char| letter.is_whitespace() || letter == '(' || letter == ')')
            .filter(|word| !word.is_empty())
            .collect();
        for (number, condition) in words.chunks(4).enumerate() {
            let (condition, joint) = condition.split_at(condition.len().min(3));
            let [property, operator, value] = condition else {
                return None;
            };
            let more = (number + 1) * 4 <= words.len();
            if joint
                .first()
                .is_some_and(|joint| !joint.eq_ignore_ascii_case("and"))
                || joint.is_empty() == more
            {
                return None;
            }
            let value = match value.to_ascii_lowercase().as_str() {
                "true" => true,
                "false" => false,
                _ => return None,
            };
            let value = match operator.to_ascii_lowercase().as_str() {
                "eq" => value,
                "ne" => !value,
                _ => return None,
            };
            match property.to_ascii_lowercase().as_str() {
                "isread" => filter.is_read = Some(value),
                "isdraft" => filter.is_draft = Some(value),
                _ => return None,
            }
        }
        let joined = words.len() % 4 == 3;
        joined.then_some(filter)
    }

    fn holds(&self, facets: Facets) -> bool {
        !self.never
            && self.is_read.is_none_or(|wanted| wanted == facets.is_read)
            && self.is_draft.is_none_or(|wanted| wanted == facets.is_draft)
    }
}

/// How a filter on extended properties begins, in small letters.
const EXTENDED: &str = "singlevalueextendedproperties";

/// Whether such a filter is well formed: `…/any(x: x/id eq 'name' and x/value eq 'text')`.
fn asks_for_extended(text: &str) -> bool {
    let plain = text.to_ascii_lowercase();
    let inside = plain[EXTENDED.len()..]
        .strip_prefix("/any(")
        .and_then(|rest| rest.trim_end().strip_suffix(')'));
    let Some((variable, condition)) = inside.and_then(|inside| inside.split_once(':')) else {
        return false;
    };
    let (variable, condition) = (variable.trim(), condition.trim());
    let named = condition.strip_prefix(&format!("{variable}/id eq '"));
    let valued = named.and_then(|rest| rest.split_once(&format!("' and {variable}/value ")));
    !variable.is_empty()
        && valued.is_some_and(|(name, value)| !name.is_empty() && !value.is_empty())
}

/// What a subscriber with this filter hears of a change: entering the filtered set is `created`, leaving it is `deleted` [facts 1.3].
pub(crate) fn seen_through(
    filter: Option<&Filter>,
    kind: ChangeKind,
    was: Option<Facets>,
    is: Option<Facets>,
) -> Option<ChangeType> {
    let Some(filter) = filter else {
        return Some(match kind {
            ChangeKind::Created => ChangeType::Created,
            ChangeKind::Updated => ChangeType::Updated,
            ChangeKind::Deleted => ChangeType::Deleted,
        });
    };
    match (
        was.is_some_and(|facets| filter.holds(facets)),
        is.is_some_and(|facets| filter.holds(facets)),
    ) {
        (false, true) => Some(ChangeType::Created),
        (true, true) => Some(ChangeType::Updated),
        (true, false) => Some(ChangeType::Deleted),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNREAD: Facets = Facets {
        is_read: false,
        is_draft: false,
    };
    const READ: Facets = Facets {
        is_read: true,
        is_draft: false,
    };
    const DRAFT: Facets = Facets {
        is_read: true,
        is_draft: true,
    };

    #[test]
    fn conditions_on_read_and_draft_are_understood() {
        assert!(
            Filter::read("isRead eq false")
                .expect("known")
                .holds(UNREAD)
        );
        assert!(
            !Filter::read("isDraft ne true AND isRead eq false")
                .expect("known")
                .holds(READ)
        );
        assert!(
            !Filter::read("(isDraft eq false)")
                .expect("known")
                .holds(DRAFT)
        );
        for text in [
            "",
            "isRead",
            "isRead eq",
            "isRead eq maybe",
            "subject eq 'x'",
            "isRead eq false or isDraft eq true",
            "isRead eq false and",
            "isRead gt true",
        ] {
            assert_eq!(Filter::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_filter_on_extended_properties_is_checked_and_never_holds() {
        let filter = Filter::read("singleValueExtendedProperties/Any(ep: ep/id eq 'String {0} Name X' and ep/value eq 'y')").expect("known");
        assert!(!filter.holds(UNREAD) && !filter.holds(DRAFT));
        for text in [
            "singleValueExtendedProperties",
            "singleValueExtendedProperties/any()",
            "singleValueExtendedProperties/any(ep: ep/id eq 'x')",
        ] {
            assert_eq!(Filter::read(text), None, "{text}");
        }
    }

    #[test]
    fn entering_the_set_is_created_and_leaving_it_is_deleted() {
        let filter = Filter::read("isRead eq false").expect("known");
        let seen = |kind, was, is| seen_through(Some(&filter), kind, was, is);
        assert_eq!(
            seen(ChangeKind::Created, None, Some(UNREAD)),
            Some(ChangeType::Created)
        );
        assert_eq!(
            seen(ChangeKind::Updated, Some(UNREAD), Some(READ)),
            Some(ChangeType::Deleted)
        );
        assert_eq!(
            seen(ChangeKind::Updated, Some(READ), Some(UNREAD)),
            Some(ChangeType::Created)
        );
        assert_eq!(
            seen(ChangeKind::Updated, Some(UNREAD), Some(UNREAD)),
            Some(ChangeType::Updated)
        );
        assert_eq!(seen(ChangeKind::Deleted, Some(READ), None), None);
    }

    #[test]
    fn without_a_filter_a_change_is_what_it_is() {
        assert_eq!(
            seen_through(None, ChangeKind::Updated, Some(UNREAD), Some(READ)),
            Some(ChangeType::Updated)
        );
    }
}
