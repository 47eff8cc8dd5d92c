//! What delta does not say, or says too early: a message that cannot be read yet, moves that look
//! like removals, and one that delta never gives (P4, S4, S11).

use std::time::Duration;

use maildesk_testkit::censor::Censor;
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::World;
use maildesk_testkit::{equal, story, wait};
use reqwest::Method;
use serde_json::{Value, json};

const ADDRESS: &str = "team@contoso.test";
/// Sweeps come quickly, so that a story need not wait for them.
const SOON: &[(&str, &str)] = &[("MAILDESK_SYNC_INTERVAL_S", "1")];
/// Sweeps come so rarely that nothing in a story is their doing.
const RARELY: &[(&str, &str)] = &[("MAILDESK_SYNC_INTERVAL_S", "86400")];

/// Time passes for both sides.
async fn pass(world: &World, span: Duration) {
    world.clock.advance(span);
    let seconds = json!({ "seconds": span.as_secs() });
    let turned = world
        .sim
        .call(Method::POST, "/sim/clock/advance", Some(seconds));
    turned.await;
}

/// The statuses of all reads of one message so far.
async fn reads(world: &World, id: &str) -> Vec<u64> {
    let ending = format!("/messages/{}", id.replace('=', "%3D"));
    let journal = world.sim.journal(0).await;
    let of_it = |entry: &&Value| {
        let path = entry["path"].as_str().unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        entry["side"] == "graph" && entry["method"] == "GET" && path.ends_with(&ending)
    };
    let statuses = journal.iter().filter(of_it);
    statuses.filter_map(|one| one["status"].as_u64()).collect()
}

async fn not_readable_yet(engine: Engine) {
    let world = World::start(engine, RARELY).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    world.sim.fill(ADDRESS, 12, 2, 1).await;
    let id = world.connect(ADDRESS).await;
    assert_eq!(world.desk.register_push(&id).await["state"], "active");
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;

    let hour = Duration::from_hours(1).as_millis();
    let faults = json!({"graph": {"readableAfterMs": hour}, "notifications": {"updates": 0}});
    world.sim.faults(faults).await;
    let mail = world.sim.deliver(ADDRESS, "Not yet").await;
    // Each pause is over as soon as it has begun, which is when the answer has been taken in.
    for (tries, pause) in [(1, 2), (2, 5), (3, 15)] {
        wait::until("it is asked for in vain", || async {
            let asked = reads(&world, &mail).await.len() >= tries;
            (asked && world.stamps_due().await == 0).then_some(())
        })
        .await;
        world.clock.advance(Duration::from_secs(pause));
    }
    wait::until("and once more", || async {
        let asked = reads(&world, &mail).await.len() == 4;
        (asked && world.stamps_due().await == 0).then_some(())
    })
    .await;
    world.sim.faults(json!({})).await;
    world.clock.advance(Duration::from_mins(1));
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    assert_eq!(reads(&world, &mail).await, [404, 404, 404, 404, 200]);
    world.stop().await;
}

async fn moves_without_a_word(engine: Engine) {
    let world = World::start(engine, SOON).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    let id = world.connect(ADDRESS).await;
    let mut mails = Vec::new();
    for n in 0..4 {
        mails.push(world.sim.deliver(ADDRESS, &format!("Mail {n}")).await);
    }
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    let mut events = world.desk.events(None).await;
    let faults = json!({"notifications": {"drop": 1}, "delta": {"abaLoss": 1}});
    world.sim.faults(faults).await;
    // One stays away, one comes back at once, one is deleted, and one comes back after a while.
    world.sim.move_to(ADDRESS, &mails[0], "archive").await;
    world.sim.move_to(ADDRESS, &mails[1], "archive").await;
    world.sim.move_to(ADDRESS, &mails[1], "inbox").await;
    world.sim.delete(ADDRESS, &mails[2]).await;
    world.sim.move_to(ADDRESS, &mails[3], "archive").await;
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    world.sim.move_to(ADDRESS, &mails[3], "inbox").await;
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    // A sign that ends the stream: up to it nobody was told of new or of vanished mail.
    world.sim.faults(json!({})).await;
    world.sim.deliver(ADDRESS, "The end").await;
    loop {
        let event = events.next().await.expect("the stream stays open");
        assert_ne!(event.name, "message.deleted", "{event:?}");
        if event.name == "message.created" {
            break;
        }
    }
    let list = format!("/messages?mailbox={id}");
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    assert_eq!(world.desk.all(&list).await.len(), 5);
    world.stop().await;
}

