//! When Microsoft's validation probe last reached this installation, on either path, and how fast
//! it was answered (P10): a small memo that the hook writes and a failed registration shows.

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_store::Store;
use maildesk_store::contract::Result;

use crate::words;

/// Which of the two paths.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(crate) enum Door {
    /// Notifications.
    Notifications,
    /// Lifecycle notifications.
    Lifecycle,
}

impl Door {
    /// The key of its memo.
    const fn memo(self) -> &'static str {
        match self {
            Self::Notifications => "push.probe.outlook",
            Self::Lifecycle => "push.probe.lifecycle",
        }
    }
}

/// A probe that was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Probe {
    /// When it came.
    pub(crate) at: Timestamp,
    /// How long the answer took.
    pub(crate) took: Duration,
    /// Whether the token was echoed; a token that was none is refused.
    pub(crate) echoed: bool,
}

impl Probe {
    /// Keeps it as the last one of its door.
    pub(crate) async fn keep(self, store: &dyn Store, door: Door) -> Result<()> {
        store.set_memo(door.memo(), &self.write()).await
    }

    /// The last one of a door.
    pub(crate) async fn last(store: &dyn Store, door: Door) -> Result<Option<Self>> {
        let memo = store.memo(door.memo()).await?;
        Ok(memo.as_deref().and_then(Self::read))
    }

    fn told(self, place: &str) -> String {
        let at = self.at.floor_to_second().to_rfc3339();
        format!(
            "A probe reached this server{place} at {} UTC and was {} within {} ms.",
            at.trim_end_matches('Z').replace('T', " "),
            if self.echoed { "answered" } else { "refused" },
            self.took.as_millis() + 1
        )
    }

    fn write(self) -> String {
        let (at, took) = (self.at.as_micros(), self.took.as_micros());
        format!("{at} {took} {}", u8::from(self.echoed))
    }

    fn read(memo: &str) -> Option<Self> {
        let mut parts = memo.split(' ');
        Some(Self {
            at: Timestamp::from_micros(parts.next()?.parse().ok()?),
            took: Duration::from_micros(parts.next()?.parse().ok()?),
            echoed: parts.next()? == "1",
        })
    }
}

/// What the panel says of the probes that came during a registration: the kind of event, and the
/// sentence. A proxy may let one of the two addresses through and not the other, or answer itself:
/// `answered` says that Microsoft has heard something.
pub(crate) fn told(
    notifications: Option<Probe>,
    lifecycle: Option<Probe>,
    answered: bool,
) -> (&'static str, String) {
    let at_lifecycle = " at the lifecycle address";
    match (notifications, lifecycle) {
        (None, None) if answered => (
            words::PROBE_MISSED,
            "Microsoft’s probe did not come through to this server: what answered it stands in front."
                .to_owned(),
        ),
        (None, None) => (
            words::PROBE_MISSED,
            "This server has seen no probe from Microsoft.".to_owned(),
        ),
        (Some(first), None) => (
            words::PROBE_SEEN,
            format!("{} None has come to the lifecycle address.", first.told("")),
        ),
        (None, Some(second)) => (
            words::PROBE_SEEN,
            format!(
                "{} None has come to the address of notifications.",
                second.told(at_lifecycle)
            ),
        ),
        (Some(first), Some(second)) => (
            words::PROBE_SEEN,
            format!("{} {}", first.told(""), second.told(at_lifecycle)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memo_survives_being_written_down() {
        let probe = Probe {
            at: Timestamp::from_micros(1_700_000_000_000_001),
            took: Duration::from_micros(420),
            echoed: true,
        };
        assert_eq!(Probe::read(&probe.write()), Some(probe));
        assert_eq!(Probe::read(""), None);
        assert_eq!(Probe::read("x y z"), None);
    }

    #[test]
    fn each_address_is_told_of() {
        let probe = |second: i64, echoed| Probe {
            at: Timestamp::from_micros(1_700_000_000_000_000 + second * 1_000_000),
            took: Duration::from_micros(420),
            echoed,
        };
        let (first, second) = (probe(0, true), probe(1, false));
        let here =
            "A probe reached this server at 2023-11-14 22:13:20 UTC and was answered within 1 ms.";
        let there = "A probe reached this server at the lifecycle address at 2023-11-14 22:13:21 UTC and was refused within 1 ms.";
        for (seen, kind, said) in [
            (
                (None, None),
                words::PROBE_MISSED,
                "This server has seen no probe from Microsoft.".to_owned(),
            ),
            (
                (Some(first), None),
                words::PROBE_SEEN,
                format!("{here} None has come to the lifecycle address."),
            ),
            (
                (None, Some(second)),
                words::PROBE_SEEN,
                format!("{there} None has come to the address of notifications."),
            ),
            (
                (Some(first), Some(second)),
                words::PROBE_SEEN,
                format!("{here} {there}"),
            ),
        ] {
            assert_eq!(told(seen.0, seen.1, false), (kind, said));
        }
        let (kind, said) = told(None, None, true);
        assert_eq!(kind, words::PROBE_MISSED);
        assert!(said.contains("what answered it stands in front"));
    }
}
