//! The properties of `fuzz/`, held to the corpora there and to variations of them. `cargo xtask
//! fuzz` looks for hours and remembers what it found as one more file of a corpus.

#[path = "../../../../fuzz/properties/answer.rs"]
mod answer;
#[path = "../../../../fuzz/properties/notification.rs"]
mod notification;
#[path = "../../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../../fuzz/properties/validation.rs"]
mod validation;

use replay::replay;

#[test]
fn whatever_is_posted_is_read_as_what_it_is() {
    replay("notification", 20_000, notification::check);
}

#[test]
fn every_validation_is_echoed_or_refused() {
    replay("validation", 20_000, validation::check);
}

#[test]
fn every_answer_is_a_value_or_a_decision() {
    replay("answer", 3_000, answer::check);
}
