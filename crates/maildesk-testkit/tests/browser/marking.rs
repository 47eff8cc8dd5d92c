//! Flags with a day, categories with a colour, and reading that counts when one wants it to.

use maildesk_testkit::engine::Engine;
use maildesk_testkit::wait;
use maildesk_testkit::world::{ADMINISTRATOR, World};
use serde_json::{Value, json};

use crate::steps::{self, at_the_desk};

const ADDRESS: &str = "team@contoso.test";

async fn world() -> World {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    let mailbox = world.mailbox(ADDRESS).await;
    world.desk.register_push(&mailbox).await;
    let mut events = world.desk.events(None).await;
    for n in 1..=3 {
        world.sim.deliver(ADDRESS, &format!("Order {n}")).await;
        events.next_named("message.created").await;
    }
    world
}

async fn in_outlook(world: &World, subject: &str, what: &str, fits: impl Fn(&Value) -> bool) {
    let fits = |one: &Value| one["subject"] == subject && fits(one);
    steps::in_outlook(world, ADDRESS, what, 1, fits).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_has_a_day_here_and_in_outlook() {
    let world = world().await;
    at_the_desk(&world, "flags", "Order 3", async |browser| {
        browser.press("jj").await;
        browser
            .hold("\u{E008}", async || browser.press("s").await)
            .await;
        browser.click("button", "Due tomorrow").await;
        browser.shows("Flagged.").await;
        in_outlook(&world, "Order 2", "it is flagged", |one| {
            one["flagStatus"] == "flagged"
        })
        .await;
        let due = "return document.querySelector('#list .due')?.textContent.includes('due')";
        browser.until("the day is in the list", due).await;
        // Any other day: what the menu offers is not all there is.
        browser
            .hold("\u{E008}", async || browser.press("s").await)
            .await;
        browser.find("field", "Another day").await;
        browser.click("button", "Due on this day").await;
        browser.find("field", "Another day").await;
        let in_a_year = "const field = document.getElementById('flag-day');
            field.value = `${new Date().getFullYear() + 1}-02-03`; return field.value";
        let day = browser.script(in_a_year, json!([])).await;
        browser.click("button", "Due on this day").await;
        browser.shows("Flagged.").await;
        let due =
            format!("return document.querySelector('#list .due')?.textContent.includes({day})");
        browser.until("that day is in the list", &due).await;
        browser.press("z").await;
        browser.shows("Taken back.").await;
        let before = format!(
            "const due = document.querySelector('#list .due');
            return due && !due.textContent.includes({day})"
        );
        browser.until("it is the day before that", &before).await;
        browser
            .hold("\u{E008}", async || browser.press("s").await)
            .await;
        browser.click("button", "Mark as done").await;
        browser.shows("Marked as done.").await;
        in_outlook(&world, "Order 2", "it is done", |one| {
            one["flagStatus"] == "complete"
        })
        .await;
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_is_made_coloured_and_listed() {
    let world = world().await;
    at_the_desk(&world, "categories", "Order 3", async |browser| {
        browser.click("field", "Select “Order 1”").await;
        browser.click("field", "Select “Order 3”").await;
        browser.press("l").await;
        browser.fill("New category", "Spare parts").await;
        browser.find("field", "Colour of the new category").await;
        let choose = "document.querySelector('dialog [name=new-colour]').value = arguments[0]";
        browser.script(choose, json!(["9"])).await;
        browser.click("button", "Save").await;
        browser.shows("Categories of 2 messages changed.").await;
        let has = |colour: u8| {
            format!("return document.querySelectorAll('#list .swatch.cat-{colour}').length === 2")
        };
        browser.until("it has its colour at once", &has(9)).await;
        in_outlook(&world, "Order 1", "Outlook has it", |one| {
            one["categories"] == json!(["Spare parts"])
        })
        .await;
        browser.press("z").await;
        browser.shows("Taken back for 2 messages.").await;
        in_outlook(&world, "Order 1", "it is off again", |one| {
            one["categories"] == json!([])
        })
        .await;
        browser.press("l").await;
        browser.click("field", "Spare parts").await;
        browser.click("button", "Save").await;
        browser.shows("Categories of 2 messages changed.").await;
        browser.press("l").await;
        browser.find("field", "Colour of Spare parts").await;
        let choose = "const field = document.querySelector('dialog select'); field.value = '4'";
        browser.script(choose, json!([])).await;
        browser.click("button", "Save").await;
        browser.until("it has another colour", &has(4)).await;
        let chip = "document.querySelector('#list .chip').click()";
        browser.script(chip, json!([])).await;
        browser.find("heading", "Category “Spare parts”").await;
        browser
            .until(
                "two are listed",
                "return document.querySelectorAll('#list > li').length === 2",
            )
            .await;
        browser.keep_picture("category").await;
        browser.click("link", "Show all categories").await;
        browser.find("row", "Order 2").await;
    })
    .await;
    world.stop().await;
}

/// What the keys do with chosen rows, the buttons above an open message do with that message.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_reads_is_flagged_categorised_and_moved_from_above_it() {
    let world = world().await;
    at_the_desk(&world, "toolbar", "Order 3", async |browser| {
        browser.click("field", "Select “Order 1”").await;
        browser.click("link", "Order 2").await;
        browser.frame_shows("Text of the message", "Order 2").await;
        browser.click("#reading button", "Flag with a date").await;
        browser.click("button", "Due today").await;
        in_outlook(&world, "Order 2", "it is flagged", |one| {
            one["flagStatus"] == "flagged"
        })
        .await;
        browser.click("#reading button", "Categorise…").await;
        browser.fill("New category", "Tools").await;
        // A click beside it takes nothing away.
        let beside = "document.querySelector('dialog[open]').click()";
        browser.script(beside, json!([])).await;
        assert_eq!(browser.value("New category").await, "Tools");
        browser.click("button", "Save").await;
        in_outlook(&world, "Order 2", "it has it", |one| {
            one["categories"] == json!(["Tools"])
        })
        .await;
        browser.click("#reading button", "Move to…").await;
        browser.find("field", "Type part of a folder’s name").await;
        let there = "return [...document.querySelectorAll('#picker-list li')].map((one) => one.textContent).join()";
        let there = browser.script(there, json!([])).await;
        let there = there.as_str().expect("a text");
        assert!(there.contains("Archive"), "{there}");
        assert!(!there.contains("Outbox"), "nothing is moved there: {there}");
        browser.press("arch\u{E007}").await;
        in_outlook(&world, "Order 2", "it is moved", |one| one["folderName"] == "Archive").await;
        // What was chosen is as it was.
        in_outlook(&world, "Order 1", "nothing came of it", |one| {
            one["folderName"] == "Inbox" && one["flagStatus"] == "notFlagged" && one["categories"] == json!([])
        })
        .await;
    })
    .await;
    world.stop().await;
}

/// More than one request takes: it goes on by itself, and all of it is taken back.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_marked_as_read_as_a_whole() {
    let world = world().await;
    for n in 0..210 {
        world.sim.deliver(ADDRESS, &format!("Scan {n}")).await;
    }
    let unread = async |wanted: usize, what: &str| {
        wait::until(what, || async {
            let there = world.sim.snapshot(ADDRESS).await;
            let messages = there["messages"].as_array()?.iter();
            let unread = messages.filter(|one| one["isRead"] == false).count();
            (unread == wanted).then_some(())
        })
        .await;
    };
    at_the_desk(&world, "read-all", "Scan 209", async |browser| {
        browser.click("link", "team").await;
        browser
            .until(
                "all are known",
                "return document.querySelector('#tree .mailbox .count')?.textContent === '213'",
            )
            .await;
        browser.click("button", "Mark all as read").await;
        browser.shows("13 messages marked as read.").await;
        browser.shows("200 messages marked as read.").await;
        unread(0, "all are read in Outlook").await;
        browser.find("row", "Scan 209").await;
        let offered = "return document.querySelector('.read-all').hidden";
        browser.until("nothing is left to do", offered).await;
        browser.keep_picture("read-all").await;
        assert_eq!(browser.violations().await, "");
        browser.press("z").await;
        unread(213, "all are unread again").await;
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_counts_when_one_wants_it_to_and_letters_can_be_off() {
    let world = world().await;
    at_the_desk(&world, "policy", "Order 3", async |browser| {
        let profile = format!("{}/profile", world.desk.url);
        browser.open_page(&profile).await;
        browser.click("field", "when I mark it as read").await;
        browser.click("field", "Single keys do something").await;
        let saved = |field: &str| {
            format!(
                "const group = document.querySelector('fieldset:has([name={field}])');
                return group.querySelector('.said')?.textContent === 'Saved.'"
            )
        };
        browser.until("it is saved", &saved("shortcuts")).await;
        browser.open_page(&format!("{}/", world.desk.url)).await;
        browser.find("status", "Live").await;
        browser.press("j").await;
        let nowhere = "return document.activeElement === document.body";
        assert_eq!(
            browser.script(nowhere, json!([])).await,
            true,
            "letters do nothing"
        );
        browser.click("link", "Order 3").await;
        browser.frame_shows("Text of the message", "Order 3").await;
        browser.find("button", "Mark as read").await;
        browser.click("link", "Order 2").await;
        browser.frame_shows("Text of the message", "Order 2").await;
        // By hand it is, so both are unread still.
        browser.click("button", "Mark as read").await;
        in_outlook(&world, "Order 2", "it is read", |one| one["isRead"] == true).await;
        in_outlook(&world, "Order 3", "it is not", |one| one["isRead"] == false).await;

        browser.open_page(&profile).await;
        browser.click("field", "open for two seconds").await;
        browser.until("it is saved", &saved("mark-read")).await;
        browser.open_page(&format!("{}/", world.desk.url)).await;
        browser.click("link", "Order 1").await;
        in_outlook(&world, "Order 1", "it is read", |one| one["isRead"] == true).await;
    })
    .await;
    world.stop().await;
}

/// One notification for each arrival, whatever the number of tabs, and only from mailboxes one
/// wants to hear of.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_tells_of_new_mail_once() {
    let world = world().await;
    at_the_desk(&world, "notify", "Order 3", async |browser| {
        // The system's own notifications cannot be read: a note-taker stands in for them. A tab
        // that is looked at tells nothing, so none has the focus.
        let stand_in = r"
            window.told = [];
            window.Notification = class extends EventTarget {
              static permission = 'granted';
              static requestPermission = async () => 'granted';
              constructor(title, options) { super(); window.told.push([title, options.body]); }
              close() {}
            };
            document.hasFocus = () => false;";
        browser.script(stand_in, json!([])).await;
        let first = browser.tab().await;
        browser.click("button", "Notifications").await;
        browser.click("field", ADDRESS).await;
        browser.press("\u{E00C}").await;
        let second = browser.new_tab(&format!("{}/", world.desk.url)).await;
        browser.script(stand_in, json!([])).await;
        browser.find("status", "Live").await;
        world.sim.deliver(ADDRESS, "Secret plan").await;
        browser.find("row", "Secret plan").await;
        assert_eq!(
            browser.script("return window.told.length", json!([])).await,
            0,
            "{second}"
        );
        browser.switch_to(&first).await;
        browser
            .until("the first tab tells", "return window.told.length === 1")
            .await;
        let told = browser.script("return window.told[0]", json!([])).await;
        assert_eq!(
            told,
            json!([format!("New mail in {ADDRESS}"), ""]),
            "nothing of its content"
        );
        browser.click("button", "Notifications").await;
        browser
            .click("field", "Show who wrote, and the subject")
            .await;
        browser.press("\u{E00C}").await;
        // What turns the direction would do so in a window that is not ours.
        world.sim.deliver(ADDRESS, "Open \u{202e}plan").await;
        browser
            .until("it tells again", "return window.told.length === 2")
            .await;
        let told = browser.script("return window.told[1]", json!([])).await;
        let body = format!("Open plan\nNew mail in {ADDRESS}");
        assert_eq!(told, json!(["Grace Hopper", body]));
    })
    .await;
    world.stop().await;
}
