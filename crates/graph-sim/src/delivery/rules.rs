//! The rules of delivery as numbers: those of Microsoft's page of 2026, or of an earlier year where somebody asks for them [facts 3.2, 11].

use std::time::Duration;

use crate::fault::{NotificationFaults, Year};

/// What is promised to endpoints, and asked of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rules {
    /// How long the first attempt may take.
    pub(crate) first_patience: Duration,
    /// How long every later attempt may take.
    pub(crate) retry_patience: Duration,
    /// An answer that takes so long is slow.
    pub(crate) slow_after: Duration,
    /// An answer that takes so long counts towards the drop state.
    pub(crate) drop_after: Duration,
    /// More than this share of slow answers makes an endpoint slow.
    pub(crate) slow_share: f64,
    /// More than this share drops it.
    pub(crate) drop_share: f64,
    /// Whether exactly that share drops it as well.
    pub(crate) drop_at_share: bool,
    /// How much later a slow endpoint gets what is new.
    pub(crate) slow_delay: Duration,
    /// Fewer answers than this decide nothing.
    pub(crate) fewest: usize,
    /// The wait before the first retry; the steps are not published.
    pub(crate) first_wait: Duration,
    /// The most items in one POST; Microsoft names no number.
    pub(crate) most_per_post: usize,
    /// So many refusals in a row silence an endpoint.
    pub(crate) silent_after: Option<u32>,
}

impl Default for Rules {
    /// The page of April 2026. It names no fewest number of answers; ten keeps one hiccup from silencing an endpoint.
    fn default() -> Self {
        Self {
            first_patience: Duration::from_secs(3),
            retry_patience: Duration::from_secs(10),
            slow_after: Duration::from_secs(3),
            drop_after: Duration::from_secs(10),
            slow_share: 0.10,
            drop_share: 0.15,
            drop_at_share: false,
            slow_delay: Duration::from_mins(10),
            fewest: 10,
            first_wait: Duration::from_secs(10),
            most_per_post: 100,
            silent_after: None,
        }
    }
}

impl Rules {
    /// The rules that the faults ask for.
    pub(crate) fn of(faults: &NotificationFaults) -> Self {
        let rules = Self::of_year(faults.rules);
        Self {
            first_wait: faults
                .first_retry_s
                .map_or(rules.first_wait, Duration::from_secs),
            most_per_post: faults
                .most_per_post
                .map_or(rules.most_per_post, |most| most as usize),
            silent_after: faults.silent_after_refusals,
            ..rules
        }
    }

    fn of_year(year: Year) -> Self {
        let now = Self::default();
        let seconds = Duration::from_secs;
        match year.0 {
            2021 => Self {
                first_patience: seconds(30),
                retry_patience: seconds(30),
                slow_after: seconds(30),
                drop_after: seconds(30),
                drop_share: 0.20,
                ..now
            },
            2023 => Self {
                retry_patience: seconds(3),
                slow_after: Duration::from_millis(2_900),
                drop_after: Duration::from_millis(2_900),
                drop_at_share: true,
                fewest: 100,
                ..now
            },
            2024 => Self {
                slow_delay: seconds(10),
                ..now
            },
            2025 => Self {
                first_patience: seconds(10),
                slow_after: seconds(10),
                slow_delay: seconds(10),
                ..now
            },
            _ => now,
        }
    }

    /// How long attempt number `attempt` (0 is the first) may take.
    pub(crate) fn patience(&self, attempt: u32) -> Duration {
        if attempt == 0 {
            self.first_patience
        } else {
            self.retry_patience
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(year: u16) -> Rules {
        Rules::of(&NotificationFaults {
            rules: Year(year),
            ..NotificationFaults::default()
        })
    }

    #[test]
    fn each_year_has_its_patience_and_its_delay() {
        let seen = [2021, 2023, 2024, 2025, 2026].map(|number| {
            let rules = year(number);
            let (first, retry) = (rules.patience(0), rules.patience(1));
            (first.as_secs(), retry.as_secs(), rules.slow_delay.as_secs())
        });
        let pages = [
            (30, 30, 600),
            (3, 3, 600),
            (3, 10, 10),
            (10, 10, 10),
            (3, 10, 600),
        ];
        assert_eq!(seen, pages);
        assert_eq!(year(2026), Rules::default());
    }

    #[test]
    fn only_the_first_attempt_is_hurried() {
        let rules = Rules::default();
        let patience = [0, 1, 9].map(|attempt| rules.patience(attempt).as_secs());
        assert_eq!(patience, [3, 10, 10]);
    }
}
