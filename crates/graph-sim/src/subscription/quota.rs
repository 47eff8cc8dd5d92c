//! How often `/subscriptions` may be called: 20-second windows per app, and per app and tenant [facts 1.6].

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

/// The window that all these limits speak of.
const WINDOW: Duration = Duration::from_secs(20);

/// What kind of call counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Create, renew, delete.
    Write,
    /// `POST …/reauthorize`.
    Reauthorize,
    /// One subscription by id.
    Get,
    /// The list.
    List,
}

impl Kind {
    /// Calls per window: of one app over all tenants, and of one app in one tenant.
    fn limits(self) -> (usize, usize) {
        match self {
            Kind::Write | Kind::Get => (2_000, 500),
            Kind::Reauthorize => (4_000, 1_000),
            Kind::List => (40, 25),
        }
    }
}

/// The calls of the last window, by kind, app and tenant (none for the count over all tenants).
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    calls: HashMap<(Kind, String, Option<String>), VecDeque<Timestamp>>,
}

impl Quotas {
    /// Counts a call, or tells how long to wait. `in_tenant` replaces the limit of one app in one tenant.
    pub(crate) fn take(
        &mut self,
        kind: Kind,
        app: &str,
        tenant: &str,
        in_tenant: Option<u32>,
        now: Timestamp,
    ) -> Result<(), Duration> {
        let (everywhere, here) = kind.limits();
        let here = in_tenant.map_or(here, |limit| limit as usize);
        let keys = [
            ((kind, app.to_owned(), None), everywhere),
            ((kind, app.to_owned(), Some(tenant.to_owned())), here),
        ];
        for (key, limit) in &keys {
            let calls = self.calls.entry(key.clone()).or_default();
            while calls.front().is_some_and(|call| *call + WINDOW <= now) {
                calls.pop_front();
            }
            if calls.len() >= *limit {
                let free = calls.front().map_or(WINDOW, |oldest| {
                    Duration::try_from((*oldest + WINDOW).duration_since(now)).unwrap_or(WINDOW)
                });
                return Err(free);
            }
        }
        for (key, _) in keys {
            self.calls.entry(key).or_default().push_back(now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twenty_sixth_list_within_the_window_is_refused_and_the_window_slides() {
        let mut quotas = Quotas::default();
        let start: Timestamp = "2026-03-01T12:00:00Z".parse().expect("literal");
        for n in 0..25 {
            assert_eq!(
                quotas.take(
                    Kind::List,
                    "app",
                    "tenant",
                    None,
                    start + Duration::from_millis(n)
                ),
                Ok(())
            );
        }
        let later = start + Duration::from_secs(5);
        assert_eq!(
            quotas.take(Kind::List, "app", "tenant", None, later),
            Err(Duration::from_secs(15))
        );
        assert_eq!(quotas.take(Kind::Get, "app", "tenant", None, later), Ok(()));
        assert_eq!(quotas.take(Kind::List, "app", "other", None, later), Ok(()));
        assert_eq!(
            quotas.take(Kind::List, "app", "tenant", None, start + WINDOW),
            Ok(())
        );
    }

    #[test]
    fn an_app_has_one_allowance_over_all_tenants() {
        let mut quotas = Quotas::default();
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("literal");
        let granted = (0..100)
            .filter(|n| {
                quotas
                    .take(Kind::List, "app", &format!("tenant-{n}"), None, now)
                    .is_ok()
            })
            .count();
        assert_eq!(granted, 40);
    }

    #[test]
    fn a_switch_replaces_the_allowance_within_a_tenant() {
        let mut quotas = Quotas::default();
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("literal");
        assert!(
            quotas
                .take(Kind::List, "app", "tenant", Some(1), now)
                .is_ok()
        );
        assert!(
            quotas
                .take(Kind::List, "app", "tenant", Some(1), now)
                .is_err()
        );
        assert!(quotas.take(Kind::List, "app", "tenant", None, now).is_ok());
    }
}
