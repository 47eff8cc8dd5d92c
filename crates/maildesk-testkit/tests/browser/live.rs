//! An open inbox: mail appears in it without a reload, in every tab, whatever the connection does.

use std::time::Duration;

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::wait;
use maildesk_testkit::wire::Wire;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use reqwest::Method;
use serde_json::json;

const ADDRESS: &str = "team@contoso.test";

async fn world(engine: Engine, more: &[(&str, &str)]) -> (World, String) {
    let world = World::start(engine, more).await;
    world.give_password(ADMINISTRATOR).await;
    let mailbox = world.mailbox(ADDRESS).await;
    (world, mailbox)
}

/// Marks the page, so that a reload would show.
async fn mark(browser: &Browser) {
    browser.script("window.marked = true", json!([])).await;
}

async fn is_marked(browser: &Browser) -> bool {
    browser
        .script("return window.marked === true", json!([]))
        .await
        == true
}

async fn is_live(browser: &Browser) {
    browser.find("status", "Live").await;
}

async fn a_mail_appears(world: &World, name: &str) {
    story(name, Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        is_live(browser).await;
        mark(browser).await;
        world.sim.deliver(ADDRESS, "Invoice 42").await;
        browser.find("row", "Invoice 42").await;
        assert!(is_marked(browser).await, "the page was loaded again");
        // Opening it is reading it, here and in Outlook.
        browser.click("link", "Invoice 42").await;
        browser
            .frame_shows("Text of the message", "Invoice 42")
            .await;
        maildesk_testkit::wait::until("it is read in Outlook", || async {
            let there = world.sim.snapshot(ADDRESS).await;
            (there["messages"][0]["isRead"] == true).then_some(())
        })
        .await;
        assert!(is_marked(browser).await, "the page was loaded again");
    })
    .await;
}

maildesk_testkit::story!(a_mail_appears_with_push, async |engine| {
    let (world, mailbox) = world(engine, &[]).await;
    world.desk.register_push(&mailbox).await;
    a_mail_appears(&world, &format!("live-push-{engine:?}")).await;
    world.stop().await;
});

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_appears_without_push_by_the_schedule() {
    let (world, _) = world(
        Engine::Sqlite,
        &[
            ("MAILDESK_PUSH_ENABLED", "false"),
            ("MAILDESK_SYNC_INTERVAL_S", "2"),
        ],
    )
    .await;
    a_mail_appears(&world, "live-schedule").await;
    world.stop().await;
}

/// A browser gives one server six connections; eight tabs share one event stream. When the tab
/// that follows it goes, another takes over.
#[tokio::test(flavor = "multi_thread")]
async fn eight_tabs_are_live_at_once() {
    let (world, mailbox) = world(Engine::Sqlite, &[]).await;
    world.desk.register_push(&mailbox).await;
    let options = Options {
        requests: true,
        ..Options::default()
    };
    story("live-tabs", options, async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        let mut tabs = vec![browser.tab().await];
        for _ in 1..8 {
            tabs.push(browser.new_tab(&format!("{}/", world.desk.url)).await);
        }
        for tab in &tabs {
            browser.switch_to(tab).await;
            is_live(browser).await;
        }
        let requests = browser.requests().await;
        let streams = requests.iter().filter(|url| url.contains("/api/v1/events"));
        assert_eq!(streams.count(), 1, "{requests:#?}");
        world.sim.deliver(ADDRESS, "To all tabs").await;
        for tab in &tabs {
            browser.switch_to(tab).await;
            browser.find("row", "To all tabs").await;
        }
        browser.switch_to(&tabs[0]).await;
        browser.close_tab().await;
        for tab in &tabs[1..] {
            browser.switch_to(tab).await;
            is_live(browser).await;
        }
        world.sim.deliver(ADDRESS, "To the other seven").await;
        for tab in &tabs[1..] {
            browser.switch_to(tab).await;
            browser.find("row", "To the other seven").await;
        }
    })
    .await;
    world.stop().await;
}

