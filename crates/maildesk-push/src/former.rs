//! Which base URLs were this installation's while something made with them may still live at Graph.
//!
//! The answer to a creation may be lost, its row dropped because push was turned off, and the base URL
//! changed, all before anybody hears of it again. Graph then answers 409 to the next creation, and the
//! one in the way notifies an address that no row remembers. It is ours all the same.

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_store::{Store, StoreError};

/// Where they are remembered, for every node: a line each, since when (microseconds since 1970) and
/// the URL, the oldest first. The last one is in force; an empty one is none.
const MEMO: &str = "push.base_urls";
/// Graph ends every subscription by then (facts.md 1.2).
const LIFE_MAX: Duration = Duration::from_hours(7 * 24);
/// As many are remembered: whoever changes it more often within a week is trying.
const LINES_MAX: usize = 50;

/// All of them, the one in force last.
pub(crate) async fn base_urls(store: &dyn Store) -> Result<Vec<String>, StoreError> {
    let memo = store.memo(MEMO).await?.unwrap_or_default();
    let urls = read(&memo).map(|(_, url)| url.to_owned());
    Ok(urls.filter(|url| !url.is_empty()).collect())
}

/// `url` is in force: to be noted before anything is created with it.
pub(crate) async fn note(store: &dyn Store, url: &str, now: Timestamp) -> Result<(), StoreError> {
    let memo = store.memo(MEMO).await?.unwrap_or_default();
    let noted = noted(&memo, url, now);
    if noted != memo {
        store.set_memo(MEMO, &noted).await?;
    }
    Ok(())
}

fn read(memo: &str) -> impl Iterator<Item = (Timestamp, &str)> {
    memo.lines().filter_map(|line| {
        let (since, url) = line.split_once(' ')?;
        Some((Timestamp::from_micros(since.parse().ok()?), url))
    })
}

/// The memo after `url` came into force, without those that ended too long ago.
fn noted(memo: &str, url: &str, now: Timestamp) -> String {
    let mut lines: Vec<_> = read(memo).collect();
    if lines.last().is_none_or(|(_, last)| *last != url) {
        lines.push((now, url));
    }
    let ended = |place: usize| lines.get(place + 1).map(|(since, _)| *since);
    let is_of_use = |place: usize| ended(place).is_none_or(|at| at.plus(LIFE_MAX) > now);
    let first = lines.len().saturating_sub(LINES_MAX);
    let kept = (first..lines.len()).filter(|place| is_of_use(*place));
    let kept = kept.map(|place| format!("{} {}\n", lines[place].0.as_micros(), lines[place].1));
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn urls(memo: &str) -> Vec<&str> {
        read(memo).map(|(_, url)| url).collect()
    }

    #[test]
    fn a_former_one_is_remembered_for_as_long_as_a_subscription_may_live() {
        let at = |days: u32| Timestamp::EPOCH.plus(DAY * days);
        let memo = noted("", "https://a.example", at(0));
        // What is in force is remembered, however long it is.
        let memo = noted(&memo, "https://a.example", at(100));
        assert_eq!(urls(&memo), ["https://a.example"]);
        let memo = noted(&memo, "https://b.example", at(100));
        assert_eq!(urls(&memo), ["https://a.example", "https://b.example"]);
        // None at all is a time like any other.
        let memo = noted(&memo, "", at(103));
        assert_eq!(urls(&memo), ["https://a.example", "https://b.example", ""]);
        let memo = noted(&memo, "https://a.example", at(108));
        assert_eq!(urls(&memo), ["https://b.example", "", "https://a.example"]);
        assert_eq!(noted(&memo, "https://a.example", at(108)), memo);
        let memo = noted(&memo, "https://a.example", at(115));
        assert_eq!(urls(&memo), ["https://a.example"]);
    }

    #[test]
    fn a_memo_has_an_end_and_need_not_make_sense() {
        assert_eq!(urls("x\n1\n2 https://a.example\n"), ["https://a.example"]);
        let memo = (0..200).fold(String::new(), |memo, n| {
            noted(&memo, &format!("https://{n}.example"), Timestamp::EPOCH)
        });
        assert_eq!(urls(&memo).len(), LINES_MAX);
        assert_eq!(urls(&memo).last(), Some(&"https://199.example"));
    }
}
