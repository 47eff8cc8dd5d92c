//! The states of push in words and colours, the same on every page.

use maildesk_model::push::PushState;

use crate::pages::shell::Shell;
use crate::words::Words;

/// A state as a badge shows it.
#[derive(Clone, Debug)]
pub(crate) struct StateBadge {
    /// One or two words.
    pub(crate) text: String,
    /// The badge's class.
    pub(crate) class: &'static str,
}

/// The badge of a state; on a server without push what brings the mail instead.
pub(crate) fn badge(shell: &Shell, state: PushState) -> StateBadge {
    let words = shell.words;
    let (text, class) = match state {
        _ if shell.no_push.is_some() => (words.say("push-scheduled"), ""),
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

/// Whether a subscription lives in this state.
pub(crate) const fn lives(state: PushState) -> bool {
    matches!(
        state,
        PushState::Active | PushState::Renewing | PushState::Quiet
    )
}

/// What a state means, in a sentence; `interval` is that of the schedule.
pub(super) fn about(words: Words, state: PushState, interval: String) -> String {
    match state {
        PushState::Off => words.fill("push-off-about", interval),
        PushState::NotReady => words.fill("push-not-ready-about", interval),
        PushState::Active => words.say("push-active-about"),
        PushState::Renewing => words.say("push-renewing-about"),
        PushState::Quiet => words.say("push-quiet-about"),
        PushState::Broken => words.fill("push-broken-about", interval),
    }
    .into_owned()
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
