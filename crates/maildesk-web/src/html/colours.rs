//! What colours a mail brings, as far as it matters on a dark desk.
//!
//! Read off what the cleaner has made, where colours stand in styles and in three attributes.

/// What is to be done on a dark desk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Colours {
    /// It brings none and takes those of the desk.
    Desk,
    /// Made for white paper.
    Light,
    /// Made dark by its sender.
    Dark,
}

/// What stands before a colour.
const BEFORE: [&str; 4] = [" bgcolor=\"", "background-color:", " color=\"", "color:"];
/// Darker than this, of 255, is dark.
const DARK: u32 = 96;

/// The colours of cleaned HTML: its first background decides whether it is dark.
pub(crate) fn colours(html: &str) -> Colours {
    let background = BEFORE[..2]
        .iter()
        .filter_map(|before| colour_after(html, before))
        .min_by_key(|(at, _)| *at);
    match background {
        Some((_, value)) if luminance(value).is_some_and(|light| light < DARK) => Colours::Dark,
        Some(_) => Colours::Light,
        None if BEFORE[2..].iter().any(|before| html.contains(before)) => Colours::Light,
        None => Colours::Desk,
    }
}

/// The first value behind these words that is a colour at all, and where it stands.
fn colour_after<'a>(html: &'a str, before: &str) -> Option<(usize, &'a str)> {
    html.match_indices(before).find_map(|(at, _)| {
        let value = &html[at + before.len()..];
        let end = value.find(['"', ';']).unwrap_or(value.len());
        let value = value[..end].trim();
        let is_none = ["", "transparent", "inherit", "initial", "unset", "none"]
            .iter()
            .any(|none| value.eq_ignore_ascii_case(none));
        (!is_none).then_some((at, value))
    })
}

/// How light a colour is, of 255; of names only those that dark mail is made with.
fn luminance(value: &str) -> Option<u32> {
    let value = value.to_ascii_lowercase();
    let parts: Vec<u32> = if let Some(hex) = value.strip_prefix('#') {
        let digits: Option<Vec<u32>> = hex.chars().map(|c| c.to_digit(16)).collect();
        let digits = digits?;
        match digits.len() {
            3 | 4 => digits.iter().map(|digit| digit * 17).collect(),
            6 | 8 => digits.chunks(2).map(|two| two[0] * 16 + two[1]).collect(),
            _ => return None,
        }
    } else if let Some(rest) = value.strip_prefix("rgb") {
        let inside = rest.trim_start_matches('a').trim_matches(['(', ')']);
        let parts = inside
            .split([',', ' ', '/'])
            .filter(|part| !part.is_empty());
        parts.map_while(|part| part.parse().ok()).collect()
    } else if ["black", "navy", "midnightblue", "darkslategray"].contains(&value.as_str()) {
        vec![0, 0, 0]
    } else {
        return None;
    };
    let [red, green, blue] = parts.get(..3)?.try_into().ok()?;
    Some((red * 299 + green * 587 + blue * 114) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_background_decides() {
        for (html, wanted) in [
            ("<p>a</p>", Colours::Desk),
            ("<p style=\"font-size:2em\">a color</p>", Colours::Desk),
            ("<font color=\"red\">a</font>", Colours::Light),
            ("<p style=\"color:rgb(0,0,0)\">a</p>", Colours::Light),
            ("<p style=\"background-color:#fff\">a</p>", Colours::Light),
            (
                "<table bgcolor=\"#101820\"><td style=\"background-color:white\">",
                Colours::Dark,
            ),
            (
                "<p style=\"background-color:transparent\"><p style=\"background-color:rgb(20, 20, 30)\">",
                Colours::Dark,
            ),
            (
                "<p style=\"background-color:rgba(250,250,250,.5)\">",
                Colours::Light,
            ),
            ("<p style=\"background-color:#12\">", Colours::Light),
        ] {
            assert_eq!(colours(html), wanted, "{html}");
        }
    }
}
