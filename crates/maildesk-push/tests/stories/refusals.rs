//! Microsoft refuses calls about subscriptions, in every way it is known to: what people see, how
//! often it is tried again, and that it heals when Microsoft comes round.

use std::time::Duration;

use http::Method;
use maildesk_model::intent::{IntentState, Want};
use maildesk_model::mailbox::{MailboxState, Trouble};
use maildesk_model::push::PushState;
use maildesk_model::{Clock, MailboxId};
use maildesk_store::contract::{ConnectionStore, SyncStore};

use crate::office::ADA;
use crate::wire::Refusal;
use crate::world::{World, body, item, stories};

stories!(
    a_creation_that_is_refused_is_said_and_tried_again_in_its_time,
    a_renewal_that_is_refused_is_said_and_tried_again_in_its_time,
    a_deletion_that_is_refused_is_tried_again_behind_the_scenes,
    a_look_that_is_refused_is_repeated_in_its_time,
    a_token_that_is_refused_again_means_signing_in,
    a_renewal_whose_token_is_refused_asks_by_reading,
    a_token_for_another_audience_is_replaced_once_and_then_said,
    claims_of_graph_mean_signing_in,
    a_mailbox_that_is_well_again_has_push_at_once,
);

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

const PROBE: Refusal = Refusal::of(
    400,
    "ValidationError",
    "Subscription validation request timed out.",
);
const PAYLOAD: Refusal = Refusal::of(
    400,
    "InvalidRequest",
    "Could not process subscription creation payload.",
);
const TOKEN: Refusal = Refusal::of(
    401,
    "InvalidAuthenticationToken",
    "Access token validation failure. Invalid audience.",
);
const SERVICE: Refusal = Refusal::of(
    401,
    "ExtensionError",
    "Operation: Create; Exception: [Status Code: Unauthorized; Reason: ]",
);
const PERMISSION: Refusal = Refusal::of(
    403,
    "ExtensionError",
    "Operation: Create; Exception: [Status Code: Forbidden; Reason: Forbidden]",
);
const QUOTA: Refusal = Refusal::of(
    403,
    "Forbidden",
    "The mailbox has reached the limit of 1000 subscriptions.",
);
const NO_MAILBOX: Refusal = Refusal::of(
    404,
    "ExtensionError",
    "Operation: Create; Exception: [Status Code: NotFound; Reason: REST API is not yet supported for this mailbox.]",
);
const GONE: Refusal = Refusal::of(404, "ResourceNotFound", "The object was not found.");
const TWIN: Refusal = Refusal::of(
    409,
    "ObjectIdentifierInUse",
    "A subscription exists for the requested combination.",
);
const BUSY: Refusal = Refusal {
    retry_after: Some(1500),
    ..Refusal::of(429, "TooManyRequests", "Please retry again later.")
};
const OUTAGE: Refusal = Refusal::of(503, "ServiceUnavailable", "Try again later.");

/// How often something was asked for while this passed, in steps of a minute.
async fn tries(world: &World, what: &str, minutes: u32) -> usize {
    let before = world.office.line.asked_for(what);
    for _ in 0..minutes {
        world.pass(MINUTE).await;
    }
    world.office.line.asked_for(what) - before
}

async fn a_creation_that_is_refused_is_said_and_tried_again_in_its_time(world: World) {
    let ada = world.organisation(ADA).await;
    // The refusal, a part of what to do, and the tries within 20 minutes and within an hour.
    let soon = (4, 9);
    let hours = (0, 1);
    let rows = [
        (PROBE, "no answer from your webhook", soon),
        (PAYLOAD, "request id", hours),
        (SERVICE, "Mail.ReadWrite", hours),
        (PERMISSION, "Mail.ReadWrite", hours),
        (QUOTA, "as many subscriptions", hours),
        (NO_MAILBOX, "Exchange Online", hours),
        (TWIN, "Another installation", hours),
        (BUSY, "waits as long as Microsoft asks", (0, 2)),
        (OUTAGE, "tries again by itself", soon),
    ];
    for (refusal, remedy, (least, most)) in rows {
        let status = refusal.status;
        world.office.line.refuse([(Method::POST, refusal.clone())]);
        let intent = world.want(ada, Want::RegisterPush).await;
        world.settle().await;
        assert_eq!(world.refusal(intent).await, refusal.code);
        let panel = world.panel(ada).await;
        assert_eq!((panel.state, panel.ready), (PushState::Broken, true));
        let trouble = panel.trouble.expect("it is said");
        assert_eq!(trouble.message, refusal.message);
        assert!(trouble.remedy.contains(remedy), "{status}: {trouble:?}");
        let post = "POST /v1.0/subscriptions";
        let soon = tries(&world, post, 20).await;
        assert!(soon >= least, "{status}: {soon}");
        let hour = soon + tries(&world, post, 40).await;
        assert!(hour <= most, "{status}: {hour}");
        assert!(least == 0 || hour > soon, "{status}: it goes on");

        world.office.line.refuse([]);
        world.pass(2 * HOUR).await;
        let panel = world.panel(ada).await;
        assert_eq!((panel.state, panel.trouble), (PushState::Active, None));
        world.want(ada, Want::TurnOffPush).await;
        world.settle().await;
        assert!(world.office.subscriptions().await.is_empty());
    }
}