/// One message may not be read, which a notification asks for: the hint is tried as though it could not
/// be read yet, and the mailbox goes on as ever.
async fn refused(engine: Engine) {
    let censor = Censor::default();
    let world = World::censored(&censor, engine, RARELY).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    let id = world.connect(ADDRESS).await;
    world.desk.register_push(&id).await;
    let mut events = world.desk.events(None).await;
    let secret = world.sim.deliver(ADDRESS, "Not for the desk").await;
    events.next_named("message.created").await;
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    censor.refuses(Some(&secret));
    let before = reads(&world, &secret).await.len();
    world
        .sim
        .patch(ADDRESS, &secret, json!({"isRead": true}))
        .await;
    for n in 0..3 {
        let subject = format!("For the desk {n}");
        world.sim.deliver(ADDRESS, &subject).await;
        events.next_named("message.created").await;
    }
    let mailbox = world
        .desk
        .call(Method::GET, &format!("/mailboxes/{id}"), None)
        .await;
    assert_eq!(mailbox["state"], "active", "{mailbox}");
    assert_eq!(
        reads(&world, &secret).await.len(),
        before,
        "the censor answered"
    );
    world.stop().await;
}

/// A message comes that nothing announces and that delta leaves out, and it is too old for the list
/// of the newest. Only Graph's count of its folder tells, in which nothing else happens.
async fn never_given(engine: Engine) {
    let censor = Censor::default();
    let world = World::censored(&censor, engine, SOON).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    world.sim.fill(ADDRESS, 200, 6, 1).await;
    let id = world.connect(ADDRESS).await;
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    all_bodies_are_here(&world, &id).await;
    let [folder] = own_folders(&world).await;
    censor.hides(Some("Lost"));
    let mail = json!({
        "from": {"name": "Grace", "address": "grace@example.org"}, "subject": "Lost",
        "text": "Hi", "receivedDateTime": "2001-01-01T00:00:00Z", "folder": folder,
    });
    world.sim.deliver_mail(ADDRESS, mail).await;
    world.sim.deliver(ADDRESS, "The round is over").await;
    let since = world.sim.journal_end().await;
    let list = format!("/messages?mailbox={id}");
    let has = async |subject: &str| {
        let all = world.desk.all(&list).await;
        all.iter().any(|one| one["subject"] == subject)
    };
    wait::until("the round is over", || async {
        has("The round is over").await.then_some(())
    })
    .await;
    // The folder has been visited since, however it was that the other one came, and delta goes on behind both.
    wait::until("delta has given what it gives", || async {
        a_run(&world, &id).await;
        let asked = world.sim.journal(since).await;
        let mut paths = asked.iter().filter_map(|entry| entry["path"].as_str());
        let visited = paths.any(|path| {
            path.contains("/messages/delta") && path.replace("%3D", "=").contains(&folder)
        });
        visited.then_some(())
    })
    .await;
    a_run(&world, &id).await;
    censor.hides(None);
    let since = world.sim.journal_end().await;
    a_run(&world, &id).await;
    if has("Lost").await {
        let asked = world.sim.journal(since).await;
        let paths: Vec<&str> = asked
            .iter()
            .filter_map(|one| one["path"].as_str())
            .collect();
        panic!("delta does not give it again: {paths:#?}");
    }

    // One sweep does not count them all.
    censor.gives_folders(3);
    wait::until("the counts have told", || async {
        pass(&world, Duration::from_hours(1)).await;
        a_run(&world, &id).await;
        has("Lost").await.then_some(())
    })
    .await;
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    world.stop().await;
}

