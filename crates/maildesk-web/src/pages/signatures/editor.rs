//! The form in which a signature is written, as both pages show it.

use maildesk_model::signature::SIGNATURE_MAX;

use crate::signature::SignatureError;
use crate::words::Words;

/// What the form shows.
#[derive(Debug)]
pub(super) struct Editor {
    /// Where it is sent.
    pub(super) action: String,
    /// Where a preview of it comes from, and the address of the one that is kept.
    pub(super) preview: String,
    pub(super) kept: String,
    /// What one can have: name, words, chosen. Nothing to choose is nothing said.
    pub(super) choices: Vec<(&'static str, String, bool)>,
    /// What stands in it.
    pub(super) html: String,
    pub(super) wrong: Option<String>,
}

/// Why a signature is not taken, in words.
pub(super) fn why_not(words: Words, error: SignatureError) -> String {
    match error {
        SignatureError::TooLong => words.fill("signature-too-long", (SIGNATURE_MAX >> 10) as i64),
        SignatureError::TooDeep => words.say("signature-too-deep"),
    }
    .into_owned()
}
