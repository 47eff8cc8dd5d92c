//! Registering push: what is asked of Microsoft, what is kept, and what is said when it fails.

use std::time::Duration;

use http::Method;
use maildesk_model::intent::{IntentState, Want};
use maildesk_model::mailbox::Connection;
use maildesk_model::parameter::PUSH_REGISTER_NEW;
use maildesk_model::push::PushState;
use maildesk_model::stamp::Trigger;
use maildesk_model::{Clock, Timestamp};
use maildesk_store::contract::{ConnectionStore, DeskStore, PeopleStore, PushStore};
use serde_json::json;

use crate::office::{ADA, BOB};
use crate::world::{BASE, World, stories, until};

stories!(
    a_person_registers,
    the_organisation_registers,
    what_is_announced_is_stamped,
    one_that_is_not_ready_is_refused_with_reasons_and_registers_itself_later,
    readiness_is_known_before_anybody_asks,
    a_check_looks_anew,
    a_check_asks_microsoft_for_the_subscription_and_makes_another_where_it_is_gone,
    registering_again_rotates_the_secret,
    an_address_nobody_reaches_is_told_in_graphs_words_and_heals,
    a_probe_that_was_answered_is_told_too,
    a_life_that_is_too_long_is_shortened_and_remembered,
    missing_permission_is_found_by_a_real_call,
    two_who_press_the_button_register_once,
    a_quota_is_not_looped_on,
    a_new_mailbox_registers_itself_where_a_parameter_says_so,
);

const MINUTE: Duration = Duration::from_mins(1);

async fn a_person_registers(world: World) {
    let ada = world.person(ADA).await;
    world.sync(ada).await;
    world.settle().await;
    world.register(ada).await;

    let there = world.office.subscriptions().await;
    assert_eq!(there.len(), 1);
    let one = &there[0];
    assert_eq!(one["resource"], "me/messages");
    assert_eq!(one["changeType"], "created,updated,deleted");
    assert_eq!(
        one["notificationUrl"],
        format!("{BASE}/maildesk/push/outlook")
    );
    assert_eq!(
        one["lifecycleNotificationUrl"],
        format!("{BASE}/maildesk/push/outlook/lifecycle")
    );
    let end = Timestamp::parse(one["expirationDateTime"].as_str().unwrap()).unwrap();
    assert_eq!(end.since(world.clock.now()), 8640 * MINUTE);

    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.ready), (PushState::Active, true));
    assert_eq!(panel.subscription.as_deref(), one["id"].as_str());
    assert_eq!((panel.expires_at, panel.trouble), (Some(end), None));
    assert_eq!(world.events(ada).await, ["registered"]);
    let secret = world.store().push_secret(world.admin, ada).await.unwrap();
    let secret = secret.unwrap().unwrap();
    assert_eq!(one["clientState"], secret.expose());
    assert_eq!(secret.expose().len(), 43);

    // Notifications may have come before the id was known, so everything is due.
    let stamp = world.stamp(ada).await.unwrap();
    assert_eq!((stamp.all, stamp.trigger), (true, Trigger::CatchUp));
}

async fn the_organisation_registers(world: World) {
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    let there = world.office.subscriptions().await;
    assert_eq!(there[0]["resource"], format!("users/{ADA}/messages"));
    assert_eq!(world.panel(ada).await.state, PushState::Active);
}

async fn what_is_announced_is_stamped(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    world.sync(ada).await;
    let message = world.office.deliver(ADA).await;
    until(async || {
        world.clock.advance(Duration::from_millis(10));
        world.panel(ada).await.counts.accepted > 0
    })
    .await;
    let stamp = world.stamp(ada).await.unwrap();
    assert_eq!(stamp.trigger, Trigger::Push);
    let hinted: Vec<_> = stamp.hints.iter().map(|hint| &hint.remote_id).collect();
    assert_eq!(hinted, [&message]);
}

async fn one_that_is_not_ready_is_refused_with_reasons_and_registers_itself_later(world: World) {
    let ada = world.add(ADA, Connection::GraphDelegated).await;
    world.set_base_url("https://desk.example.com/").await;
    let intent = world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    assert_eq!(world.refusal(intent).await, "not_ready");
    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.ready), (PushState::NotReady, false));
    let codes: Vec<_> = panel.reasons.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["not_connected", "base_url_trailing_slash"]);
    assert_eq!(world.office.line.asked_for("POST"), 0);

    world.set_base_url(BASE).await;
    world.settle().await;
    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.reasons.len()), (PushState::NotReady, 1));

    world.connect(ada, ADA).await;
    world.settle().await;
    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.ready), (PushState::Active, true));
}