async fn a_renewal_that_is_refused_is_said_and_tried_again_in_its_time(world: World) {
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    let rows = [
        (PROBE, 3..=6),
        (PAYLOAD, 3..=6),
        (SERVICE, 3..=6),
        (PERMISSION, 3..=6),
        (TWIN, 3..=6),
        (BUSY, 1..=2),
        (OUTAGE, 3..=6),
    ];
    for (refusal, wanted) in rows {
        let status = refusal.status;
        let id = world.panel(ada).await.subscription;
        world.clock.advance(5 * DAY);
        world.office.line.refuse([(Method::PATCH, refusal.clone())]);
        world.settle().await;
        let panel = world.panel(ada).await;
        assert_eq!(panel.state, PushState::Renewing, "{status}");
        let trouble = panel.trouble.expect("it is said");
        assert_eq!(trouble.code, refusal.code);
        let hour = tries(&world, "PATCH", 60).await;
        assert!(wanted.contains(&hour), "{status}: {hour}");
        assert_eq!(world.panel(ada).await.state, PushState::Renewing);

        world.office.line.refuse([]);
        world.pass(HOUR).await;
        let panel = world.panel(ada).await;
        assert_eq!((panel.trouble, panel.subscription), (None, id), "{status}");
        assert!(panel.expires_at.unwrap().since(world.clock.now()) > 5 * DAY);
    }
    let gone = [
        GONE,
        Refusal {
            status: 308,
            ..GONE
        },
    ];
    for refusal in gone {
        let id = world.panel(ada).await.subscription;
        world.clock.advance(5 * DAY);
        world.office.line.refuse([(Method::PATCH, refusal)]);
        world.settle().await;
        let panel = world.panel(ada).await;
        assert_eq!((panel.state, panel.trouble), (PushState::Active, None));
        assert_ne!(panel.subscription, id, "another one is there at once");
        world.office.line.refuse([]);
    }
}

async fn a_deletion_that_is_refused_is_tried_again_behind_the_scenes(world: World) {
    let ada = world.organisation(ADA).await;
    for (refusal, most) in [
        (PAYLOAD, 8),
        (PERMISSION, 8),
        (TWIN, 8),
        (BUSY, 2),
        (OUTAGE, 8),
    ] {
        let status = refusal.status;
        world.register(ada).await;
        world
            .office
            .line
            .refuse([(Method::DELETE, refusal.clone())]);
        let intent = world.want(ada, Want::TurnOffPush).await;
        world.settle().await;
        for _ in 0..12 {
            world.pass(Duration::from_secs(10)).await;
        }
        assert_eq!(world.intent(intent).await, IntentState::Done, "{status}");
        let panel = world.panel(ada).await;
        assert_eq!((panel.state, panel.trouble), (PushState::Off, None));
        let hour = tries(&world, "DELETE", 60).await;
        assert!((1..=most).contains(&hour), "{status}: {hour}");
        assert_eq!(world.office.subscriptions().await.len(), 1);
        world.office.line.refuse([]);
        world.pass(HOUR).await;
        assert!(world.office.subscriptions().await.is_empty(), "{status}");
    }
    // A wait of hours is not a reason to give up: it goes on within the hour, again and again.
    world.register(ada).await;
    let hours = Refusal {
        retry_after: Some(36_000),
        ..BUSY
    };
    world.office.line.refuse([(Method::DELETE, hours)]);
    world.want(ada, Want::TurnOffPush).await;
    world.settle().await;
    let tried = tries(&world, "DELETE", 130).await;
    assert!((2..=3).contains(&tried), "{tried}");
    world.office.line.refuse([]);
    world.pass(HOUR).await;
    assert!(world.office.subscriptions().await.is_empty());

    world.register(ada).await;
    world.office.line.refuse([(Method::DELETE, GONE)]);
    world.want(ada, Want::TurnOffPush).await;
    world.settle().await;
    assert_eq!(world.events(ada).await.last().unwrap(), "removed");
}

