//! What the inbox says after something was done: how many, what failed, and the way back. The
//! address carries it, so that a reload says the same and no script is needed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use maildesk_model::{FolderId, MessageId, Secret};

use super::deed::{Before, Why};
use crate::signed;
use crate::words::Words;

/// A longer way back is not offered: servers on the way refuse addresses of more than 8 kB.
const WAY_BACK_MAX: usize = 6_000;

/// How something done with some messages came out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Outcome {
    /// The name of what was done: that of its button, or `undo`.
    pub(super) deed: String,
    /// How many messages it was done with.
    pub(super) done: usize,
    /// The folder they were moved to.
    pub(super) to: Option<FolderId>,
    /// What they were before; those that went for good are not among them.
    pub(super) before: Vec<(Before, Vec<MessageId>)>,
    /// How many it could not be done with, and why.
    pub(super) failed: BTreeMap<Why, usize>,
}

/// An outcome in words.
#[derive(Debug)]
pub(super) struct Said {
    /// What was done; empty when nothing was.
    pub(super) text: String,
    /// Values of the fields `undo`; none when it cannot be taken back.
    pub(super) undo: Vec<String>,
    /// A sentence for each reason why something was not done.
    pub(super) failed: Vec<String>,
    /// Some were too many for one request: the same again does it with more of them.
    pub(super) goes_on: bool,
}

impl Outcome {
    /// Whether there is nothing to say.
    pub(super) fn is_silent(&self) -> bool {
        self.done == 0 && self.failed.is_empty()
    }

    /// The address of a view with this said above it, for one session: an address that somebody else
    /// has made says nothing and takes nothing back.
    pub(super) fn after(&self, path: &str, key: &Secret) -> String {
        if self.is_silent() {
            return path.to_owned();
        }
        let joint = if path.contains('?') { '&' } else { '?' };
        let query = self.query();
        let sign = signed::sign(key, &query);
        format!("{path}{joint}{query}&sign={sign}")
    }

    /// As it stands in an address.
    fn query(&self) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail; nothing here needs to be encoded.
        let _ = write!(text, "done={}&count={}", self.deed, self.done);
        if let Some(to) = self.to {
            let _ = write!(text, "&to={to}");
        }
        let groups = self.groups();
        if groups.iter().map(String::len).sum::<usize>() <= WAY_BACK_MAX {
            for group in groups {
                let _ = write!(text, "&undo={group}");
            }
        }
        for (why, count) in &self.failed {
            let _ = write!(text, "&failed={}.{count}", why.name());
        }
        text
    }

    /// Notes that a message can be put back to what it was.
    pub(super) fn keep(&mut self, before: Before, message: MessageId) {
        match self.before.iter_mut().find(|(known, _)| *known == before) {
            Some((_, ids)) => ids.push(message),
            None => self.before.push((before, vec![message])),
        }
    }

    fn groups(&self) -> Vec<String> {
        let groups = self.before.iter();
        groups
            .map(|(before, ids)| {
                ids.iter()
                    .fold(before.to_string(), |text, id| format!("{text}.{id}"))
            })
            .collect()
    }

    /// Reads the query of an address; what this session was not told is left out.
    pub(super) fn read(query: &str, key: &Secret) -> Self {
        let (outcome, sign) = Self::parse(query);
        if signed::is_signed(key, &outcome.query(), &sign) {
            outcome
        } else {
            Self::default()
        }
    }

    fn parse(query: &str) -> (Self, String) {
        let (mut outcome, mut sign) = (Self::default(), String::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "done" => outcome.deed = value.into_owned(),
                "count" => outcome.done = value.parse().unwrap_or_default(),
                "to" => outcome.to = FolderId::parse(&value),
                "undo" => outcome.before.extend(Before::group(&value)),
                "failed" => outcome.failed.extend(failure(&value)),
                "sign" => sign = value.into_owned(),
                _ => {}
            }
        }
        (outcome, sign)
    }

    /// The outcome in words, with the name of the folder they were moved to where it is known; `None`
    /// for one that no button of ours has.
    pub(super) fn say(&self, words: Words, to: Option<&str>) -> Option<Said> {
        let count = self.done;
        let text = match self.deed.as_str() {
            _ if self.is_silent() => return None,
            "archive" => words.fill("done-archive", count),
            "delete" if self.before.is_empty() => words.fill("done-delete-for-good", count),
            "delete" => words.fill("done-delete", count),
            "put-back" => words.fill("done-put-back", count),
            "move" => match to {
                Some(to) => words.fill_all(
                    "done-move-to",
                    [("value", count.into()), ("folder", to.into())],
                ),
                None => words.fill("done-move", count),
            },
            "read" => words.fill("done-read", count),
            "unread" => words.fill("done-unread", count),
            "flag" => words.fill("done-flag", count),
            "unflag" => words.fill("done-unflag", count),
            "complete" => words.fill("done-complete", count),
            "categorise" => words.fill("done-categorise", count),
            "undo" => words.fill("done-undo", count),
            _ => return None,
        };
        let all = count + self.failed.values().sum::<usize>();
        let failed = self.failed.iter().map(|(why, failed)| {
            let reason = match why {
                Why::Gone => words.say("why-gone"),
                Why::Many => words.say("why-many"),
                Why::NoFolder => words.say("why-no-folder"),
                Why::NoArchive => words.say("why-no-archive"),
                Why::NoDeletedItems => words.say("why-no-deleted-items"),
            };
            let values = [
                ("failed", (*failed).into()),
                ("all", all.into()),
                ("deed", self.deed.as_str().into()),
                ("reason", reason.into()),
            ];
            words.fill_all("failed-some", values).into_owned()
        });
        Some(Said {
            text: if count > 0 {
                text.into_owned()
            } else {
                String::new()
            },
            undo: if self.deed == "undo" {
                Vec::new()
            } else {
                self.groups()
            },
            failed: failed.collect(),
            goes_on: self.failed.contains_key(&Why::Many),
        })
    }
}

