//! How long to leave something alone after it failed. Pure.

use std::time::Duration;

/// The wait after the first failure; it doubles from there. Microsoft's probe is sometimes never
/// sent, and the same call succeeds half a minute later (facts.md 2).
const FIRST: Duration = Duration::from_secs(30);
/// The longest wait before creating again. A mailbox that may not subscribe today will rarely be
/// allowed within hours, and asking costs it nothing: mail comes on schedule.
const CREATE_MAX: Duration = Duration::from_hours(6);
/// The longest wait before renewing or deleting again. Renewing begins a day before the end, so
/// this leaves it more than twenty tries.
const MAX: Duration = Duration::from_hours(1);

/// After so many failures the wait before creating again exceeds an hour: where a person must
/// change something first, waiting begins here.
pub(crate) const FAILURES_OF_A_REFUSAL: i64 = 8;

/// How long to wait before creating again.
pub(super) fn create(failures: i64, key: i64) -> Duration {
    wait(failures, key, CREATE_MAX)
}

/// What is obeyed of a wait that Graph asked for: one garbled header must not end push for days.
pub(crate) fn obeyed(asked: Duration) -> Duration {
    asked.min(CREATE_MAX)
}

/// How many failures make creating wait at least `asked`, which is what Graph asked for.
pub(crate) fn failures_for(asked: Duration) -> i64 {
    let spread = obeyed(asked).mul_f64(1.25);
    (0..=16)
        .find(|n| wait(*n, 0, CREATE_MAX) >= spread)
        .unwrap_or(16)
}

/// How long to wait before renewing again.
pub(super) fn renew(failures: i64, key: i64) -> Duration {
    wait(failures, key, MAX)
}

/// How long to wait before deleting again.
pub(super) fn delete(failures: i64, key: i64) -> Duration {
    wait(failures, key, MAX)
}

fn wait(failures: i64, key: i64, max: Duration) -> Duration {
    if failures <= 0 {
        return Duration::ZERO;
    }
    let doublings = u32::try_from(failures - 1).unwrap_or(u32::MAX).min(16);
    let whole = FIRST.saturating_mul(1 << doublings).min(max);
    whole.mul_f64(1.0 - fraction(key) / 5.0)
}

/// A number in `0.0..1.0` that belongs to a key and never changes: spreads what would happen at
/// one moment, and a plan made twice comes out the same.
pub(super) fn fraction(key: i64) -> f64 {
    // The finisher of SplitMix64 (Steele, Lea, Flood 2014): neighbouring keys end up far apart.
    let mut mixed = key.cast_unsigned().wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_their_limit_and_are_only_ever_shortened() {
        for (failures, whole) in [
            (0, 0),
            (1, 30),
            (2, 60),
            (5, 480),
            (8, 3600),
            (i64::MAX, 3600),
        ] {
            let whole = Duration::from_secs(whole);
            for key in 0..50 {
                let wait = renew(failures, key);
                assert!(wait <= whole && wait >= whole.mul_f64(0.8), "{failures}");
            }
        }
        assert!(create(20, 1) > Duration::from_hours(4));
        assert!(create(FAILURES_OF_A_REFUSAL, 3) > Duration::from_mins(50));
    }

    #[test]
    fn what_graph_asks_for_is_never_undercut() {
        for seconds in [0, 1, 20, 30, 60, 100, 600, 3600, 10_000] {
            let asked = Duration::from_secs(seconds);
            for key in 0..50 {
                let wait = create(failures_for(asked), key);
                assert!(wait >= asked, "{seconds}: {wait:?}");
                assert!(wait <= (asked * 4).max(FIRST * 2), "{seconds}: {wait:?}");
            }
        }
    }

    #[test]
    fn the_finisher_is_the_published_one() {
        // The first numbers of SplitMix64 from the seed 0.
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        for (n, number) in [
            (0, 0xE220_A839_7B1D_CDAF_u64),
            (1, 0x6E78_9E6A_A1B9_65F4),
            (2, 0x06C4_5D18_8009_454F),
        ] {
            let key = STEP.wrapping_mul(n).cast_signed();
            let bits = (fraction(key) * (1_u64 << 53) as f64) as u64;
            assert_eq!(bits, number >> 11, "{n}");
        }
    }

    #[test]
    fn keys_spread_over_the_whole_range() {
        let fractions: Vec<f64> = (0..1000).map(fraction).collect();
        assert!(fractions.iter().all(|one| (0.0..1.0).contains(one)));
        let mean = fractions.iter().sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }
}
