//! Finds what a plain text quotes: lines that begin with `>`, and everything below the line that a mail
//! program draws above the mail that is answered.

use std::ops::Range;

/// Quoted lines as few as these stay where something is written below them: they are what that answers.
const FEW: usize = 3;
/// Above a quotation stands who wrote it, in so many lines at most.
const INTRODUCED_BY: usize = 2;
/// What a line of signs is at least, that Outlook draws above what it quotes.
const RULE_MIN: usize = 20;

/// What of the text can be folded, in order; whole lines. Nothing if everything is quoted.
pub(super) fn quoted(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let lines: Vec<Range<usize>> = text
        .split_inclusive('\n')
        .map(|line| {
            at += line.len();
            at - line.len()..at
        })
        .collect();
    let line = |n: usize| text[lines[n].clone()].trim();
    let mut found = Vec::new();
    let mut n = 0;
    while n < lines.len() {
        if begins_the_rest(line(n), lines.get(n + 1).map(|_| line(n + 1))) {
            found.push(n..lines.len());
            break;
        }
        if !line(n).starts_with('>') {
            n += 1;
            continue;
        }
        let mut end = n + 1;
        let mut next = end;
        while next < lines.len() && (line(next).is_empty() || line(next).starts_with('>')) {
            next += 1;
            if line(next - 1).starts_with('>') {
                end = next;
            }
        }
        found.push(introduced(n, found.last(), &line)..end);
        n = end;
    }
    let is_seen = |range: Range<usize>| range.into_iter().any(|n| !line(n).is_empty());
    let mut written = 0;
    let mut is_written = false;
    for one in &found {
        is_written |= is_seen(written..one.start);
        written = one.end;
    }
    if !is_written && !is_seen(written..lines.len()) {
        return Vec::new();
    }
    let is_worth_it = |one: &Range<usize>| one.len() > FEW || !is_seen(one.end..lines.len());
    found.retain(is_worth_it);
    let whole = |one: Range<usize>| lines[one.start].start..lines[one.end - 1].end;
    found.into_iter().map(whole).collect()
}

/// The first line of what introduces the quotation that begins at this line: "On Monday, Ada wrote:".
fn introduced<'a>(
    n: usize,
    before: Option<&Range<usize>>,
    line: &impl Fn(usize) -> &'a str,
) -> usize {
    let first = before.map_or(0, |before| before.end);
    let mut last = n;
    while last > first && line(last - 1).is_empty() {
        last -= 1;
    }
    if last == first || n - last > 1 || !line(last - 1).ends_with(':') {
        return n;
    }
    let has_who = |n: usize| line(n).contains(['@', ',', '<']) || line(n).contains("wrote");
    let lines = (first..last).rev().take(INTRODUCED_BY);
    let paragraph = lines.take_while(|n| !line(*n).is_empty());
    let begin = paragraph.last().unwrap_or(last - 1);
    // A paragraph of what was written may end so, too; then it is longer.
    let is_whole = begin == first || line(begin - 1).is_empty();
    match (is_whole, has_who(last - 1)) {
        (true, _) if (begin..last).any(has_who) => begin,
        (false, true) => last - 1,
        _ => n,
    }
}

/// Whether everything from here on is a mail that is answered.
fn begins_the_rest(line: &str, next: Option<&str>) -> bool {
    let words = line.trim_matches(['-', ' ']);
    let is_dashed = line.starts_with("--") && line.ends_with("--");
    let is_rule = line.len() >= RULE_MIN && line.bytes().all(|byte| byte == b'_');
    let is_head = |line: &str| {
        ["From:", "Von:", "De:", "Da:"]
            .iter()
            .any(|name| line.starts_with(name))
    };
    is_dashed && words.eq_ignore_ascii_case("original message")
        || is_rule && next.is_some_and(is_head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn folds(text: &str, wanted: &[&str]) {
        let found = quoted(text);
        let found: Vec<&str> = found.into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn what_is_quoted_is_found_with_what_introduces_it() {
        folds(
            "Yes.\n\nOn Monday, Ada <a@b.example>\nwrote:\n> Do we?\n>\n> Ada\n",
            &["On Monday, Ada <a@b.example>\nwrote:\n> Do we?\n>\n> Ada\n"],
        );
        folds("Yes.\n> Do we?\n\n", &["> Do we?\n"]);
        folds("Agreed to this point:\n> One\nYes.", &[]);
        folds(
            "> 1\n> 2\n>\n\n> 3\nAll four are so.",
            &["> 1\n> 2\n>\n\n> 3\n"],
        );
        folds(
            "Fine.\r\n-----Original Message-----\r\nFrom: Ada\r\n\r\nHi",
            &["-----Original Message-----\r\nFrom: Ada\r\n\r\nHi"],
        );
        let rule = "_".repeat(32);
        folds(
            &format!("Fine.\n{rule}\nFrom: Ada\nHi"),
            &[&format!("{rule}\nFrom: Ada\nHi")],
        );
        folds(&format!("Fine.\n{rule}\nMy signature"), &[]);
    }

    #[test]
    fn where_everything_is_quoted_nothing_is_folded() {
        folds("> All\n> of\n> it\n> is\n", &[]);
        folds("\n-----Original Message-----\nFrom: Ada\n", &[]);
        folds("", &[]);
    }
}
