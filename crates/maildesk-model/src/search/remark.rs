//! What of a search may be meant otherwise, and what could be typed instead.

use super::read::{Token, tokens};
use super::{About, Remark, Search, near};
use crate::folder::WellKnown;

/// Every operator, as the help lists them.
pub(super) const OPERATORS: [&str; 8] = [
    "from", "to", "subject", "has", "is", "in", "before", "after",
];
/// What an operator takes that does not take everything.
struct Values {
    operator: &'static str,
    known: &'static [&'static str],
    /// What other programs call it, and what it is here.
    others: &'static [(&'static str, &'static str)],
}

const VALUES: [Values; 2] = [
    Values {
        operator: "has",
        known: &["attachment"],
        others: &[("file", "attachment"), ("files", "attachment")],
    },
    Values {
        operator: "is",
        known: &["unread", "read", "flagged"],
        others: &[
            ("starred", "flagged"),
            ("important", "flagged"),
            ("new", "unread"),
            ("unseen", "unread"),
            ("seen", "read"),
        ],
    },
];
/// What other programs call an operator.
const OTHERS: [(&str, &str); 10] = [
    ("cc", "to"),
    ("bcc", "to"),
    ("sender", "from"),
    ("recipient", "to"),
    ("title", "subject"),
    ("folder", "in"),
    ("label", "in"),
    ("since", "after"),
    ("until", "before"),
    ("older", "before"),
];
/// What stands before a colon and is meant as it stands.
const NO_OPERATORS: [&str; 2] = ["mailto", "tel"];
/// Shorter names are those of answers (`Re:`, `Fwd:`) unless they are near an operator's.
const NAME_MIN: usize = 4;
/// What well-known folders are called where people name them.
const WELL_KNOWN: [&str; 6] = ["inbox", "drafts", "sent", "archive", "deleted", "junk"];

impl Remark {
    pub(super) fn new(about: About, token: Token<'_>, instead: Vec<String>) -> Self {
        Self {
            about,
            typed: token.typed.to_owned(),
            instead,
        }
    }
}

/// What is to be said of a token that is taken as words, and `next` after it; usually nothing.
pub(super) fn of_words(token: Token<'_>, next: Option<Token<'_>>) -> Option<Remark> {
    let operator = token.operator.to_ascii_lowercase();
    // Names of operators are letters; a time, an address on the web or a subject's "Re:" is none.
    let is_name = operator.len() > 1 && operator.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_name || token.value.starts_with("//") {
        return None;
    }
    let is_known = OPERATORS.contains(&&*operator);
    match (is_known, token.value.is_empty()) {
        (true, true) => {
            // The value may stand behind a space.
            let instead = next
                .filter(|next| next.operator.is_empty())
                .map(|next| format!("{operator}:{}", next.typed));
            let mut remark = Remark::new(About::NoValue, token, Vec::new());
            if let (Some(next), Some(instead)) = (next, instead) {
                remark.typed = format!("{} {}", token.typed, next.typed);
                remark.instead.push(instead);
            }
            Some(remark)
        }
        (true, false) => Some(Remark::new(
            About::UnknownValue,
            token,
            values_near(&operator, token.value),
        )),
        (false, true) => None,
        (false, false) => {
            let meant = OTHERS.iter().find(|(other, _)| *other == operator);
            let near = match meant {
                Some((_, meant)) => vec![*meant],
                None => near::nearest(&operator, OPERATORS.into_iter()),
            };
            let is_short = near.is_empty() && operator.len() < NAME_MIN;
            if is_short || NO_OPERATORS.contains(&&*operator) {
                return None;
            }
            let value = &token.typed[operator.len() + 1..];
            let instead = near.into_iter().map(|name| format!("{name}:{value}"));
            Some(Remark::new(
                About::UnknownOperator,
                token,
                instead.collect(),
            ))
        }
    }
}

fn values_near(operator: &str, value: &str) -> Vec<String> {
    let value = value.to_ascii_lowercase();
    let Some(takes) = VALUES.iter().find(|one| one.operator == operator) else {
        return Vec::new();
    };
    let alias = takes.others.iter().find(|(other, _)| *other == value);
    let meant = match alias {
        Some((_, meant)) => vec![*meant],
        None => near::nearest(&value, takes.known.iter().copied()),
    };
    let meant = meant.into_iter();
    meant.map(|value| format!("{operator}:{value}")).collect()
}

impl Search {
    /// What is to be said of the folders that `typed` names, given all those there are by name: those
    /// that are not among them, with the nearest.
    pub fn folder_remarks(typed: &str, folders: &[(String, Option<WellKnown>)]) -> Vec<Remark> {
        let named = tokens(typed)
            .into_iter()
            .filter(|token| token.operator.eq_ignore_ascii_case("in") && !token.value.is_empty());
        let missing = named.filter(|token| {
            let search = Self::in_utc(token.typed);
            let mut folders = folders.iter();
            !folders.any(|(name, known)| search.is_folder(name, *known))
        });
        missing
            .map(|token| {
                let names = folders.iter().map(|(name, _)| name.as_str());
                let near = near::nearest(token.value, names.chain(WELL_KNOWN));
                let exist = near.into_iter().filter(|name| {
                    let search = Self::in_utc(&named_folder(name));
                    let mut folders = folders.iter();
                    folders.any(|(name, known)| search.is_folder(name, *known))
                });
                let instead = exist.map(named_folder).collect();
                Remark::new(About::NoFolder, token, instead)
            })
            .collect()
    }
}

