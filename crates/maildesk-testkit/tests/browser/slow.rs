//! A Microsoft that is slow: what one does shows at once, what has to be waited for says so, and one
//! can go on meanwhile.

use std::time::Duration;

use maildesk_testkit::engine::Engine;
use maildesk_testkit::valve::Valve;
use maildesk_testkit::wait;
use maildesk_testkit::world::{ADMINISTRATOR, World};
use serde_json::json;

use crate::steps::at_the_desk;

const TEAM: &str = "team@contoso.test";
const BO: &str = "bo@contoso.test";

async fn world(valve: &Valve) -> World {
    let world = World::behind(valve, Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    world.sim.add_mailbox(BO, "user").await;
    let mailbox = world.mailbox(TEAM).await;
    world.desk.register_push(&mailbox).await;
    for n in 1..=3 {
        world.sim.deliver(TEAM, &format!("Question {n}")).await;
    }
    world
}

/// How many messages Outlook has in a folder of a mailbox.
async fn holds(world: &World, address: &str, folder: &str) -> usize {
    let there = world.sim.snapshot(address).await;
    let messages = there["messages"].as_array().cloned().unwrap_or_default();
    let found = messages.iter().filter(|one| one["folderName"] == folder);
    found.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn filing_does_not_wait_for_microsoft() {
    let valve = Valve::holding("/move");
    let world = world(&valve).await;
    at_the_desk(&world, "slow-filing", "Question 3", async |browser| {
        browser.click("field", "Select “Question 3”").await;
        browser.click("button", "Archive").await;
        browser.shows("Archived.").await;
        valve.holds(1).await;
        assert!(browser.all("row", "Question 3").await.is_empty());
        assert_eq!(holds(&world, TEAM, "Archive").await, 0);

        // Meanwhile one reads, and new mail comes.
        browser.click("link", "Question 2").await;
        browser
            .frame_shows("Text of the message", "Question 2")
            .await;
        world.sim.deliver(TEAM, "Question 4").await;
        browser.find("row", "Question 4").await;
        // Another load of the page still shows it where it was put.
        browser.reload().await;
        browser.find("row", "Question 4").await;
        assert!(browser.all("row", "Question 3").await.is_empty());
        browser.keep_picture("slow-filing").await;
        valve.open();
        wait::until("Outlook has it in Archive", || async {
            (holds(&world, TEAM, "Archive").await == 1).then_some(())
        })
        .await;
        assert!(browser.all("row", "Question 3").await.is_empty());
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_takes_long_to_go_out_says_so_and_goes_once() {
    let valve = Valve::holding("/send");
    let world = world(&valve).await;
    at_the_desk(&world, "slow-sending", "Question 3", async |browser| {
        browser.click("button", "New message").await;
        browser.fill("To", BO).await;
        browser.press("\u{E007}").await;
        browser.fill("Subject", "Offer").await;
        browser.click("#compose-text", "Text of your message").await;
        browser.press("Dear Bo").await;
        browser.find("status", "Saved").await;
        browser.click("button", "Send").await;
        browser.shows("Sending in").await;
        world.clock.advance(Duration::from_secs(20));
        valve.holds(1).await;
        browser.shows("Sending").await;
        browser.keep_picture("slow-sending").await;
        // One may go on, and even leave.
        browser.click("link", "Question 1").await;
        browser
            .frame_shows("Text of the message", "Question 1")
            .await;
        browser.reload().await;
        browser.find("row", "Question 1").await;
        assert_eq!(holds(&world, BO, "Inbox").await, 0);
        valve.open();
        wait::until("it is there, once", || async {
            (holds(&world, BO, "Inbox").await == 1).then_some(())
        })
        .await;
        wait::until("it is among the sent", || async {
            (holds(&world, TEAM, "Sent Items").await == 1).then_some(())
        })
        .await;
    })
    .await;
    assert_eq!(holds(&world, BO, "Inbox").await, 1);
    world.stop().await;
}

/// A text that is not here is fetched while one waits, and one sees that it is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_fetched_slowly_comes_by_itself() {
    let valve = Valve::holding("/nothing is held");
    let world = World::behind(&valve, Engine::Sqlite, &[("MAILDESK_SYNC_INTERVAL_S", "1")]).await;
    world.give_password(ADMINISTRATOR).await;
    world.set_parameter("sync.bodies.days", "30").await;
    world.sim.add_mailbox(TEAM, "shared").await;
    for (subject, received) in [
        ("Question 3", "2001-01-01T00:00:00Z"),
        ("Old", "2003-01-01T00:00:00Z"),
    ] {
        let mail = json!({
            "from": {"name": "Grace", "address": "grace@example.org"}, "subject": subject,
            "html": format!("<p>What was {subject}</p>"), "receivedDateTime": received,
        });
        world.sim.deliver_mail(TEAM, mail).await;
    }
    world.connect(TEAM).await;
    at_the_desk(&world, "slow-text", "Question 3", async |browser| {
        world
            .sim
            .faults(json!({"graph": {"latencyMs": 4000}}))
            .await;
        browser.click("link", "Old").await;
        browser.shows("grace@example.org").await;
        browser.keep_picture("slow-text-waiting").await;
        browser
            .frame_shows("Text of the message", "What was Old")
            .await;
        browser.keep_picture("slow-text").await;
        world.sim.faults(json!({})).await;
    })
    .await;
    world.stop().await;
}
