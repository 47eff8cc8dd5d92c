//! The properties of `fuzz/` for HTML, held to the corpus there and to variations of it.

#[path = "../../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../../fuzz/properties/sanitiser.rs"]
mod sanitiser;

#[test]
fn whatever_html_comes_what_is_left_is_harmless() {
    replay::replay("sanitiser", 2_000, sanitiser::check);
}
