//! What is said above the results of a search: what was left out or taken otherwise, how far was looked,
//! and what to try where nothing was found. Each with links that lead there.

use maildesk_model::folder::Folder;
use maildesk_model::search::{About, Remark, Search};
use maildesk_model::{MessageId, Timestamp};

use super::count;
use super::view::View;
use crate::api::cursor;
use crate::api::messages::list::{AfterMessage, filters};
use crate::error::Problem;
use crate::foreign;
use crate::pages::shell::Shell;
use crate::words::Words;

/// What is said, and where it leads: path and words.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) text: String,
    pub(super) ways: Vec<(String, String)>,
}

/// A search as a whole.
#[derive(Debug)]
pub(super) struct Searched {
    /// How many were found, as far as the page itself tells.
    pub(super) found: String,
    /// Where the script asks for the number, if that is not all of it.
    pub(super) ask: Option<String>,
    /// Where else it can look: path and words.
    pub(super) scope: Option<(String, String)>,
    /// The way out of it.
    pub(super) clear: String,
}

/// The search that is shown; `rows` are those of the page, and `is_all` if there are no others.
pub(super) fn searched(
    shell: &Shell,
    view: &View,
    folders: &[Folder],
    rows: usize,
    is_all: bool,
) -> Option<Searched> {
    (!view.words.is_empty()).then_some(())?;
    let is_first = view.after.is_empty();
    let is_at_least = !is_all;
    let count = rows as i64;
    let folder = |id| folders.iter().find(|one| Some(one.id) == id);
    let scope = if view.folder.is_some() {
        let path = view.widened().path();
        Some((path, shell.words.say("try-mailbox").into_owned()))
    } else {
        folder(view.begun).map(|folder| {
            let name = foreign::line(&folder.name);
            let text = shell.words.fill("search-only", name);
            (view.narrowed(folder.id).path(), text.into_owned())
        })
    };
    Some(Searched {
        found: if is_first && count > 0 {
            count::text(shell.words, view, count, is_at_least)
        } else {
            String::new()
        },
        ask: (!is_first || is_at_least).then(|| count::path(view)),
        scope,
        clear: view.cleared().top().path(),
    })
}

/// What is said above the results.
pub(super) fn notes(shell: &Shell, view: &View, remarks: &[Remark]) -> Vec<Note> {
    remarks
        .iter()
        .map(|remark| Note {
            text: text(shell, remark),
            ways: ways(shell, view, remark),
        })
        .collect()
}

fn text(shell: &Shell, remark: &Remark) -> String {
    let (words, typed) = (shell.words, remark.typed.as_str());
    match remark.about {
        About::NotADate => words.fill("search-not-a-date", typed),
        About::NoTime => words.fill("search-no-time", typed),
        About::UnknownOperator => words.fill("search-unknown-operator", typed),
        About::UnknownValue => words.fill("search-unknown-value", typed),
        About::NoValue => words.fill("search-no-value", typed),
        About::Overruled => words.fill("search-overruled", typed),
        About::NoFolder => words.fill("search-no-folder", typed),
    }
    .into_owned()
}

/// The same search with something else in the place of what the remark is about.
fn ways(shell: &Shell, view: &View, remark: &Remark) -> Vec<(String, String)> {
    if !view.words.contains(&remark.typed) {
        return Vec::new();
    }
    let way = |instead: &String| {
        let words = view.words.replacen(&remark.typed, instead, 1);
        let text = shell.words.fill("search-instead", instead.as_str());
        (view.searching(words).path(), text.into_owned())
    };
    remark.instead.iter().map(way).collect()
}

/// That not everything was looked at, and the way on.
pub(super) fn ended(
    shell: &Shell,
    view: &View,
    at: (Timestamp, MessageId),
) -> Result<Note, Problem> {
    let query = view.query(&shell.zone)?;
    let cursor = cursor::write(&AfterMessage(at.0, at.1), &filters(&query));
    let until = shell.time_of(at.0).full;
    Ok(Note {
        text: shell.words.fill("search-ended", until).into_owned(),
        ways: vec![(
            view.below(cursor).path(),
            shell.words.say("search-go-on").into_owned(),
        )],
    })
}

/// What to try where nothing was found: each takes one thing away.
pub(super) fn tries(shell: &Shell, view: &View, search: Option<&Search>) -> Vec<(String, String)> {
    let words = shell.words;
    let from_top = |view: View| view.searching(view.words.clone());
    let mut tries = Vec::new();
    if view.filter.is_some() {
        tries.push((view.filtered(None), words.say("try-no-filter")));
    }
    if view.folder.is_some() {
        tries.push((view.widened(), words.say("try-mailbox")));
    }
    if view.mailbox.is_some() {
        let wider = View {
            mailbox: None,
            folder: None,
            begun: None,
            ..view.clone()
        };
        tries.push((from_top(wider), words.say("try-everywhere")));
    }
    if search.is_some_and(|search| !search.phrases.is_empty()) {
        let without = view.words.replace(['"', '“', '”', '„', '«', '»'], " ");
        let without = without.split_whitespace().collect::<Vec<_>>().join(" ");
        tries.push((view.searching(without), words.say("try-words")));
    }
    let tries = tries.into_iter();
    tries
        .map(|(view, text)| (view.path(), text.into_owned()))
        .collect()
}

/// The operators, each by an example and what it finds.
pub(super) fn help(words: Words) -> Vec<(&'static str, String)> {
    let operators = [
        ("\"quarterly report\"", words.say("search-help-phrase")),
        ("from:ada", words.say("search-help-from")),
        ("to:grace", words.say("search-help-to")),
        ("subject:invoice", words.say("search-help-subject")),
        ("has:attachment", words.say("search-help-attachment")),
        ("is:unread", words.say("search-help-is")),
        ("in:archive", words.say("search-help-in")),
        ("after:2026-08-31", words.say("search-help-after")),
        ("before:2026", words.say("search-help-before")),
    ];
    let operators = operators.into_iter();
    operators
        .map(|(example, meaning)| (example, meaning.into_owned()))
        .collect()
}
