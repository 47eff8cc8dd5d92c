//! How many connections, and how long they may be silent.

use std::time::Duration;

/// Connections of one process; each costs some kilobytes.
const ALL_MAX: u64 = 8192;
/// Descriptors for everything else: the database, Microsoft, files.
const OTHERS: u64 = 256;
/// The least that a server is of any use with.
const ALL_MIN: u64 = 64;
/// One client address may have this part of them. A house of some thousand people with a window open
/// each fits, behind one address.
const EACH_PART: usize = 8;

/// How many connections, and how long they may be silent.
#[derive(Clone, Copy, Debug)]
pub(in crate::app) struct Limits {
    /// In all.
    pub(super) all_max: usize,
    /// From one client address.
    pub(super) each_max: usize,
    /// The head of the first request must be whole by then.
    pub(super) first_within: Duration,
    /// Between two requests of HTTP/1, up to the end of the next one's head. Longer than proxies keep a
    /// connection that they do not use, which is a minute: who closes first is not asked anything
    /// meanwhile.
    pub(super) idle_max: Duration,
}

impl Limits {
    /// As many as the system lets this process have, whose own limit is raised to that.
    pub(in crate::app) fn of_this_process() -> Self {
        let descriptors = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|why| {
            tracing::warn!(error = %why, "the limit of open files cannot be raised");
            1024
        });
        Self::with(descriptors)
    }

    fn with(descriptors: u64) -> Self {
        let all = descriptors.saturating_sub(OTHERS).clamp(ALL_MIN, ALL_MAX);
        let all = usize::try_from(all).unwrap_or(usize::MAX);
        Self {
            all_max: all,
            each_max: all / EACH_PART,
            first_within: Duration::from_secs(10),
            idle_max: Duration::from_secs(75),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_left_for_the_rest() {
        assert_eq!(Limits::with(1024).all_max, 768);
        assert_eq!(Limits::with(100).all_max, 64);
        assert_eq!(Limits::with(u64::MAX).all_max, 8192);
        assert_eq!(Limits::with(u64::MAX).each_max, 1024);
    }
}