/// Microsoft fails over one folder and over no other: sweeps go on, and so do the counts (S10, S11).
async fn over_one_folder(engine: Engine) {
    let censor = Censor::default();
    let world = World::censored(&censor, engine, SOON).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    world.sim.fill(ADDRESS, 200, 6, 1).await;
    let id = world.connect(ADDRESS).await;
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    all_bodies_are_here(&world, &id).await;
    let [failing, other] = own_folders(&world).await;
    censor.fails_over(Some(&failing));
    // Too old for the list of the newest, so that only a visit of its folder brings it; nor does the
    // list for the body of the older one bring the other.
    let mails = [(&failing, "Hidden", 2003), (&other, "Seen", 2001)];
    for (folder, subject, year) in mails {
        let mail = json!({
            "from": {"name": "Grace", "address": "grace@example.org"}, "subject": subject,
            "text": "Hi", "receivedDateTime": format!("{year}-01-01T00:00:00Z"), "folder": folder,
        });
        world.sim.deliver_mail(ADDRESS, mail).await;
    }
    let list = format!("/messages?mailbox={id}");
    let has = async |subject: &str| {
        let all = world.desk.all(&list).await;
        all.iter().any(|one| one["subject"] == subject)
    };
    wait::until("the other folder is read", || async {
        has("Seen").await.then_some(())
    })
    .await;
    // Its counts differ twice; it is asked for, fails, and the sweep ends well all the same.
    let itself = format!("/mailFolders/{failing}");
    wait::until("it is asked for", || async {
        pass(&world, Duration::from_hours(13)).await;
        a_run(&world, &id).await;
        let answered = censor.answered();
        answered
            .iter()
            .any(|path| path.ends_with(&itself))
            .then_some(())
    })
    .await;
    a_run(&world, &id).await;
    let mailbox = world
        .desk
        .call(Method::GET, &format!("/mailboxes/{id}"), None)
        .await;
    assert_eq!(mailbox["state"], "active");
    assert!(!has("Hidden").await);
    censor.fails_over(None);
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    world.stop().await;
}

/// Folders that people made.
async fn own_folders<const N: usize>(world: &World) -> [String; N] {
    let snapshot = world.sim.snapshot(ADDRESS).await;
    let folders = snapshot["folders"].as_array().expect("folders");
    let own = folders.iter().filter(|one| one["wellKnownName"].is_null());
    let ids = own.filter_map(|one| one["id"].as_str().map(str::to_owned));
    let ids: Vec<String> = ids.take(N).collect();
    ids.try_into().expect("as many folders")
}

/// From here on no list of bodies brings a message that delta does not.
async fn all_bodies_are_here(world: &World, id: &str) {
    wait::until("all bodies are here", || async {
        let since = world.sim.journal_end().await;
        a_run(world, id).await;
        let asked = world.sim.journal(since).await;
        let lists = asked.iter().filter(|entry| {
            let path = entry["path"].as_str().unwrap_or_default();
            path.contains("filter=receivedDateTime")
        });
        (lists.count() == 0).then_some(())
    })
    .await;
}

/// The mailbox is synced once more, to the end.
async fn a_run(world: &World, id: &str) {
    let path = format!("/mailboxes/{id}");
    let last = async || world.desk.call(Method::GET, &path, None).await["lastSyncAt"].clone();
    let before = last().await;
    world.clock.advance(Duration::from_secs(2));
    let sync = format!("/mailboxes/{id}/sync");
    world.desk.call(Method::POST, &sync, None).await;
    wait::until("it is synced", || async {
        (last().await != before).then_some(())
    })
    .await;
}

story!(a_message_that_may_not_be_read_is_in_nobodys_way, refused);
story!(what_cannot_be_read_yet_is_asked_for_again, not_readable_yet);
story!(
    moves_that_look_like_removals_lose_nothing,
    moves_without_a_word
);
story!(
    a_folder_that_cannot_be_read_keeps_no_other_waiting,
    over_one_folder
);
story!(what_delta_never_gives_is_found_by_the_counts, never_given);
