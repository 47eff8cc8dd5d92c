//! When Microsoft's validation probe last reached this installation, on either path, and how fast
//! it was answered (P10): a small memo that the hook writes and a failed registration shows.

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_store::Store;
use maildesk_store::contract::Result;

/// Which of the two paths.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(crate) enum Door {
    /// Notifications.
    Notifications,
    /// Lifecycle notifications.
    Lifecycle,
}

impl Door {
    /// Both, in the order Microsoft probes them.
    pub(crate) const BOTH: [Self; 2] = [Self::Notifications, Self::Lifecycle];

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
}
