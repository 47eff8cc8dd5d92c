//! Two people at one mailbox, each with a browser of their own: what one does the other sees, and
//! nobody takes from the other what they are reading or writing.

use std::time::Duration;

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::wait;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use reqwest::Method;
use serde_json::{Value, json};

const TEAM: &str = "team@contoso.test";
const BEN: &str = "ben@contoso.test";
const JONAS: &str = "jonas@contoso.test";

/// A mailbox that both may read, with a question of Jonas and another mail.
async fn world() -> World {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.person(BEN).await;
    for somebody in [ADMINISTRATOR, BEN] {
        world.give_password(somebody).await;
    }
    world.sim.add_mailbox(JONAS, "user").await;
    let mailbox = world.mailbox(TEAM).await;
    let people = world.desk.all("/users").await;
    let ids: Vec<&Value> = people.iter().map(|one| &one["id"]).collect();
    let path = format!("/mailboxes/{mailbox}/access");
    let access = json!({ "userIds": ids });
    world.desk.call(Method::PUT, &path, Some(access)).await;
    world.desk.register_push(&mailbox).await;
    for (subject, minute) in [("Plans", 1), ("Parking", 2)] {
        let mail = json!({
            "from": {"name": "Jonas", "address": JONAS}, "subject": subject,
            "html": format!("<p>{subject}, please?</p>"),
            "receivedDateTime": format!("2026-01-05T10:{minute:02}:00Z"),
        });
        world.sim.deliver_mail(TEAM, mail).await;
    }
    world
}

/// Both at their desks, each in a browser.
async fn both(world: &World, name: &str, what: impl AsyncFn(&Browser, &Browser)) {
    story(&format!("{name}-ada"), Options::default(), async |ada| {
        sign_in(ada, world, ADMINISTRATOR).await;
        story(&format!("{name}-ben"), Options::default(), async |ben| {
            sign_in(ben, world, BEN).await;
            what(ada, ben).await;
        })
        .await;
    })
    .await;
}

async fn sign_in(browser: &Browser, world: &World, somebody: &str) {
    browser.sign_in(&world.desk.url, somebody, PASSWORD).await;
    browser.find("status", "Live").await;
    browser.find("row", "Plans").await;
}

/// In which folder Outlook has the one message of a subject.
async fn lies_in(world: &World, subject: &str, folder: &str) {
    wait::until(&format!("{subject} lies in {folder}"), || async {
        let there = world.sim.snapshot(TEAM).await;
        let mut messages = there["messages"].as_array()?.iter();
        let one = messages.find(|one| one["subject"] == subject)?;
        (one["folderName"] == folder).then_some(())
    })
    .await;
}

/// The rows of the list, top down.
async fn lists(browser: &Browser, what: &str, wanted: &str) {
    let script = format!(
        "return [...document.querySelectorAll('#list > li .subject')].map((one) => one.textContent).join() === '{wanted}'"
    );
    browser.until(what, &script).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_files_what_another_answers() {
    let world = world().await;
    both(&world, "together", async |ada, ben| {
        for browser in [ada, ben] {
            browser.click("link", "Plans").await;
            browser
                .frame_shows("Text of the message", "Plans, please?")
                .await;
        }
        ben.click("button", "Reply").await;
        ben.shows("The message you answer is added below").await;
        ben.click("#compose-text", "Text of your message").await;
        ben.press("We shall, ").await;
        ben.find("status", "Saved").await;

        // What she does shows where he is, and he goes on writing where he was.
        ada.click("button", "Flag").await;
        ben.until(
            "he sees the flag",
            "return !!document.querySelector('#list .flagged')",
        )
        .await;
        ada.click("button", "Archive").await;
        ada.shows("Archived.").await;
        lists(ada, "it left her list", "Parking").await;
        lies_in(&world, "Plans", "Archive").await;
        ben.press("on Friday.").await;
        ben.shows("We shall, on Friday.").await;
        ben.find("status", "Saved").await;
        ben.keep_picture("together-archived-while-he-writes").await;
        ben.click("button", "Send").await;
        ben.shows("Sending in").await;
        world.clock.advance(Duration::from_secs(20));
        ben.shows("Sent").await;
        let sent = || async {
            let there = world.sim.snapshot(JONAS).await;
            let messages = there["messages"].as_array()?.iter();
            let came = messages.filter(|one| one["subject"] == "RE: Plans");
            (came.count() == 1).then_some(())
        };
        wait::until("Jonas has one answer", sent).await;

        // She takes it back, and it is there again for both.
        ada.press("z").await;
        lies_in(&world, "Plans", "Inbox").await;
        for browser in [ada, ben] {
            lists(browser, "it is there again", "Parking,Plans").await;
            assert!(browser.console().await.is_empty());
        }
    })
    .await;
    world.stop().await;
}

/// What the buttons above an open message are about.
const MEANT: &str = "return document.querySelector('#reading .toolbar [name=id]').value";

#[tokio::test(flavor = "multi_thread")]
async fn what_one_reads_is_filed_from_where_another_has_put_it() {
    let world = world().await;
    both(&world, "together-move", async |ada, ben| {
        ben.click("link", "Plans").await;
        ben.frame_shows("Text of the message", "Plans, please?")
            .await;
        let before = ben.script(MEANT, json!([])).await;
        ada.click("field", "Select “Plans”").await;
        ada.click("button", "Archive").await;
        ada.shows("Archived.").await;
        lists(ben, "it left his list", "Parking").await;
        // He still reads it, and what can be done with it is what can be done where it is now.
        let archived = "return !document.querySelector('#reading [value=archive]')";
        ben.until("it is archived already", archived).await;
        ben.frame_shows("Text of the message", "Plans, please?")
            .await;

        // Had he clicked a moment before that was shown, he would be told.
        let stale = "document.querySelector('#reading .toolbar [name=id]').value = arguments[0]";
        ben.script(stale, json!([before])).await;
        ben.click("button", "Delete").await;
        ben.shows("the message is no longer where it was").await;
        ben.keep_picture("together-moved-meanwhile").await;
        let again =
            format!("{MEANT} !== arguments[0]").replace("arguments[0]", &before.to_string());
        ben.until("it is shown where it is", &again).await;
        ben.click("button", "Delete").await;
        lies_in(&world, "Plans", "Deleted Items").await;
        for browser in [ada, ben] {
            lists(browser, "it is in nobody's inbox", "Parking").await;
            browser.click("link", "Deleted Items").await;
            browser.find("heading", "Deleted Items").await;
            lists(browser, "it is among the deleted", "Plans").await;
        }
        // The browser itself notes what was not found.
        assert_eq!(ben.console().await.len(), 1);
        assert!(ada.console().await.is_empty());
    })
    .await;
    world.stop().await;
}
