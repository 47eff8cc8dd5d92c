//! Graph at its worst, then well again: the desk equals the mailbox, whatever was in between (S7).

use maildesk_testkit::chance::Chance;
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::World;
use maildesk_testkit::{equal, story};
use reqwest::Method;
use serde_json::{Value, json};

const ADDRESS: &str = "team@contoso.test";
/// Sweeps come quickly, so that a story need not wait for them.
const SOON: &[(&str, &str)] = &[("MAILDESK_SYNC_INTERVAL_S", "1")];

/// A busy time in Outlook and at the desk while `faults` strike; afterwards both are equal and
/// everything that was wanted has been decided. The day lasts until Graph has answered with one
/// of the statuses `struck`: a bad day that was none proves nothing.
async fn a_bad_day(engine: Engine, seed: u64, faults: Value, struck: &[u64]) {
    let world = World::start(engine, SOON).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    world.sim.fill(ADDRESS, 120, 4, seed).await;
    let mailbox = world.connect(ADDRESS).await;
    assert_eq!(world.desk.register_push(&mailbox).await["state"], "active");
    world.sim.faults(faults).await;

    let mut chance = Chance::new(seed);
    let mut delivered = Vec::new();
    let mut intents = Vec::new();
    for n in 0..40 {
        match chance.below(8) {
            0..=2 => delivered.push(world.sim.deliver(ADDRESS, &format!("Mail {n}")).await),
            3 | 4 => in_outlook(&world, &mut chance, &mut delivered).await,
            _ => intents.extend(at_the_desk(&world, &mailbox, &mut chance).await),
        }
    }
    let sync = format!("/mailboxes/{mailbox}/sync");
    maildesk_testkit::wait::until("the faults have struck", || async {
        world.desk.try_call(Method::POST, &sync, None).await?;
        let journal = world.sim.journal(0).await;
        let bad = struck.is_empty() || struck.iter().any(|status| answered(&journal, *status));
        bad.then_some(())
    })
    .await;
    world.sim.faults(json!({})).await;
    for intent in intents {
        maildesk_testkit::wait::until("the intent is decided", || async {
            let answer = world
                .desk
                .call(Method::GET, &format!("/intents/{intent}"), None)
                .await;
            (answer["state"] != "waiting").then_some(())
        })
        .await;
    }
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &mailbox).await;
    world.stop().await;
}

fn answered(journal: &[Value], status: u64) -> bool {
    journal
        .iter()
        .any(|entry| entry["side"] == "graph" && entry["status"] == status)
}

async fn in_outlook(world: &World, chance: &mut Chance, delivered: &mut Vec<String>) {
    if delivered.is_empty() {
        return;
    }
    let place = chance.below(delivered.len());
    match chance.below(4) {
        0 => {
            world
                .sim
                .patch(ADDRESS, &delivered[place], json!({"isRead": true}))
                .await;
        }
        1 => {
            world
                .sim
                .move_to(ADDRESS, &delivered[place], "archive")
                .await;
        }
        2 => world.sim.move_to(ADDRESS, &delivered[place], "inbox").await,
        _ => {
            world
                .sim
                .delete(ADDRESS, &delivered.swap_remove(place))
                .await;
        }
    }
}

/// Somebody changes one of the newest messages; the intent, unless it was gone meanwhile.
async fn at_the_desk(world: &World, mailbox: &str, chance: &mut Chance) -> Option<String> {
    let page = world
        .desk
        .call(
            Method::GET,
            &format!("/messages?mailbox={mailbox}&limit=10"),
            None,
        )
        .await;
    let items = page["items"].as_array()?;
    let id = items.get(chance.below(items.len()))?["id"].as_str()?;
    let path = format!("/messages/{id}");
    let (status, answer) = match chance.below(4) {
        0 => world.desk.try_call(Method::DELETE, &path, None).await?,
        1 => {
            world
                .desk
                .try_call(Method::PATCH, &path, Some(json!({"flag": "flagged"})))
                .await?
        }
        2 => {
            world
                .desk
                .try_call(
                    Method::PATCH,
                    &path,
                    Some(json!({"isRead": true, "categories": ["Blue category"]})),
                )
                .await?
        }
        _ => {
            world
                .desk
                .try_call(Method::PATCH, &path, Some(json!({"isRead": false})))
                .await?
        }
    };
    assert!(
        status.is_success() || status.as_u16() == 404,
        "{status} {answer}"
    );
    Some(answer["intentId"].as_str()?.to_owned())
}

async fn throttled(engine: Engine) {
    a_bad_day(
        engine,
        1,
        json!({"seed": 1, "graph": {"error429": 0.2, "error503": 0.1}}),
        &[429, 503],
    )
    .await;
}

async fn broken(engine: Engine) {
    a_bad_day(
        engine,
        2,
        json!({"seed": 2, "graph": {"error5xx": 0.2, "readableAfterMs": 300}}),
        &[500, 502, 504],
    )
    .await;
}

async fn delta_gone(engine: Engine) {
    let faults = json!({"seed": 3, "delta": {"expireEvery": 4, "replay": 0.3, "emptyPages": 0.3, "lateMs": 300}});
    a_bad_day(engine, 3, faults, &[410]).await;
}

async fn hints_lost(engine: Engine) {
    let faults = json!({"seed": 4, "notifications": {"drop": 0.3, "duplicate": 0.3, "reorder": 0.5, "delayMs": 50}});
    a_bad_day(engine, 4, faults, &[]).await;
}

async fn moved_back_and_forth(engine: Engine) {
    a_bad_day(
        engine,
        5,
        json!({"seed": 5, "delta": {"abaLoss": true}, "notifications": {"drop": 0.2}}),
        &[],
    )
    .await;
}

story!(throttling_passes, throttled);
story!(errors_pass, broken);
story!(dead_delta_links_are_begun_anew, delta_gone);
story!(lost_doubled_and_shuffled_hints_change_nothing, hints_lost);
story!(a_loss_in_delta_is_found, moved_back_and_forth);
