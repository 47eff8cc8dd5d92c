//! Renewing: in good time, not too often, and what happens when it does not work.

use std::time::Duration;

use http::Method;
use maildesk_model::Clock;
use maildesk_model::intent::{IntentState, Want};
use maildesk_model::push::PushState;
use maildesk_store::contract::PushStore;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::office::ADA;
use crate::world::{World, stories, until};

stories!(
    it_is_renewed_in_good_time_again_and_again,
    registering_and_renewing_take_a_token_issued_now,
    renewing_waits_ten_minutes_between_tries_is_seen_and_recovers,
    what_microsoft_has_dropped_is_created_anew,
    what_has_ended_meanwhile_is_created_anew,
    another_base_url_replaces_it,
    a_base_url_that_will_not_do_changes_nothing,
    a_sign_in_that_ended_is_seen_and_a_new_one_heals,
    two_nodes_share_the_work,
    a_long_call_keeps_its_mailbox,
    it_runs_until_told_to_stop,
);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

async fn it_is_renewed_in_good_time_again_and_again(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let id = world.panel(ada).await.subscription;
    // Longer than two granted lives.
    let hours = 24 * 13;
    for hour in 0..hours {
        world.pass(HOUR).await;
        let panel = world.panel(ada).await;
        // Nobody writes to Ada all the time, which is no fault.
        let works = matches!(panel.state, PushState::Active | PushState::Quiet);
        assert!(works && panel.subscription == id, "{hour}: {panel:?}");
        let left = panel.expires_at.unwrap().since(world.clock.now());
        assert!(left >= 23 * HOUR, "{left:?} left after {hour} hours");
    }
    // Microsoft challenges a delegated subscription whenever the token behind it is about to end,
    // about once an hour, and each challenge is one renewal (P13).
    let renewals = world.office.line.asked_for("PATCH");
    assert!((hours / 3..=hours).contains(&renewals), "{renewals}");
    assert_eq!(world.office.line.asked_for("POST /v1.0/subscriptions"), 1);
    assert!(world.events(ada).await.contains(&"renewed".to_owned()));
}

async fn registering_and_renewing_take_a_token_issued_now(world: World) {
    let ada = world.person(ADA).await;
    world.settle().await;
    let tokens = || world.office.line.tokens_asked();
    let before = tokens();
    world.register(ada).await;
    assert_eq!(
        tokens(),
        before + 1,
        "the sign-in's own token was still good"
    );
    world.clock.advance(5 * DAY);
    // Sync has just had the token refreshed for purposes of its own.
    world.want(ada, Want::CheckPush).await;
    let before = tokens();
    world.settle().await;
    assert_eq!(world.office.line.asked_for("PATCH"), 1);
    assert_eq!(tokens(), before + 2);
}

async fn renewing_waits_ten_minutes_between_tries_is_seen_and_recovers(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    world.clock.advance(5 * DAY);
    world.office.faults(json!({"graph": {"error5xx": 1}})).await;
    let mut tries = Vec::new();
    for minute in 0..6 * 60 {
        world.pass(Duration::from_mins(1)).await;
        if world.office.line.asked_for("PATCH") > tries.len() {
            tries.push(minute);
        }
    }
    assert!((8..=20).contains(&tries.len()), "{tries:?}");
    assert!(
        tries.windows(2).all(|pair| pair[1] - pair[0] >= 10),
        "{tries:?}"
    );
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Renewing);
    assert!(panel.trouble.is_some());
    assert!(
        world
            .events(ada)
            .await
            .contains(&"renewal_failed".to_owned())
    );

    world.office.faults(json!({})).await;
    world.pass(HOUR).await;
    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.trouble), (PushState::Quiet, None));
    assert!(panel.expires_at.unwrap().since(world.clock.now()) > 5 * DAY);
}

