//! Old mail: only the texts of the last days are kept, where somebody wants it so, and those of older
//! mail come when they are opened (S9).

use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::World;
use maildesk_testkit::{story, wait};
use reqwest::Method;
use serde_json::json;

const ADDRESS: &str = "team@contoso.test";
const DAYS: &str = "sync.bodies.days";
/// Sweeps come quickly, so that a story need not wait for them.
const SOON: &[(&str, &str)] = &[("MAILDESK_SYNC_INTERVAL_S", "1")];

/// How often the simulator was asked for this message alone, and for lists of bodies.
async fn asked(world: &World, remote: &str) -> (usize, usize) {
    let ending = format!("/messages/{}", remote.replace('=', "%3D"));
    let journal = world.sim.journal(0).await;
    let paths = journal.iter().filter(|one| one["side"] == "graph");
    let paths: Vec<&str> = paths.filter_map(|one| one["path"].as_str()).collect();
    let alone = paths.iter().filter(|path| {
        path.split('?')
            .next()
            .unwrap_or_default()
            .ends_with(&ending)
    });
    let lists = paths
        .iter()
        .filter(|path| path.contains("filter=receivedDateTime"));
    (alone.count(), lists.count())
}

/// No text of a listed message is waited for.
async fn wait_settled(world: &World, mailbox: &str) {
    let path = format!("/mailboxes/{mailbox}");
    wait::until("no text is waited for", || async {
        let import = world.desk.call(Method::GET, &path, None).await["import"].clone();
        (import["listed"] == 3 && import["bodies"] == 3).then_some(())
    })
    .await;
}

async fn the_last_days(engine: Engine) {
    let world = World::start(engine, SOON).await;
    world.set_parameter(DAYS, "30").await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    let mut remote = Vec::new();
    for (subject, received) in [
        ("Ancient", "2001-01-01T00:00:00Z"),
        ("Old", "2003-01-01T00:00:00Z"),
    ] {
        let mail = json!({
            "from": {"name": "Grace", "address": "grace@example.org"}, "subject": subject,
            "text": format!("What was {subject}"), "receivedDateTime": received,
        });
        remote.push(world.sim.deliver_mail(ADDRESS, mail).await);
    }
    remote.push(world.sim.deliver(ADDRESS, "New").await);
    let id = world.connect(ADDRESS).await;
    wait_settled(&world, &id).await;

    let list = format!("/messages?mailbox={id}");
    let all = world.desk.all(&list).await;
    let open = async |subject: &str| {
        let one = all.iter().find(|one| one["subject"] == subject);
        let key = one
            .and_then(|one| one["id"].as_str())
            .expect("it is listed");
        let path = format!("/messages/{key}");
        let opened = world.desk.call(Method::GET, &path, None).await;
        opened["bodyText"]
            .as_str()
            .unwrap_or_default()
            .trim_end()
            .to_owned()
    };
    open("New").await;
    let [ancient, old, new] = &remote[..] else {
        panic!("three were delivered");
    };
    assert_eq!(asked(&world, new).await.0, 0, "its text was here");
    assert_eq!(asked(&world, old).await.0, 0, "nobody has opened it");
    assert_eq!(open("Old").await, "What was Old");
    assert_eq!(asked(&world, old).await.0, 1, "it came when it was opened");
    open("Old").await;
    assert_eq!(asked(&world, old).await.0, 1, "and stays");

    // All again: what is missing comes by itself.
    let before = asked(&world, ancient).await;
    world.set_parameter(DAYS, "").await;
    wait::until("a list of texts is asked for", || async {
        (asked(&world, ancient).await.1 > before.1).then_some(())
    })
    .await;
    wait_settled(&world, &id).await;
    assert_eq!(open("Ancient").await, "What was Ancient");
    assert_eq!(asked(&world, ancient).await.0, before.0, "it was here");
    world.stop().await;
}

story!(bodies_of_the_last_days_alone_are_kept, the_last_days);
