//! The states of push in words and colours, the same on every page.

use maildesk_model::push::PushState;

use crate::words::Words;

/// A state as a badge shows it.
#[derive(Clone, Debug)]
pub(crate) struct StateBadge {
    /// One or two words.
    pub(crate) text: String,
    /// The badge's class.
    pub(crate) class: &'static str,
}

/// The badge of a state.
pub(crate) fn badge(words: Words, state: PushState) -> StateBadge {
    let (text, class) = match state {
        PushState::Off => (words.say("push-off"), ""),
        PushState::NotReady => (words.say("push-not-ready"), "warn"),
        PushState::Active => (words.say("push-active"), "good"),
        PushState::Renewing => (words.say("push-renewing"), "accent"),
        PushState::Quiet => (words.say("push-quiet"), "good"),
        PushState::Broken => (words.say("push-broken"), "bad"),
    };
    StateBadge {
        text: text.into_owned(),
        class,
    }
}

/// The worst first: what needs somebody, then what is under way, then what works, then what is off.
pub(super) const fn rank(state: PushState) -> u8 {
    match state {
        PushState::Broken => 0,
        PushState::NotReady => 1,
        PushState::Renewing => 2,
        PushState::Quiet => 3,
        PushState::Active => 4,
        PushState::Off => 5,
    }
}