async fn readiness_is_known_before_anybody_asks(world: World) {
    let ada = world.person(ADA).await;
    assert!(!world.panel(ada).await.ready);
    world.settle().await;
    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.ready), (PushState::Off, true));
    assert_eq!(panel.checked_at, Some(world.clock.now()));
    let asked = world.office.line.asked();
    assert_eq!(asked, ["GET /v1.0/me/mailFolders/inbox"]);
    // And it is left at that.
    world.pass(Duration::from_hours(5)).await;
    assert_eq!(world.office.line.asked().len(), 1);
}

async fn a_check_looks_anew(world: World) {
    let ada = world.person(ADA).await;
    world.office.line.cut(true);
    let intent = world.want(ada, Want::CheckPush).await;
    world.settle().await;
    assert_eq!(world.intent(intent).await, IntentState::Done);
    let reasons = world.panel(ada).await.reasons;
    assert_eq!(reasons[0].code, "microsoft_unreachable");
    world.office.line.cut(false);
    world.want(ada, Want::CheckPush).await;
    world.settle().await;
    assert!(world.panel(ada).await.ready);
    assert_eq!(world.panel(ada).await.state, PushState::Off);
    assert!(world.office.subscriptions().await.is_empty());
}

async fn a_check_asks_microsoft_for_the_subscription_and_makes_another_where_it_is_gone(
    world: World,
) {
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    let old = world.panel(ada).await.subscription.unwrap();
    let looks = || world.office.line.asked_for("GET /v1.0/subscriptions/");
    world.pass(MINUTE).await;
    let check = world.want(ada, Want::CheckPush).await;
    world.settle().await;
    assert_eq!(world.intent(check).await, IntentState::Done);
    let panel = world.panel(ada).await;
    assert_eq!((looks(), panel.looked_at), (1, Some(world.now())));
    assert_eq!(panel.subscription.as_ref(), Some(&old));

    let path = format!("subscriptions/{old}");
    world.office.graph(Method::DELETE, &path, json!(null)).await;
    let check = world.want(ada, Want::CheckPush).await;
    // One claim: whoever waits for the intent finds another one already.
    world.push.step_once().await.unwrap();
    assert_eq!(world.intent(check).await, IntentState::Done);
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Active);
    assert_ne!(panel.subscription, Some(old));
    assert_eq!(world.office.subscriptions().await.len(), 1);
    assert_eq!(
        world.events(ada).await,
        ["registered", "gone", "registered"]
    );
}

async fn registering_again_rotates_the_secret(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let first = world.office.subscriptions().await.remove(0);
    world.register(ada).await;
    let there = world.office.subscriptions().await;
    assert_eq!(there.len(), 1);
    assert_ne!(there[0]["id"], first["id"]);
    assert_ne!(there[0]["clientState"], first["clientState"]);
    let panel = world.panel(ada).await;
    assert_eq!(panel.subscription.as_deref(), there[0]["id"].as_str());
}

async fn an_address_nobody_reaches_is_told_in_graphs_words_and_heals(world: World) {
    let ada = world.person(ADA).await;
    world.office.address.close(true);
    let intent = world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    let IntentState::Refused(trouble) = world.intent(intent).await else {
        panic!("it should be refused");
    };
    assert_eq!(trouble.code, "ValidationError");
    assert!(
        trouble
            .message
            .starts_with("Subscription validation request failed.")
    );
    assert!(
        trouble
            .remedy
            .ends_with("This server has seen no probe from Microsoft.")
    );
    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.ready), (PushState::Broken, true));
    assert_eq!(panel.trouble, Some(trouble));
    assert_eq!(world.events(ada).await, ["probe_missed", "refused"]);

    // Half a minute later it is tried again, and then less and less often.
    let tries = || world.office.line.asked_for("POST /v1.0/subscriptions");
    assert_eq!(tries(), 1);
    world.pass(MINUTE / 2).await;
    assert_eq!(tries(), 2);
    for _ in 0..60 {
        world.pass(MINUTE).await;
    }
    assert!((6..=9).contains(&tries()), "{}", tries());

    world.office.address.close(false);
    world.pass(Duration::from_hours(2)).await;
    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.trouble), (PushState::Active, None));
    assert_eq!(world.office.subscriptions().await.len(), 1);
}

async fn a_probe_that_was_answered_is_told_too(world: World) {
    let ada = world.person(ADA).await;
    world.office.address.answer_wrongly(true);
    let intent = world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    let IntentState::Refused(trouble) = world.intent(intent).await else {
        panic!("it should be refused");
    };
    assert!(
        trouble.message.contains("'Forbidden'"),
        "{}",
        trouble.message
    );
    let said = "A probe reached this server at 2023-11-14 22:13:20 UTC and was answered within 1 ms. None has come to the lifecycle address.";
    assert!(trouble.remedy.ends_with(said), "{}", trouble.remedy);
    assert_eq!(world.events(ada).await, ["probe_seen", "refused"]);
}

