//! How long a life to ask for (P12). Pure.

use std::time::Duration;

/// What is asked for, longest first, in minutes: six days; the ceiling of earlier years; a day,
/// which every resource is granted (facts.md 1.2).
const LADDER: [u32; 3] = [8640, 4230, 1440];
/// Asking for less is raised to this by Graph (facts.md 1.1).
const FLOOR: u32 = 45;
/// Below the first rung we ask for a little less than the limit, because Graph counts from its own
/// clock, which may be behind ours.
const SKEW: Duration = Duration::from_mins(1);

/// How long a life to ask for, in minutes, given what is remembered of this cloud.
pub(crate) fn minutes(remembered: Option<&str>) -> u32 {
    remembered
        .and_then(|text| text.parse().ok())
        .filter(|minutes| (FLOOR..=LADDER[0]).contains(minutes))
        .unwrap_or(LADDER[0])
}

/// What to ask for instead of `refused`; `None` if there is nothing shorter. `max` is the longest
/// Graph said it grants, where it said so.
pub(crate) fn shorter(refused: u32, max: Option<u32>) -> Option<u32> {
    let max = max.unwrap_or(u32::MAX);
    let rung = LADDER
        .into_iter()
        .find(|rung| *rung < refused && *rung <= max);
    rung.or_else(|| (max < refused && max > FLOOR).then_some(max))
}

/// The span to ask for.
pub(crate) fn span(minutes: u32) -> Duration {
    let whole = Duration::from_mins(u64::from(minutes));
    if minutes == LADDER[0] {
        whole
    } else {
        whole.saturating_sub(SKEW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_is_gone_down_and_what_graph_says_is_heard() {
        for (refused, max, wanted) in [
            (8640, None, Some(4230)),
            (4230, None, Some(1440)),
            (1440, None, None),
            (8640, Some(10_070), Some(4230)),
            (8640, Some(4230), Some(4230)),
            (8640, Some(4229), Some(1440)),
            (8640, Some(700), Some(700)),
            (1440, Some(700), Some(700)),
            (700, Some(700), None),
            (1440, Some(45), None),
            (8640, Some(0), None),
        ] {
            assert_eq!(shorter(refused, max), wanted, "{refused} {max:?}");
        }
    }

    #[test]
    fn only_a_sensible_memory_counts() {
        for (text, wanted) in [
            (None, 8640),
            (Some("4230"), 4230),
            (Some("700"), 700),
            (Some("9000"), 8640),
            (Some("1"), 8640),
            (Some("soon"), 8640),
        ] {
            assert_eq!(minutes(text), wanted, "{text:?}");
        }
        assert_eq!(span(8640), Duration::from_hours(144));
        assert_eq!(span(1440), Duration::from_mins(1439));
    }
}
