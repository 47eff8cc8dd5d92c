//! Which of some names may have been meant by one that is none of them.

/// Longer names are not compared: comparing takes as long as both together are long, twice.
const CHARS_MAX: usize = 40;
/// As many names are offered.
const OFFERED_MAX: usize = 3;

/// The names that are nearest to one that was typed, the nearest first. Those that begin or end with it
/// are near however long they are.
pub(super) fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let wanted: Vec<char> = typed.to_lowercase().chars().collect();
    if wanted.is_empty() || wanted.len() > CHARS_MAX {
        return Vec::new();
    }
    // Two letters of ten may differ, one of four.
    let most = (wanted.len() / 4).clamp(1, 3);
    let mut near: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let known: Vec<char> = name.to_lowercase().chars().take(CHARS_MAX + 1).collect();
            if known.len() > CHARS_MAX {
                return None;
            }
            let holds =
                wanted.len() > 2 && (known.starts_with(&wanted) || known.ends_with(&wanted));
            let distance = if holds { 1 } else { distance(&wanted, &known) };
            (distance <= most).then_some((distance, name))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(OFFERED_MAX);
    near.into_iter().map(|(_, name)| name).collect()
}

/// How many letters have to be put in, taken out, replaced or exchanged with the next one.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut before = vec![0; other.len() + 1];
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut here = vec![row + 1];
        for (column, b) in other.iter().enumerate() {
            let replaced = above[column] + usize::from(a != b);
            let mut least = replaced.min(above[column + 1] + 1).min(here[column] + 1);
            let is_swapped = row > 0 && column > 0 && *a == other[column - 1] && one[row - 1] == *b;
            if is_swapped {
                least = least.min(before[column - 1] + 1);
            }
            here.push(least);
        }
        before = std::mem::replace(&mut above, here);
    }
    above[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_found() {
        let names = [
            "from", "to", "subject", "has", "is", "in", "before", "after",
        ];
        for (typed, expected) in [
            ("form", "from"),
            ("FRM", "from"),
            ("subjct", "subject"),
            ("sujbect", "subject"),
            ("befor", "before"),
            ("aftr", "after"),
            ("http", ""),
            ("note", ""),
            ("", ""),
        ] {
            assert_eq!(
                nearest(typed, names.into_iter()).join(" "),
                expected,
                "{typed}"
            );
        }
        let folders = [
            "Invoices 2026",
            "Invoices",
            "Inbox",
            "Old invoices",
            "Invoices",
        ];
        let near = nearest("invoices", folders.into_iter());
        assert_eq!(near, ["Invoices", "Invoices 2026", "Old invoices"]);
        assert_eq!(nearest("invoises", folders.into_iter()), ["Invoices"]);
        let long = "x".repeat(100);
        assert!(nearest(&long, [long.as_str()].into_iter()).is_empty());
        assert!(nearest("x", [long.as_str()].into_iter()).is_empty());
    }

    #[test]
    fn distances_count_what_was_mistyped() {
        let far = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|text| text.chars().collect::<Vec<_>>());
            distance(&one, &other)
        };
        for (one, other, expected) in [
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("abc", "ab", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 1),
        ] {
            assert_eq!(far(one, other), expected, "{one} {other}");
            assert_eq!(far(other, one), expected, "{other} {one}");
        }
    }
}