fn failure(text: &str) -> Option<(Why, usize)> {
    let (why, count) = text.split_once('.')?;
    Some((Why::from_name(why)?, count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use maildesk_model::FolderId;

    #[test]
    fn an_address_says_how_it_came_out() {
        let mut outcome = Outcome {
            deed: "move".to_owned(),
            done: 3,
            ..Outcome::default()
        };
        let (one, two) = (vec![MessageId(1)], vec![MessageId(2), MessageId(3)]);
        outcome.before.push((Before::In(FolderId(1)), one));
        outcome.before.push((Before::In(FolderId(2)), two));
        outcome.failed.insert(Why::NoFolder, 2);
        outcome.to = Some(FolderId(3));
        let key = Secret::new("of this session");
        let path = outcome.after("/?q=x", &key);
        let query = path.strip_prefix("/?").unwrap();
        assert_eq!(Outcome::read(query, &key), outcome);
        // What is forged, changed, or another session's says nothing.
        let others = Secret::new("of another");
        assert_eq!(Outcome::read(query, &others), Outcome::default());
        for (from, to) in [
            ("count=3", "count=4"),
            ("done=move", "done=undo"),
            ("&sign=", "&s="),
        ] {
            let forged = query.replace(from, to);
            assert_eq!(Outcome::read(&forged, &key), Outcome::default(), "{from}");
        }
        let said = outcome.say(Words::english(), None).unwrap();
        assert_eq!(said.text, "3 messages moved.");
        let said = outcome.say(Words::english(), Some("Later")).unwrap();
        assert_eq!(said.text, "3 messages moved to Later.");
        assert_eq!(
            said.failed,
            ["2 of 5 could not be moved: their mailbox has no such folder."]
        );
        assert_eq!(said.undo.len(), 2);
    }

    #[test]
    fn nothing_done_says_nothing() {
        let key = Secret::new("of this session");
        assert_eq!(Outcome::default().after("/", &key), "/");
        for odd in [
            "",
            "done=archive",
            "done=explode&count=3",
            "undo=x&failed=y",
        ] {
            let (outcome, _) = Outcome::parse(odd);
            assert!(outcome.say(Words::english(), None).is_none(), "{odd}");
        }
    }
}
