//! Stories that seeds decide all come right, on both engines; one seed is one run; and each planted
//! bug is found, or nothing of this proves anything.

use maildesk_testkit::engine::Engine;
use maildesk_testkit::simulation::{Bug, Story, Telling, send, tell};

/// A seed that goes wrong says how to see it again.
fn come_right(seeds: std::ops::Range<u64>, engine: Engine) {
    for seed in seeds {
        let telling = Telling {
            engine,
            ..Telling::PLAIN
        };
        let outcome = tell(&Story::of(seed), telling);
        assert!(
            outcome.wrongs.is_empty(),
            "cargo xtask replay {seed} ({engine:?}): {:#?}",
            outcome.wrongs
        );
    }
}

#[test]
fn seeds_0_to_49_come_right() {
    come_right(0..50, Engine::Sqlite);
}

#[test]
fn seeds_50_to_99_come_right() {
    come_right(50..100, Engine::Sqlite);
}

#[test]
fn seeds_100_to_149_come_right() {
    come_right(100..150, Engine::Sqlite);
}

#[test]
fn seeds_150_to_199_come_right() {
    come_right(150..200, Engine::Sqlite);
}

#[test]
fn twenty_seeds_come_right_on_postgres() {
    come_right(200..220, Engine::Postgres);
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in [3, 104] {
        let story = Story::of(seed);
        let runs = [(); 2].map(|()| tell(&story, Telling::PLAIN).fingerprint);
        assert_eq!(runs[0], runs[1], "seed {seed}");
    }
}

/// Most seeds that a planted bug may take to be found.
const FOUND_WITHIN: u64 = 200;

macro_rules! found {
    ($($name:ident: $bug:ident),* $(,)?) => {
        mod found {
            use super::*;

            $(#[test]
            fn $name() {
                let telling = Telling { bug: Some(Bug::$bug), ..Telling::PLAIN };
                let is_found = |seed: &u64| !tell(&Story::of(*seed), telling).wrongs.is_empty();
                let seed = (0..FOUND_WITHIN).find(is_found);
                assert!(seed.is_some(), "{:?} is not found", Bug::$bug);
            })*
        }
    };
}

found! {
    a_lost_stamp: LostStamp,
    a_hint_settled_unread: HintUnread,
    a_link_saved_before_its_rows: LinkBeforeRows,
    a_removal_taken_for_a_deletion: RemovalIsDeletion,
    a_message_never_forgotten: NeverForgotten,
    a_stale_epoch_accepted: StaleEpoch,
    a_mailbox_given_away_twice: DoubleClaim,
    a_doubled_intent: DoubledIntent,
    a_subscription_not_written_down: LostActivation,
    a_token_not_written_down: LostTokens,
    an_event_skipped: EventSkipped,
    an_event_told_twice: EventTwice,
    a_fifth_call: FifthCall,
}

/// Every one of so many mails goes out once, whatever the server dies of on the way.
fn go_out_once(seed: u64, mails: usize, engine: Engine) {
    let telling = Telling {
        engine,
        ..Telling::PLAIN
    };
    let sent = send(seed, mails, telling);
    assert!(sent.wrongs.is_empty(), "seed {seed}: {:#?}", sent.wrongs);
    assert!(sent.kills >= mails, "{} kills", sent.kills);
    let lost = sent.faults.get("error503").copied().unwrap_or(0);
    assert!(lost >= mails as u64, "{:?}", sent.faults);
}

#[test]
fn two_hundred_mails_go_out_once_though_the_server_is_killed_in_each() {
    go_out_once(1, 200, Engine::Sqlite);
}

#[test]
fn twenty_mails_go_out_once_on_postgres() {
    go_out_once(2, 20, Engine::Postgres);
}
