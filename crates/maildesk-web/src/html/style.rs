//! Which inline styles stay: how text, boxes and tables look. Nothing that can load anything,
//! leave its place on the page or lay itself over something else.

use std::collections::HashSet;

/// Properties that stay. Values are normalised by the cleaner; none of these properties can take
/// an address that a browser would load.
pub(super) fn properties() -> HashSet<&'static str> {
    [
        "background-color",
        "border",
        "border-bottom",
        "border-bottom-color",
        "border-bottom-left-radius",
        "border-bottom-right-radius",
        "border-bottom-style",
        "border-bottom-width",
        "border-collapse",
        "border-color",
        "border-left",
        "border-left-color",
        "border-left-style",
        "border-left-width",
        "border-radius",
        "border-right",
        "border-right-color",
        "border-right-style",
        "border-right-width",
        "border-spacing",
        "border-style",
        "border-top",
        "border-top-color",
        "border-top-left-radius",
        "border-top-right-radius",
        "border-top-style",
        "border-top-width",
        "border-width",
        "box-sizing",
        "caption-side",
        "clear",
        "color",
        "direction",
        "display",
        "empty-cells",
        "float",
        "font",
        "font-family",
        "font-size",
        "font-stretch",
        "font-style",
        "font-variant",
        "font-weight",
        "height",
        "letter-spacing",
        "line-height",
        "list-style-position",
        "list-style-type",
        "margin",
        "margin-bottom",
        "margin-left",
        "margin-right",
        "margin-top",
        "max-height",
        "max-width",
        "min-height",
        "min-width",
        "opacity",
        "overflow",
        "overflow-wrap",
        "padding",
        "padding-bottom",
        "padding-left",
        "padding-right",
        "padding-top",
        "table-layout",
        "text-align",
        "text-decoration",
        "text-decoration-color",
        "text-decoration-line",
        "text-decoration-style",
        "text-indent",
        "text-transform",
        "unicode-bidi",
        "vertical-align",
        "visibility",
        "white-space",
        "width",
        "word-break",
        "word-spacing",
        "word-wrap",
    ]
    .into()
}

/// Functions that only calculate a value.
const FUNCTIONS: [&str; 5] = ["rgb", "rgba", "hsl", "hsla", "calc"];

/// Prepares a style for the cleaner's filter: declarations that call unknown functions go, and
/// what newsletters write as `background: #202020` is called `background-color`, because white
/// text on it is unreadable without it. A colour counts there; an address, which that property
/// cannot take, is ignored by every browser.
pub(super) fn tame(style: &str) -> String {
    let mut tamed = String::with_capacity(style.len() + 16);
    for declaration in style.split(';') {
        let Some((name, value)) = declaration.split_once(':') else {
            continue;
        };
        if !only_calculates(value) || is_of_the_frame(value) {
            continue;
        }
        let name = match name.trim() {
            name if name.eq_ignore_ascii_case("background") => "background-color",
            name => name,
        };
        tamed.extend([name, ":", value, ";"]);
    }
    tamed
}

/// Whether it is measured by the height of the frame, which is as tall as what is in it: it would
/// grow without an end.
fn is_of_the_frame(value: &str) -> bool {
    // Each also in its small, large and dynamic form, and those of a container that is as tall.
    const UNITS: [&str; 8] = ["vh", "vb", "vmin", "vmax", "cqh", "cqb", "cqmin", "cqmax"];
    let value = value.to_ascii_lowercase();
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut words = value.split(|c: char| !is_number(c) && !c.is_ascii_alphabetic());
    words.any(|word| {
        // A number may have an exponent.
        word.starts_with(is_number) && UNITS.iter().any(|unit| word.ends_with(unit))
    })
}

/// No escapes, which could spell anything, no second name, no brackets of other kinds, every bracket and
/// quotation closed (an open one would swallow what follows, in one reader and not in another), and no
/// functions but the harmless ones.
fn only_calculates(value: &str) -> bool {
    let mut depth = 0_i32;
    let is_closed = value.chars().all(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth >= 0
    }) && depth == 0;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut before_brackets = value.split('(').collect::<Vec<_>>();
    before_brackets.pop();
    let is_quoted = ['"', '\'']
        .iter()
        .all(|mark| value.matches(*mark).count() % 2 == 0);
    is_closed
        && is_quoted
        && !value.contains(char::is_control)
        && !value.contains(['\\', '{', '}', '<', '>', '@', ':'])
        && before_brackets.iter().all(|text| {
            let name = text.rsplit(|c| !is_name(c)).next().unwrap_or_default();
            // The cleaner opens a bracket that follows no name, and does not close it.
            FUNCTIONS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        })
}
