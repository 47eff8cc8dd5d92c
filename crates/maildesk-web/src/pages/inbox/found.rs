//! What was looked for, marked in the lines of the list and of the reading pane; and the line of a
//! message that says why it was found.

use std::collections::HashMap;

use maildesk_model::search::{Part, Search};
use maildesk_model::{MessageId, Viewer, message::MessageSummary};

use crate::app::App;
use crate::error::Problem;
use crate::foreign;

/// Messages whose texts are asked for in one go.
const AT_ONCE: usize = 200;

/// So much of a line is in sight in a row, however narrow the list.
const IN_SIGHT: usize = 40;

/// A piece of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) is_found: bool,
}

/// A line in pieces, those that were looked for marked.
pub(super) fn pieces(search: Option<&Search>, part: Part, line: &str) -> Vec<Piece> {
    let piece = |text: &str, is_found| Piece {
        text: text.to_owned(),
        is_found,
    };
    let marks = search.map(|search| search.marks(part, line));
    let mut pieces = Vec::new();
    let mut at = 0;
    for mark in marks.unwrap_or_default() {
        pieces.push(piece(&line[at..mark.start], false));
        pieces.push(piece(&line[mark.clone()], true));
        at = mark.end;
    }
    pieces.push(piece(&line[at..], false));
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// The line of a message below its subject: its beginning, or the piece that has the words where they
/// are not in sight there.
pub(super) fn preview(
    search: Option<&Search>,
    message: &MessageSummary,
    excerpts: &HashMap<MessageId, String>,
) -> Vec<Piece> {
    let beginning = foreign::line(&message.preview);
    let marks = search.map(|search| search.marks(Part::Body, &beginning));
    let excerpt = match marks.unwrap_or_default().first() {
        Some(mark) if beginning[..mark.end].chars().count() <= IN_SIGHT => None,
        Some(_) => {
            let range = search.and_then(|search| search.excerpt(&beginning));
            range.map(|range| &beginning[range])
        }
        None => excerpts.get(&message.id).map(String::as_str),
    };
    match excerpt {
        Some(excerpt) => {
            let line = format!("… {}", foreign::line(excerpt));
            pieces(search, Part::Body, &line)
        }
        None => pieces(search, Part::Body, &beginning),
    }
}

/// The pieces of texts that have the words, of those messages whose beginning has none.
pub(super) async fn excerpts(
    app: &App,
    viewer: Viewer,
    search: Option<&Search>,
    messages: impl Iterator<Item = &MessageSummary>,
) -> Result<HashMap<MessageId, String>, Problem> {
    let mut excerpts = HashMap::new();
    let Some(search) = search.filter(|search| search.is_in_body()) else {
        return Ok(excerpts);
    };
    let has_none = |message: &&MessageSummary| {
        let line = foreign::line(&message.preview);
        search.marks(Part::Body, &line).is_empty()
    };
    let without: Vec<MessageId> = messages.filter(has_none).map(|one| one.id).collect();
    if without.is_empty() {
        return Ok(excerpts);
    }
    let _share = app.searches.take(viewer.user).await;
    for some in without.chunks(AT_ONCE) {
        excerpts.extend(app.store.excerpts(viewer, search, some).await?);
    }
    Ok(excerpts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_where_marks_begin_and_end() {
        let search = Search::in_utc("plan");
        let told = |part, line| {
            let pieces = pieces(Some(&search), part, line).into_iter();
            let told = pieces.map(|piece| {
                if piece.is_found {
                    format!("[{}]", piece.text)
                } else {
                    piece.text
                }
            });
            told.collect::<String>()
        };
        assert_eq!(
            told(Part::Subject, "Plans: the plan."),
            "[Plans]: the [plan]."
        );
        assert_eq!(told(Part::Body, "plan"), "[plan]");
        assert_eq!(told(Part::Body, ""), "");
        let plain = pieces(None, Part::Subject, "plan");
        assert_eq!((plain.len(), plain[0].is_found), (1, false));
    }
}