async fn what_microsoft_has_dropped_is_created_anew(world: World) {
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    let old = world.panel(ada).await.subscription.unwrap();
    let path = format!("subscriptions/{old}");
    world.office.graph(Method::DELETE, &path, json!(null)).await;
    world.pass(5 * DAY).await;
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Active);
    assert_ne!(panel.subscription.as_ref(), Some(&old));
    assert_eq!(
        world.events(ada).await,
        ["registered", "gone", "registered"]
    );
    assert_eq!(world.office.subscriptions().await.len(), 1);
}

async fn what_has_ended_meanwhile_is_created_anew(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    // The server was off for weeks.
    world.pass(30 * DAY).await;
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Active);
    assert_eq!(
        world.events(ada).await,
        ["registered", "expired", "registered"]
    );
    assert_eq!(world.office.subscriptions().await.len(), 1);
}

async fn another_base_url_replaces_it(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let old = world.panel(ada).await.subscription;
    world.set_base_url("https://push.example.com").await;
    world.settle().await;
    let there = world.office.subscriptions().await;
    assert_eq!(there.len(), 1);
    let url = "https://push.example.com/maildesk/push/outlook";
    assert_eq!(there[0]["notificationUrl"], url);
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Active);
    assert_ne!(panel.subscription, old);
}

async fn a_base_url_that_will_not_do_changes_nothing(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let before = world.panel(ada).await.subscription;
    world.set_base_url("http://push.example.com").await;
    world.settle().await;
    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.ready), (PushState::Active, false));
    assert_eq!(panel.subscription, before);
    assert_eq!(panel.reasons[0].code, "base_url_not_https");
}

async fn a_sign_in_that_ended_is_seen_and_a_new_one_heals(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let revoke = json!({"revokeSignIns": true});
    world
        .office
        .tell(Method::PATCH, &format!("mailboxes/{ADA}"), revoke)
        .await;
    for _ in 0..7 * 24 {
        world.pass(HOUR).await;
    }
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::NotReady);
    assert_eq!(panel.reasons[0].code, "token_unusable");
    let events = world.events(ada).await;
    assert!(events.contains(&"gone".to_owned()), "{events:?}");
    world.connect(ada, ADA).await;
    world.settle().await;
    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.trouble), (PushState::Active, None));
}

async fn two_nodes_share_the_work(mut world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let here = world.push.clone();
    world.restart(true);
    world.clock.advance(5 * DAY);
    let (one, other) = tokio::join!(here.step_once(), world.push.step_once());
    assert!(one.unwrap() || other.unwrap());
    world.settle().await;
    assert_eq!(world.office.line.asked_for("PATCH"), 1);
}

async fn a_long_call_keeps_its_mailbox(mut world: World) {
    let ada = world.person(ADA).await;
    let hold = world.office.line.hold();
    world.want(ada, Want::RegisterPush).await;
    let here = world.push.clone();
    world.restart(true);
    let working = tokio::spawn(async move { here.step_once().await });
    until(async || world.office.line.asked().len() == 1).await;
    let sleepers = world.clock.sleepers();
    for _ in 0..6 {
        // The lease can be seen kept up before its keeper sleeps again.
        until(async || world.clock.sleepers() >= sleepers).await;
        world.clock.advance(Duration::from_secs(5));
        let store = world.store();
        let soon = world.clock.now().plus(Duration::from_secs(14));
        until(async || store.next_push_at(soon).await.unwrap() >= Some(soon)).await;
        assert!(!world.push.step_once().await.unwrap(), "it is taken");
    }
    drop(hold);
    assert!(working.await.unwrap().unwrap());
    assert_eq!(world.panel(ada).await.state, PushState::Active);
}

async fn it_runs_until_told_to_stop(world: World) {
    let ada = world.person(ADA).await;
    let stop = CancellationToken::new();
    let push = world.push.clone();
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { push.run(stop).await }
    });
    let intent = world.want(ada, Want::RegisterPush).await;
    until(async || world.intent(intent).await == IntentState::Done).await;
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(20), running).await;
    ended.expect("it should have ended by now").unwrap();
}