async fn a_look_that_is_refused_is_repeated_in_its_time(world: World) {
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    world.sync(ada).await;
    let look = "GET /v1.0/subscriptions/";
    // How many tries within 20 minutes after the first.
    for (refusal, least, most) in [
        (OUTAGE, 7, 10),
        (BUSY, 0, 0),
        (PERMISSION, 0, 0),
        (PAYLOAD, 0, 0),
        (TWIN, 0, 0),
    ] {
        world.office.line.refuse([(Method::GET, refusal.clone())]);
        let before = world.office.line.asked_for(look);
        world.pass(HOUR).await;
        assert!(world.office.line.asked_for(look) > before, "quiet: asked");
        let more = tries(&world, look, 20).await;
        let status = refusal.status;
        assert!((least..=most).contains(&more), "{status}: {more}");
        let panel = world.panel(ada).await;
        assert_eq!((panel.state, panel.trouble), (PushState::Quiet, None));
        world.office.line.refuse([]);
        world.pass(HOUR).await;
    }
    // Mail that nobody announced makes push look sooner, and never sooner than Microsoft asks.
    world.pass(HOUR).await;
    world.office.line.refuse([(Method::GET, BUSY)]);
    world.pass(HOUR).await;
    let before = world.office.line.asked_for(look);
    world.sweep(ada, &["m1"]).await;
    let soon = tries(&world, look, 20).await;
    assert_eq!(soon, 0, "25 minutes were asked for");
    assert!(tries(&world, look, 10).await > 0);
    assert!(world.office.line.asked_for(look) > before);
    world.office.line.refuse([]);
    world.pass(HOUR).await;
    let id = world.panel(ada).await.subscription;
    world.office.line.refuse([(Method::GET, GONE)]);
    world.pass(HOUR).await;
    assert_ne!(world.panel(ada).await.subscription, id);
}

/// Nothing is asked of Microsoft for a day.
async fn rests(world: &World) {
    let asked = |world: &World| {
        let line = &world.office.line;
        (line.asked().len(), line.tokens_asked())
    };
    let before = asked(world);
    for _ in 0..24 {
        world.pass(HOUR).await;
    }
    assert_eq!(asked(world), before, "Microsoft is left alone");
}

async fn must_sign_in(world: &World, ada: MailboxId) -> Trouble {
    let row = world.store().connection(ada).await.unwrap().unwrap();
    assert_eq!(row.state, MailboxState::Reconnect);
    let panel = world.panel(ada).await;
    assert_eq!(panel.reasons[0].code, "token_unusable");
    let mailbox = maildesk_store::contract::MailboxStore::mailbox(world.store(), world.admin, ada);
    mailbox.await.unwrap().unwrap().trouble.expect("it is said")
}

async fn a_token_that_is_refused_again_means_signing_in(world: World) {
    let ada = world.person(ADA).await;
    world.settle().await;
    world.office.line.refuse([(Method::POST, TOKEN)]);
    let tokens = world.office.line.tokens_asked();
    let intent = world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    assert_eq!(world.refusal(intent).await, TOKEN.code);
    assert_eq!(world.office.line.asked_for("POST"), 2);
    let asked = world.office.line.tokens_asked() - tokens;
    assert_eq!(asked, 2, "one to register with, and another one once");
    let trouble = must_sign_in(&world, ada).await;
    assert_eq!(trouble.message, TOKEN.message);
    assert!(trouble.remedy.contains("Microsoft Graph option"));
    rests(&world).await;
    world.office.line.refuse([]);
    world.connect(ada, ADA).await;
    world.settle().await;
    assert_eq!(world.panel(ada).await.state, PushState::Active);
}

/// A notification comes, so that nobody asks whether the subscription is there.
async fn is_heard_of(world: &World, ada: MailboxId) {
    let id = world.panel(ada).await.subscription.unwrap();
    let secret = world.secret(ada).await;
    let one = item(&id, serde_json::json!(secret), "m1");
    assert_eq!(world.post(body(vec![one])).await, 202);
}

