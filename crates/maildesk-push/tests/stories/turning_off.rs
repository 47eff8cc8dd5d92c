//! Turning push off: for a mailbox, with a mailbox, and for the whole server.

use std::time::Duration;

use http::Method;
use maildesk_model::intent::{IntentState, Want};
use maildesk_model::push::PushState;
use maildesk_model::{Clock, MailboxId};
use maildesk_store::contract::{ConnectionStore, MailboxStore, PushStore};
use serde_json::json;

use crate::office::{ADA, BOB};
use crate::world::{World, stories};

stories!(
    it_is_deleted_at_microsoft_and_off_here,
    turning_off_what_never_was_on_is_fine,
    while_microsoft_is_away_it_is_off_here_and_deleted_later,
    a_removed_mailbox_leaves_nothing_behind,
    a_removed_mailbox_whose_sign_in_ended_is_given_up_after_a_while,
    a_disconnected_mailbox_leaves_nothing_and_wants_push_again,
    while_microsoft_is_away_a_disconnected_mailbox_keeps_its_tokens_some_hours,
    a_disconnected_mailbox_whose_sign_in_ended_keeps_no_tokens,
    a_server_without_push_removes_all_and_registers_nothing,
    a_server_that_has_push_again_goes_on,
);

async fn it_is_deleted_at_microsoft_and_off_here(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let intent = world.want(ada, Want::TurnOffPush).await;
    world.settle().await;
    assert_eq!(world.intent(intent).await, IntentState::Done);
    assert!(world.office.subscriptions().await.is_empty());
    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.subscription), (PushState::Off, None));
    assert_eq!(
        world.events(ada).await,
        ["registered", "turned_off", "removed"]
    );
    world.pass(Duration::from_hours(24 * 30)).await;
    assert!(world.office.subscriptions().await.is_empty());
}

async fn turning_off_what_never_was_on_is_fine(world: World) {
    let ada = world.person(ADA).await;
    let intent = world.want(ada, Want::TurnOffPush).await;
    world.settle().await;
    assert_eq!(world.intent(intent).await, IntentState::Done);
    assert_eq!(world.panel(ada).await.state, PushState::Off);
}

async fn while_microsoft_is_away_it_is_off_here_and_deleted_later(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    world.office.line.cut(true);
    let intent = world.want(ada, Want::TurnOffPush).await;
    world.settle().await;
    assert_eq!(world.intent(intent).await, IntentState::Waiting);
    assert_eq!(world.panel(ada).await.state, PushState::Off);
    // Nobody waits for ever.
    for _ in 0..12 {
        world.pass(Duration::from_secs(10)).await;
    }
    assert_eq!(world.intent(intent).await, IntentState::Done);
    assert_eq!(world.office.subscriptions().await.len(), 1);
    assert_eq!(world.panel(ada).await.leaving, 1, "and the panel says so");
    let told = world.events(ada).await;
    assert!(told.contains(&"removal_failed".to_owned()), "{told:?}");

    world.office.line.cut(false);
    world.pass(Duration::from_hours(1)).await;
    assert!(world.office.subscriptions().await.is_empty());
    let off = world.events(ada).await;
    assert_eq!(off.iter().filter(|kind| *kind == "turned_off").count(), 1);
}

async fn a_removed_mailbox_leaves_nothing_behind(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let now = world.clock.now();
    let removed = world.store().remove_mailbox(world.admin, ada, now);
    assert!(removed.await.unwrap());
    world.settle().await;
    assert!(world.office.subscriptions().await.is_empty());
    assert!(world.store().connection(ada).await.unwrap().is_none());
    assert_eq!(world.store().next_push_at(now).await.unwrap(), None);
}

async fn a_removed_mailbox_whose_sign_in_ended_is_given_up_after_a_while(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let revoke = json!({"revokeSignIns": true});
    world
        .office
        .tell(Method::PATCH, &format!("mailboxes/{ADA}"), revoke)
        .await;
    world.clock.advance(Duration::from_hours(3));
    let now = world.clock.now();
    let removed = world.store().remove_mailbox(world.admin, ada, now);
    assert!(removed.await.unwrap());
    for _ in 0..24 {
        world.pass(Duration::from_hours(1)).await;
    }
    let now = world.clock.now();
    assert_eq!(world.store().next_push_at(now).await.unwrap(), None);
    assert!(world.store().connection(ada).await.unwrap().is_none());
}

async fn disconnect(world: &World, id: MailboxId) {
    let now = world.clock.now();
    let done = world.store().disconnect_mailbox(world.admin, id, now);
    assert!(done.await.unwrap());
}

async fn has_tokens(world: &World, id: MailboxId) -> bool {
    let row = world.store().connection(id).await.unwrap();
    row.expect("the mailbox is there").tokens.is_some()
}

async fn a_disconnected_mailbox_leaves_nothing_and_wants_push_again(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    disconnect(&world, ada).await;
    world.settle().await;
    assert!(world.office.subscriptions().await.is_empty());
    assert!(!has_tokens(&world, ada).await);
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::NotReady);
    let reasons: Vec<_> = panel.reasons.iter().map(|one| &*one.code).collect();
    assert_eq!(reasons, ["disconnected"]);
    let intent = world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    assert_eq!(world.refusal(intent).await, "not_ready");
    world.pass(Duration::from_hours(48)).await;
    assert!(world.office.subscriptions().await.is_empty());

    world.connect(ada, ADA).await;
    world.settle().await;
    assert_eq!(world.office.subscriptions().await.len(), 1);
    assert_eq!(world.panel(ada).await.state, PushState::Active);
}

async fn while_microsoft_is_away_a_disconnected_mailbox_keeps_its_tokens_some_hours(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    world.office.line.cut(true);
    disconnect(&world, ada).await;
    world.settle().await;
    assert!(has_tokens(&world, ada).await);
    for _ in 0..24 {
        world.pass(Duration::from_hours(1)).await;
    }
    assert!(!has_tokens(&world, ada).await);
    let now = world.clock.now();
    assert_eq!(world.store().next_push_at(now).await.unwrap(), None);
}

async fn a_disconnected_mailbox_whose_sign_in_ended_keeps_no_tokens(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let revoke = json!({"revokeSignIns": true});
    world
        .office
        .tell(Method::PATCH, &format!("mailboxes/{ADA}"), revoke)
        .await;
    world.clock.advance(Duration::from_hours(3));
    disconnect(&world, ada).await;
    world.settle().await;
    assert!(!has_tokens(&world, ada).await);
    assert_eq!(world.events(ada).await.last().unwrap(), "given_up");
}

async fn a_server_without_push_removes_all_and_registers_nothing(mut world: World) {
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    let bob = world.organisation(BOB).await;
    world.register(bob).await;
    world.restart(false);
    world.settle().await;
    // Each mailbox has its turn.
    world.pass(std::time::Duration::from_secs(1)).await;
    assert!(world.office.subscriptions().await.is_empty());
    for id in [ada, bob] {
        assert_eq!(world.panel(id).await.state, PushState::Off);
    }
    let intent = world.want(ada, Want::RegisterPush).await;
    world.pass(Duration::from_hours(48)).await;
    assert_eq!(world.refusal(intent).await, "push_disabled");
    assert!(world.office.subscriptions().await.is_empty());
}

async fn a_server_that_has_push_again_goes_on(mut world: World) {
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    world.restart(false);
    world.settle().await;
    assert!(world.office.subscriptions().await.is_empty());
    world.restart(true);
    world.settle().await;
    assert_eq!(world.office.subscriptions().await.len(), 1);
    assert_eq!(world.panel(ada).await.state, PushState::Active);
}