async fn a_life_that_is_too_long_is_shortened_and_remembered(world: World) {
    let limits = [
        (5000, 4229, "4230"),
        (2000, 1439, "1440"),
        (700, 699, "700"),
    ];
    for (n, (limit, granted, memo)) in limits.into_iter().enumerate() {
        let faults = json!({"subscription": {"rejectAboveMinutes": limit}});
        world.office.faults(faults).await;
        let ada = if n == 0 {
            world.person(ADA).await
        } else {
            the_first(&world).await
        };
        world.register(ada).await;
        let left = world.panel(ada).await.expires_at.unwrap();
        assert_eq!(left.since(world.clock.now()), granted * MINUTE);
        let kept = world
            .store()
            .memo("push.life_minutes.global")
            .await
            .unwrap();
        assert_eq!(kept.as_deref(), Some(memo));
    }
    // Remembered: nothing longer is asked for again.
    let before = world.office.line.asked_for("POST /v1.0/subscriptions");
    let ada = the_first(&world).await;
    world.want(ada, Want::TurnOffPush).await;
    world.settle().await;
    world.register(ada).await;
    assert_eq!(
        world.office.line.asked_for("POST /v1.0/subscriptions"),
        before + 1
    );
}

async fn the_first(world: &World) -> maildesk_model::MailboxId {
    use maildesk_store::contract::MailboxStore;
    let all = world.store().mailboxes(world.admin, None, 1).await.unwrap();
    all[0].id
}

async fn missing_permission_is_found_by_a_real_call(world: World) {
    world.office.register_app(&["Mail.Send"]).await;
    let ada = world.organisation(ADA).await;
    let intent = world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    assert_eq!(world.refusal(intent).await, "not_ready");
    let panel = world.panel(ada).await;
    assert_eq!(panel.reasons[0].code, "application_permission_missing");
    assert_eq!(panel.state, PushState::NotReady);
    assert_eq!(world.office.line.asked_for("POST /v1.0/subscriptions"), 0);
    // Somebody grants it; a token that is issued later carries it.
    world
        .office
        .register_app(&["Mail.ReadWrite", "Mail.Send"])
        .await;
    world.pass(Duration::from_hours(2)).await;
    assert_eq!(world.panel(ada).await.state, PushState::Active);
}

async fn two_who_press_the_button_register_once(world: World) {
    let ada = world.person(ADA).await;
    let first = world.want(ada, Want::RegisterPush).await;
    let second = world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    for intent in [first, second] {
        assert_eq!(world.intent(intent).await, IntentState::Done);
    }
    assert_eq!(world.office.line.asked_for("POST /v1.0/subscriptions"), 1);
    // The other order of buttons is obeyed too.
    world.want(ada, Want::RegisterPush).await;
    world.want(ada, Want::TurnOffPush).await;
    world.settle().await;
    assert_eq!(world.panel(ada).await.state, PushState::Off);
    let waiting = world.store().waiting_intents().await.unwrap();
    assert!(waiting.iter().all(|(_, count)| *count == 0));
}

async fn a_quota_is_not_looped_on(world: World) {
    let ada = world.organisation(ADA).await;
    fill_quota(&world).await;
    let intent = world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    assert_eq!(world.refusal(intent).await, "ExtensionError");
    let tries = || world.office.line.asked_for("POST /v1.0/subscriptions");
    let before = tries();
    for _ in 0..24 {
        world.pass(Duration::from_hours(1)).await;
    }
    assert!(tries() - before <= 8, "{}", tries() - before);
}

/// Others have subscribed to the mailbox as often as Microsoft allows.
async fn fill_quota(world: &World) {
    let twins = json!({"subscription": {"conflict409": false}});
    world.office.faults(twins).await;
    let end = world.clock.now().plus(Duration::from_hours(150));
    let theirs = json!({
        "changeType": "created", "resource": format!("users/{ADA}/messages"),
        "notificationUrl": format!("{BASE}/maildesk/push/outlook"),
        "expirationDateTime": end.to_rfc3339(),
    });
    for n in 0..1000 {
        if n % 400 == 399 {
            world.clock.advance(Duration::from_secs(20));
        }
        let made = world
            .office
            .graph(Method::POST, "subscriptions", theirs.clone());
        made.await;
    }
}

async fn a_new_mailbox_registers_itself_where_a_parameter_says_so(world: World) {
    let old = world.organisation(BOB).await;
    let now = world.clock.now();
    let set = world.store().set_parameter(PUSH_REGISTER_NEW, "true", now);
    set.await.unwrap();
    let new = world.add(ADA, Connection::GraphDelegated).await;
    world.pass(Duration::from_hours(1)).await;
    assert_eq!(world.panel(new).await.state, PushState::NotReady);
    world.connect(new, ADA).await;
    world.settle().await;
    assert_eq!(world.panel(new).await.state, PushState::Active);
    assert_eq!(world.panel(old).await.state, PushState::Off);
    let there = world.office.subscriptions().await;
    assert_eq!(there.len(), 1);
}