async fn a_renewal_whose_token_is_refused_asks_by_reading(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let id = world.panel(ada).await.subscription;
    world.clock.advance(5 * DAY);
    is_heard_of(&world, ada).await;
    // Read, it is there: whatever that was, it is tried again in its time.
    world.office.line.refuse([(Method::PATCH, TOKEN)]);
    world.settle().await;
    assert_eq!(world.office.line.asked_for("PATCH"), 1);
    let reads = || world.office.line.asked_for("GET /v1.0/subscriptions/");
    assert_eq!(reads(), 1);
    assert_eq!(world.panel(ada).await.state, PushState::Renewing);
    world.office.line.refuse([]);
    world.pass(11 * MINUTE).await;
    let panel = world.panel(ada).await;
    assert_eq!((panel.trouble, panel.subscription), (None, id));

    world.clock.advance(5 * DAY);
    is_heard_of(&world, ada).await;
    let before = reads();
    let both = [(Method::PATCH, TOKEN), (Method::GET, TOKEN)];
    world.office.line.refuse(both);
    world.settle().await;
    assert_eq!(world.office.line.asked_for("PATCH"), 3);
    assert_eq!(reads(), before + 1);
    must_sign_in(&world, ada).await;
    // The subscription is left to its end, and nobody knocks again.
    world.office.line.refuse([]);
    world.connect(ada, ADA).await;
    world.pass(11 * MINUTE).await;
    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.trouble), (PushState::Active, None));
}

async fn a_token_for_another_audience_is_replaced_once_and_then_said(world: World) {
    let ada = world.add(ADA, maildesk_model::mailbox::Connection::GraphDelegated);
    let ada = ada.await;
    let sign_in = async || {
        world.office.line.mint_for_outlook(true);
        let mut tokens = world.office.sign_in(ADA).await;
        "Mail.ReadWrite Mail.Send User.Read".clone_into(&mut tokens.scope);
        let now = world.clock.now();
        let done = world.store().complete_sign_in(ada, ADA, &tokens, now);
        assert!(done.await.unwrap());
    };
    sign_in().await;
    world.office.line.mint_for_outlook(false);
    let tokens = world.office.line.tokens_asked();
    world.settle().await;
    assert!(world.panel(ada).await.ready, "the next token is a good one");
    assert_eq!(world.office.line.tokens_asked(), tokens + 1);

    sign_in().await;
    let tokens = world.office.line.tokens_asked();
    world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    assert_eq!(world.office.line.tokens_asked(), tokens + 1);
    let row = world.store().connection(ada).await.unwrap().unwrap();
    assert_eq!(row.state, MailboxState::Reconnect);
    let reasons = world.panel(ada).await.reasons;
    assert!(reasons[0].remedy.contains("Microsoft Graph option"));
    assert_eq!(world.office.line.asked_for("POST"), 0);
    rests(&world).await;
}

async fn claims_of_graph_mean_signing_in(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let faults = serde_json::json!({"token": {"claimsChallenge": 1}});
    world.office.faults(faults).await;
    world.want(ada, Want::CheckPush).await;
    world.settle().await;
    must_sign_in(&world, ada).await;
    let memo = world.store().memo(&format!("sign_in.claims.{ada}")).await;
    assert!(memo.unwrap().unwrap().contains("access_token"));
}

async fn a_mailbox_that_is_well_again_has_push_at_once(world: World) {
    let ada = world.organisation(ADA).await;
    world.office.line.refuse([(Method::POST, PERMISSION)]);
    world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    world.ask_for_a_sync(ada).await;
    let lease = world.begin_sync(ada).await;
    let trouble = Trouble {
        code: PERMISSION.code.to_owned(),
        message: PERMISSION.message.to_owned(),
        remedy: String::new(),
    };
    let (store, now) = (world.store(), world.now());
    let state = MailboxState::Error;
    let fell_ill = store.set_mailbox_state(&lease, state, Some(&trouble), now);
    fell_ill.await.unwrap();
    store.release_lease(&lease).await.unwrap();
    world.pass(MINUTE).await;
    assert_eq!(world.panel(ada).await.state, PushState::NotReady);

    // Somebody grants the permission, and the schedule finds out first.
    world.office.line.refuse([]);
    world.pass(MINUTE).await;
    assert_eq!(world.panel(ada).await.subscription, None);
    world.sweep(ada, &[]).await;
    world.settle().await;
    let panel = world.panel(ada).await;
    assert_eq!((panel.state, panel.trouble), (PushState::Active, None));
}
