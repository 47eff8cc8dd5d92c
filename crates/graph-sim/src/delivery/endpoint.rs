//! How Graph thinks of an endpoint: well, slow (new notifications wait ten minutes) or dropped (they are thrown away) [facts 3.2].

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::rules::Rules;

/// The window over which answers are counted, and the time between two rounds of probes.
pub(crate) const WINDOW: Duration = Duration::from_mins(10);

/// "A few" notifications probe a slow or dropped endpoint; the page names no number.
const PROBES: u32 = 3;

/// What is to become of a new notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Deliver it now.
    Now,
    /// Deliver it not before this instant.
    After(Timestamp),
    /// Throw it away, and tell its subscriber when the endpoint is well again.
    Discard,
    /// Throw it away without a word.
    Silence,
}

/// What an endpoint made of a POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reception {
    /// It took it.
    Taken,
    /// It said that the sender may not do that: 401 or 403.
    Forbidden,
    /// Anything else, silence included.
    Failed,
}

/// How an endpoint stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Standing {
    #[default]
    Well,
    Slow,
    Dropped,
    /// It refused too often; only a validation frees it.
    Silenced,
}

/// One answer, or its absence.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Timestamp,
    slow: bool,
    hung: bool,
}

/// A round of probes of a slow or dropped endpoint.
#[derive(Clone, Copy, Debug)]
struct Round {
    /// When the next probes may go.
    opens: Timestamp,
    sent: u32,
    answered: u32,
    late: u32,
}

impl Round {
    fn from(opens: Timestamp) -> Self {
        Self {
            opens,
            sent: 0,
            answered: 0,
            late: 0,
        }
    }
}

/// One notification URL, as Graph sees it.
#[derive(Debug, Default)]
pub(crate) struct Endpoint {
    standing: Standing,
    samples: VecDeque<Sample>,
    round: Option<Round>,
    /// Refusals in a row.
    refusals: u32,
}

impl Endpoint {
    /// How it stands.
    pub(crate) fn standing(&self) -> Standing {
        self.standing
    }

    /// Decides about a new notification.
    pub(crate) fn admit(&self, now: Timestamp, rules: &Rules) -> Admission {
        let probing = self
            .round
            .is_some_and(|round| now >= round.opens && round.sent < PROBES);
        match self.standing {
            Standing::Silenced => Admission::Silence,
            Standing::Well => Admission::Now,
            _ if probing => Admission::Now,
            Standing::Slow => Admission::After(now + rules.slow_delay),
            Standing::Dropped => Admission::Discard,
        }
    }

    /// A first attempt leaves; tells whether it counts as a probe.
    pub(crate) fn leaves(&mut self, now: Timestamp) -> bool {
        match &mut self.round {
            Some(round) if now >= round.opens && round.sent < PROBES => {
                round.sent += 1;
                true
            }
            _ => false,
        }
    }

    /// Counts refusals in a row; seen once: after many of them nothing more came [facts 3.2].
    pub(crate) fn received(&mut self, reception: Reception, rules: &Rules) {
        self.refusals = match reception {
            Reception::Forbidden => self.refusals + 1,
            Reception::Taken | Reception::Failed => 0,
        };
        if rules
            .silent_after
            .is_some_and(|limit| self.refusals >= limit)
        {
            self.standing = Standing::Silenced;
        }
    }

    /// Takes note of an answer, or of its absence after `took`.
    pub(crate) fn heard(&mut self, now: Timestamp, took: Duration, probe: bool, rules: &Rules) {
        let sample = Sample {
            at: now,
            slow: took >= rules.slow_after,
            hung: took >= rules.drop_after,
        };
        self.samples.push_back(sample);
        while self
            .samples
            .front()
            .is_some_and(|sample| sample.at + WINDOW < now)
        {
            self.samples.pop_front();
        }
        if probe {
            self.heard_probe(now, sample, rules);
        } else {
            self.judge(now, rules);
        }
    }

    /// Slow and dropped endpoints are judged by their probes alone.
    fn heard_probe(&mut self, now: Timestamp, sample: Sample, rules: &Rules) {
        let Some(round) = &mut self.round else { return };
        round.answered += 1;
        round.late += u32::from(sample.slow);
        if round.answered < round.sent {
            return;
        }
        let share = f64::from(round.late) / f64::from(round.answered);
        let limit = if self.standing == Standing::Dropped {
            rules.drop_share
        } else {
            rules.slow_share
        };
        if share < limit {
            *self = Self::default();
        } else {
            self.round = Some(Round::from(now + WINDOW));
        }
    }

