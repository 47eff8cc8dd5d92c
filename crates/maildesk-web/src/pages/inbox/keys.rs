//! The keyboard: which keys do what. The sheet that `?` shows is made of this table, and the script
//! binds what stands in the sheet, so that neither can say what the other does not do. Where Gmail
//! has a letter for something, it is that letter.

use maildesk_model::folder::WellKnown;

use super::deed::filing;
use crate::words::text_id;

/// Keys that belong together: the text of their heading, and the keys.
pub(super) type Group = (&'static str, &'static [Key]);

/// One line of the sheet.
#[derive(Debug)]
pub(super) struct Key {
    /// The keys for the script: alternatives between bars, one after the other between spaces.
    pub(super) keys: &'static str,
    /// The name of what they do, for the script.
    pub(super) does: &'static str,
    /// The text that says what they do.
    pub(super) text: &'static str,
}

impl Key {
    /// The alternatives, each as its keys in turn, as they stand on a keyboard.
    pub(super) fn written(&self) -> impl Iterator<Item = Vec<String>> {
        let arrows = |key: &str| key.replace("ArrowDown", "↓").replace("ArrowUp", "↑");
        let alternatives = self.keys.split('|');
        alternatives.map(move |keys| keys.split(' ').map(arrows).collect())
    }
}

const fn key(keys: &'static str, does: &'static str, text: &'static str) -> Key {
    Key { keys, does, text }
}

const MOVING: &[Key] = &[
    key("j|ArrowDown", "down", text_id("key-down")),
    key("k|ArrowUp", "up", text_id("key-up")),
    key("o|Enter", "open", text_id("key-open")),
    key("u", "back", text_id("key-back")),
    key("/", "search", text_id("key-search")),
    key("g i", "go-inbox", text_id("key-go-inbox")),
    key("g s", "go-flagged", text_id("key-go-flagged")),
    key("g t", "go-sent", text_id("key-go-sent")),
    key("g d", "go-drafts", text_id("key-go-drafts")),
];

const CHOOSING: &[Key] = &[
    key("x", "choose", text_id("key-choose")),
    key(
        "Shift+j|Shift+ArrowDown",
        "choose-down",
        text_id("key-choose-down"),
    ),
    key(
        "Shift+k|Shift+ArrowUp",
        "choose-up",
        text_id("key-choose-up"),
    ),
    key("* a|Ctrl+a", "choose-all", text_id("key-choose-all")),
    key("Escape", "choose-none", text_id("key-choose-none")),
];

const DOING: &[Key] = &[
    key("e", "archive", text_id("key-archive")),
    key("#|Delete", "delete", text_id("key-delete")),
    key("v", "move", text_id("key-move")),
    key("s", "flag", text_id("key-flag")),
    key("Shift+s", "flag-menu", text_id("key-flag-menu")),
    key("l", "categorise", text_id("key-categorise")),
    key("Shift+i", "read", text_id("key-read")),
    key("Shift+u", "unread", text_id("key-unread")),
    key("z", "undo", text_id("key-undo")),
];

const WRITING: &[Key] = &[
    key("c", "compose", text_id("key-compose")),
    key("r", "reply", text_id("key-reply")),
    key("a", "reply-all", text_id("key-reply-all")),
    key("f", "forward", text_id("key-forward")),
];

const HELP: &[Key] = &[key("?", "help", text_id("key-help"))];

/// What the menu of a row offers, by what keys do.
const OF_A_ROW: [&str; 9] = [
    "open",
    "archive",
    "delete",
    "move",
    "flag",
    "flag-menu",
    "categorise",
    "read",
    "unread",
];

/// The menu of a row that lies in such a folder: the names of what is done, the texts, the keys where
/// there are some.
pub(super) fn row_menu(
    lies_in: Option<WellKnown>,
) -> Vec<(&'static str, &'static str, Option<&'static Key>)> {
    let keys = SHEET.iter().flat_map(|(_, keys)| keys.iter());
    let keys = keys.filter(|key| OF_A_ROW.contains(&key.does));
    keys.map(|key| match filing(lies_in) {
        (deed, _, text) if key.does == "archive" && deed != "archive" => (deed, text, None),
        _ => (key.does, key.text, Some(key)),
    })
    .collect()
}

/// The sheet.
pub(super) const SHEET: &[Group] = &[
    (text_id("keys-moving"), MOVING),
    (text_id("keys-choosing"), CHOOSING),
    (text_id("keys-doing"), DOING),
    (text_id("keys-writing"), WRITING),
    (text_id("keys-help"), HELP),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Every name is one that the script knows, and no key means two things.
    #[test]
    fn the_script_does_what_the_sheet_says() {
        let script = concat!(
            include_str!("../../../assets/js/inbox/keys.js"),
            include_str!("../../../assets/js/inbox/flags.js"),
            include_str!("../../../assets/js/inbox/move.js"),
        );
        let mut bound = BTreeSet::new();
        for key in SHEET.iter().flat_map(|(_, keys)| *keys) {
            let plain = format!("\n  {}", key.does);
            let quoted = format!("\n  \"{}\"", key.does);
            let known = [plain, quoted].into_iter().any(|name| {
                let said = script.match_indices(&name);
                said.map(|(at, _)| &script[at + name.len()..])
                    .any(|rest| rest.starts_with([':', ',']))
            });
            assert!(
                known || script.contains(&format!("onKey(\"{}\"", key.does)),
                "{}",
                key.does
            );
            for keys in key.keys.split('|') {
                assert!(bound.insert(keys), "{keys} means two things");
            }
        }
    }
}