/// What came while the line was cut is there when it is mended, and the page says when it is not
/// live.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missed_over_a_cut_line() {
    let (world, mailbox) = world(Engine::Sqlite, &[]).await;
    world.desk.register_push(&mailbox).await;
    let wire = Wire::to(&world.desk.url).await;
    story("live-cut", Options::default(), async |browser| {
        browser.sign_in(&wire.url, ADMINISTRATOR, PASSWORD).await;
        is_live(browser).await;
        mark(browser).await;
        let mut events = world.desk.events(None).await;
        let gone = world.sim.deliver(ADDRESS, "Soon gone").await;
        browser.find("row", "Soon gone").await;
        events.next_named("message.created").await;
        wire.cut();
        browser.find("status", "Not live").await;
        // Three mails and a deletion happen while nobody listens here.
        for subject in ["In the tunnel 1", "In the tunnel 2", "In the tunnel 3"] {
            world.sim.deliver(ADDRESS, subject).await;
            events.next_named("message.created").await;
        }
        world.sim.delete(ADDRESS, &gone).await;
        events.next_named("message.updated").await;
        assert!(!browser.text().await.contains("tunnel"));
        wire.mend();
        is_live(browser).await;
        for subject in ["In the tunnel 1", "In the tunnel 2", "In the tunnel 3"] {
            browser.find("row", subject).await;
        }
        browser.hides("Soon gone").await;
        assert!(is_marked(browser).await, "the page was loaded again");
    })
    .await;
    world.stop().await;
}

/// A network that is gone for a moment breaks no line, so nothing but its coming back says that the page
/// is live again.
#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_was_gone_for_a_moment_is_forgotten() {
    let (world, _) = world(Engine::Sqlite, &[]).await;
    story("live-offline", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        is_live(browser).await;
        browser
            .script("dispatchEvent(new Event('offline'))", json!([]))
            .await;
        browser.find("status", "Not live").await;
        browser
            .script("dispatchEvent(new Event('online'))", json!([]))
            .await;
        is_live(browser).await;
    })
    .await;
    world.stop().await;
}

/// The push table is drawn anew when something about any mailbox changes, and once in ten seconds at most.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_all_mailboxes_is_not_drawn_at_every_sync() {
    let (world, mailbox) = world(Engine::Sqlite, &[]).await;
    let path = format!("/mailboxes/{mailbox}");
    let last = async || world.desk.call(Method::GET, &path, None).await["lastSyncAt"].clone();
    story("live-push-table", Options::default(), async |browser| {
        let desk = &world.desk.url;
        browser.sign_in(desk, ADMINISTRATOR, PASSWORD).await;
        browser.open_page(&format!("{desk}/settings/push")).await;
        let drawn = "return performance.getEntriesByType('resource')
            .filter((one) => one.name === location.href).map((one) => one.startTime)";
        for n in 0..4 {
            let before = last().await;
            world.clock.advance(Duration::from_secs(2));
            let sync = format!("/mailboxes/{mailbox}/sync");
            world.desk.call(Method::POST, &sync, None).await;
            wait::until("it is synced", || async {
                (last().await != before).then_some(())
            })
            .await;
            if n == 0 {
                // The first is shown at once.
                browser
                    .until(
                        "it is drawn",
                        &format!("return (() => {{ {drawn} }})().length > 0"),
                    )
                    .await;
            }
        }
        // What came meanwhile is shown after the pause.
        browser
            .until(
                "it is drawn again",
                &format!("return (() => {{ {drawn} }})().length > 1"),
            )
            .await;
        let drawn = browser.script(drawn, json!([])).await;
        let drawn: Vec<f64> = serde_json::from_value(drawn).expect("times");
        let is_calm = drawn.windows(2).all(|two| two[1] - two[0] >= 9_900.0);
        assert!(is_calm, "{drawn:?}");
    })
    .await;
    world.stop().await;
}