fn named_folder(name: &str) -> String {
    if name.contains(char::is_whitespace) {
        format!("in:\"{name}\"")
    } else {
        format!("in:{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a search: about, what was typed, what it could be instead.
    fn said(typed: &str) -> String {
        told(&Search::in_utc(typed).remarks)
    }

    fn told(remarks: &[Remark]) -> String {
        let one = |remark: &Remark| {
            let instead = remark.instead.join(" | ");
            format!("{:?} [{}] {instead}", remark.about, remark.typed)
        };
        let told: Vec<_> = remarks.iter().map(one).collect();
        told.join("; ").trim_end().to_owned()
    }

    #[test]
    fn what_may_be_meant_otherwise_is_said() {
        for (typed, expected) in [
            ("plan", ""),
            ("Re: plan", ""),
            ("at 10:30 http://a.test c:x 12:x", ""),
            ("form:ada plan", "UnknownOperator [form:ada] from:ada"),
            (
                "form:\"Ada L\"",
                "UnknownOperator [form:\"Ada L\"] from:\"Ada L\"",
            ),
            ("label:urgent", "UnknownOperator [label:urgent] in:urgent"),
            ("CC:ada", "UnknownOperator [CC:ada] to:ada"),
            ("frm:ada", "UnknownOperator [frm:ada] from:ada"),
            ("colour:red", "UnknownOperator [colour:red]"),
            ("Re:plan fwd:x mailto:ada@x.test", ""),
            ("is:starred", "UnknownValue [is:starred] is:flagged"),
            ("is:unred", "UnknownValue [is:unred] is:unread"),
            (
                "has:attachement",
                "UnknownValue [has:attachement] has:attachment",
            ),
            ("has:wings", "UnknownValue [has:wings]"),
            ("from: ada", "NoValue [from: ada] from:ada"),
            (
                "from: \"Ada L\"",
                "NoValue [from: \"Ada L\"] from:\"Ada L\"",
            ),
            ("from: is:read", "NoValue [from:]"),
            ("plan to:", "NoValue [to:]"),
            (
                "before:31.8.2026",
                "NotADate [before:31.8.2026] before:2026-08-31",
            ),
            ("AFTER:soon", "NotADate [AFTER:soon]"),
            ("after:2026 before:2025", "NoTime [after:2026 before:2025]"),
            ("after:2026 before:2026", "NoTime [after:2026 before:2026]"),
            ("is:unread x is:read", "Overruled [is:unread]"),
            ("is:unread is:unread", ""),
        ] {
            assert_eq!(said(typed), expected, "{typed}");
        }
    }

    #[test]
    fn folders_that_are_not_there_are_said_with_those_that_are_near() {
        let folders = [
            ("Inbox".to_owned(), Some(WellKnown::Inbox)),
            ("Gesendet".to_owned(), Some(WellKnown::SentItems)),
            ("Invoices".to_owned(), None),
            ("Old invoices".to_owned(), None),
        ];
        for (typed, expected) in [
            ("plan in:invoices in:sent", ""),
            ("in:Invoises", "NoFolder [in:Invoises] in:Invoices"),
            (
                "in:\"voices\" plan",
                "NoFolder [in:\"voices\"] in:Invoices | in:\"Old invoices\"",
            ),
            ("in:snet", "NoFolder [in:snet] in:sent"),
            ("in:drafst", "NoFolder [in:drafst]"),
            ("in:nowhere in:inbox", "NoFolder [in:nowhere]"),
            ("in:", ""),
        ] {
            assert_eq!(
                told(&Search::folder_remarks(typed, &folders)),
                expected,
                "{typed}"
            );
        }
    }

    /// Whatever is typed: what a remark is about stands there, so that it can be replaced.
    #[test]
    fn what_a_remark_is_about_stands_in_what_was_typed() {
        const PIECES: [&str; 16] = [
            "\"",
            "“",
            "from:",
            "before:",
            "is:",
            "in:",
            "foo:",
            ":",
            " ",
            "2026-",
            "é",
            "東",
            "unread",
            "a",
            "//",
            "after:2026 ",
        ];
        let mut state = 11_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize
        };
        let mut remarks = 0;
        for _ in 0..5_000 {
            let count = next() % 9;
            let typed: String = (0..count).map(|_| PIECES[next() % PIECES.len()]).collect();
            let mut all = Search::in_utc(&typed).remarks;
            all.extend(Search::folder_remarks(&typed, &[]));
            for remark in all {
                let is_there = remark.about == About::NoTime || typed.contains(&remark.typed);
                let is_joined = remark.about == About::NoValue && !is_there;
                assert!(is_there || is_joined, "{remark:?} in {typed:?}");
                remarks += 1;
            }
        }
        assert!(remarks > 1_000, "{remarks}");
    }
}