    fn judge(&mut self, now: Timestamp, rules: &Rules) {
        if self.samples.len() < rules.fewest {
            return;
        }
        let share = |counts: fn(&Sample) -> bool| {
            self.samples.iter().filter(|sample| counts(sample)).count() as f64
                / self.samples.len() as f64
        };
        let hung = share(|sample| sample.hung);
        let drops = hung > rules.drop_share || rules.drop_at_share && hung >= rules.drop_share;
        let worse = if drops {
            Standing::Dropped
        } else if share(|sample| sample.slow) > rules.slow_share {
            Standing::Slow
        } else {
            Standing::Well
        };
        let worsens = matches!(
            (self.standing, worse),
            (Standing::Well, Standing::Slow | Standing::Dropped)
                | (Standing::Slow, Standing::Dropped)
        );
        if worsens {
            self.standing = worse;
            self.round = Some(Round::from(now + WINDOW));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(20);
    const FIRST_PATIENCE: Duration = Duration::from_secs(3);
    const RETRY_PATIENCE: Duration = Duration::from_secs(10);

    impl Endpoint {
        fn heard_now(&mut self, now: Timestamp, took: Duration, probe: bool) {
            self.heard(now, took, probe, &Rules::default());
        }

        fn admits(&self, now: Timestamp) -> Admission {
            self.admit(now, &Rules::default())
        }
    }

    fn start() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().expect("literal")
    }

    fn after(answers: &[(usize, Duration)]) -> Endpoint {
        let mut endpoint = Endpoint::default();
        for (times, took) in answers {
            (0..*times).for_each(|_| endpoint.heard_now(start(), *took, false));
        }
        endpoint
    }

    #[test]
    fn a_tenth_of_slow_answers_is_forgiven_and_more_is_not() {
        assert_eq!(
            after(&[(9, QUICK), (1, FIRST_PATIENCE)]).standing(),
            Standing::Well
        );
        let slow = after(&[(9, QUICK), (2, FIRST_PATIENCE)]);
        assert_eq!(slow.standing(), Standing::Slow);
        assert_eq!(slow.admits(start()), Admission::After(start() + WINDOW));
    }

    #[test]
    fn more_than_fifteen_percent_over_ten_seconds_drops() {
        assert_ne!(
            after(&[(17, QUICK), (3, RETRY_PATIENCE)]).standing(),
            Standing::Dropped
        );
        let dropped = after(&[(16, QUICK), (4, RETRY_PATIENCE)]);
        assert_eq!(dropped.standing(), Standing::Dropped);
        assert_eq!(dropped.admits(start()), Admission::Discard);
    }

    #[test]
    fn one_hiccup_decides_nothing() {
        assert_eq!(after(&[(3, RETRY_PATIENCE)]).standing(), Standing::Well);
    }

    #[test]
    fn a_few_probes_free_a_slow_endpoint_after_ten_minutes() {
        let mut endpoint = after(&[(8, QUICK), (2, FIRST_PATIENCE)]);
        assert!(!endpoint.leaves(start()));
        let later = start() + WINDOW;
        let probes = (0..4).map(|_| endpoint.leaves(later)).collect::<Vec<_>>();
        assert_eq!(probes, [true, true, true, false]);
        assert_eq!(endpoint.admits(later), Admission::After(later + WINDOW));
        (0..3).for_each(|_| endpoint.heard_now(later, QUICK, true));
        assert_eq!(
            (endpoint.standing(), endpoint.admits(later)),
            (Standing::Well, Admission::Now)
        );
    }

    #[test]
    fn a_late_probe_keeps_it_dropped_for_another_window() {
        let mut endpoint = after(&[(8, QUICK), (2, RETRY_PATIENCE)]);
        let later = start() + WINDOW;
        assert_eq!(endpoint.admits(later), Admission::Now);
        assert!(endpoint.leaves(later));
        endpoint.heard_now(later + FIRST_PATIENCE, FIRST_PATIENCE, true);
        assert_eq!(endpoint.standing(), Standing::Dropped);
        assert_eq!(endpoint.admits(later + FIRST_PATIENCE), Admission::Discard);
        assert_eq!(
            endpoint.admits(later + FIRST_PATIENCE + WINDOW),
            Admission::Now
        );
    }

    #[test]
    fn the_rules_of_2023_wait_for_a_hundred_answers_and_drop_at_the_share() {
        let faults = crate::fault::NotificationFaults {
            rules: crate::fault::Year(2023),
            ..Default::default()
        };
        let rules = Rules::of(&faults);
        let mut endpoint = Endpoint::default();
        (0..15).for_each(|_| endpoint.heard(start(), FIRST_PATIENCE, false, &rules));
        (0..84).for_each(|_| endpoint.heard(start(), QUICK, false, &rules));
        assert_eq!(endpoint.standing(), Standing::Well);
        endpoint.heard(start(), QUICK, false, &rules);
        assert_eq!(endpoint.standing(), Standing::Dropped);
    }

    #[test]
    fn refusals_in_a_row_silence_only_where_the_rules_say_so() {
        let mut endpoint = Endpoint::default();
        (0..9).for_each(|_| endpoint.received(Reception::Forbidden, &Rules::default()));
        assert_eq!(endpoint.admits(start()), Admission::Now);
        let rules = Rules {
            silent_after: Some(2),
            ..Rules::default()
        };
        let mut endpoint = Endpoint::default();
        for reception in [Reception::Forbidden, Reception::Taken, Reception::Forbidden] {
            endpoint.received(reception, &rules);
        }
        assert_eq!(endpoint.admits(start()), Admission::Now);
        endpoint.received(Reception::Forbidden, &rules);
        assert_eq!(endpoint.admits(start()), Admission::Silence);
    }

    #[test]
    fn answers_older_than_the_window_are_forgotten() {
        let mut endpoint = after(&[(8, QUICK), (1, FIRST_PATIENCE)]);
        let later = start() + WINDOW + Duration::from_secs(1);
        (0..10).for_each(|_| endpoint.heard_now(later, QUICK, false));
        endpoint.heard_now(later, FIRST_PATIENCE, false);
        assert_eq!(endpoint.standing(), Standing::Well);
    }
}
