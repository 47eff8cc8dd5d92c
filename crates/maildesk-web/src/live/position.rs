//! Where a stream begins.

use http::HeaderMap;
use maildesk_store::StoreError;

use crate::app::App;

/// The starting position of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Start {
    /// Read on from here.
    pub(super) position: i64,
    /// What the reader had is not kept, or was never ours: it has to load everything again.
    pub(super) reset: bool,
}

/// Fixes it: after what the reader had last, otherwise after everything there is now. An id that
/// is no position of this journal (from before a restore, say) means that the reader starts over.
pub(super) async fn fix(
    app: &App,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<Start, StoreError> {
    let header = headers.get("last-event-id");
    let asked = header
        .map(|value| value.to_str().unwrap_or("?"))
        .or(query)
        .filter(|text| !text.is_empty());
    let head = app.store.journal_head().await?;
    Ok(decide(asked, head))
}

fn decide(asked: Option<&str>, head: i64) -> Start {
    let Some(asked) = asked else {
        return Start {
            position: head,
            reset: false,
        };
    };
    match asked.parse::<i64>() {
        Ok(position) if (0..=head).contains(&position) => Start {
            position,
            reset: false,
        },
        _ => Start {
            position: head,
            reset: true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_position_of_this_journal_is_gone_on_from() {
        let table = [
            (None, 9, false),
            (Some("5"), 5, false),
            (Some("9"), 9, false),
            (Some("0"), 0, false),
            (Some("10"), 9, true),
            (Some("-1"), 9, true),
            (Some("x"), 9, true),
            (Some("99999999999999999999"), 9, true),
        ];
        for (asked, position, reset) in table {
            assert_eq!(decide(asked, 9), Start { position, reset }, "{asked:?}");
        }
    }
}
