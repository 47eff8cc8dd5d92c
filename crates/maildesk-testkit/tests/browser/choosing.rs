//! Many messages at once: chosen with the mouse as in every list of files or by keys alone, done
//! with in one go, and taken back in one go.

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use serde_json::{Value, json};

use crate::steps;

const ADDRESS: &str = "team@contoso.test";

/// A mailbox with six mails, the sixth on top.
async fn world() -> World {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    let mailbox = world.mailbox(ADDRESS).await;
    world.desk.register_push(&mailbox).await;
    // One after the other: what is taken in later stands higher.
    let mut events = world.desk.events(None).await;
    for n in 1..=6 {
        world.sim.deliver(ADDRESS, &format!("Question {n}")).await;
        events.next_named("message.created").await;
    }
    world
}

async fn chosen(browser: &Browser, count: usize) {
    let script =
        format!("return document.querySelectorAll('#list input:checked').length === {count}");
    browser.until(&format!("{count} chosen"), &script).await;
}

/// How many messages of Outlook's own are as a test wants them.
async fn in_outlook(world: &World, what: &str, count: usize, fits: impl Fn(&Value) -> bool) {
    steps::in_outlook(world, ADDRESS, what, count, fits).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_chosen_done_with_and_taken_back() {
    let world = world().await;
    story("choosing", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.find("row", "Question 6").await;
        browser.click("field", "Select “Question 5”").await;
        browser.shows("1 selected").await;
        browser
            .hold("\u{E008}", async || {
                browser.click("row", "Question 2").await;
            })
            .await;
        browser.shows("4 selected").await;
        browser
            .hold("\u{E009}", async || {
                browser.click("row", "Question 3").await;
            })
            .await;
        browser.shows("3 selected").await;
        browser.keep_picture("choosing").await;

        // What is chosen stays chosen while mail arrives, and nothing moves away under the hand.
        world.sim.deliver(ADDRESS, "Meanwhile").await;
        browser.find("button", "1 new").await;
        assert!(browser.all("row", "Meanwhile").await.is_empty());
        chosen(browser, 3).await;

        browser.click("button", "Mark as read").await;
        browser.shows("3 messages marked as read.").await;
        in_outlook(&world, "three are read", 3, |one| one["isRead"] == true).await;
        browser.find("row", "Meanwhile").await;
        chosen(browser, 3).await;
        browser.click("button", "Archive").await;
        browser.shows("3 messages archived.").await;
        browser.keep_picture("archived").await;
        chosen(browser, 0).await;
        assert!(browser.all("row", "Question 5").await.is_empty());
        in_outlook(&world, "three are archived", 3, |one| {
            one["folderName"] == "Archive"
        })
        .await;
        browser.click("button", "Undo").await;
        browser.shows("Taken back for 3 messages.").await;
        browser.find("row", "Question 5").await;
        in_outlook(&world, "none is archived", 0, |one| {
            one["folderName"] == "Archive"
        })
        .await;
    })
    .await;
    world.stop().await;
}

/// Rests a finger on a row until something has come of it.
async fn rest_on(browser: &Browser, row: &str, count: usize) {
    let place = "const row = [...document.querySelectorAll('#list > li')]
            .find((one) => one.textContent.includes(arguments[0]));
        const { x, y } = row.getBoundingClientRect();
        return { x: x + 120, y: y + 20 }";
    let point = browser.script(place, json!([row])).await;
    for (kind, points) in [("touchStart", json!([point])), ("touchEnd", json!([]))] {
        let touch = json!({"type": kind, "touchPoints": points});
        browser.devtools("Input.dispatchTouchEvent", touch).await;
        chosen(browser, count).await;
    }
}

/// On a phone: a finger that rests on a row begins, one on another row chooses all between, and there
/// is a button for all.
#[tokio::test(flavor = "multi_thread")]
async fn a_resting_finger_chooses_rows() {
    let world = world().await;
    story("choosing-by-touch", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.find("row", "Question 6").await;
        let touch = json!({"enabled": true});
        browser
            .devtools("Emulation.setTouchEmulationEnabled", touch)
            .await;
        browser.resize(390, 844).await;
        rest_on(browser, "Question 5", 1).await;
        rest_on(browser, "Question 3", 3).await;
        // Nothing was opened by it.
        assert_eq!(browser.path().await, "/");
        browser.click("button", "Select all that are loaded").await;
        chosen(browser, 6).await;
        browser.keep_picture("choosing-by-touch").await;
        assert!(browser.fits().await);
        assert_eq!(browser.violations().await, "");
        browser.click("button", "Archive").await;
        browser.shows("6 messages archived.").await;
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_at_the_desk_without_a_mouse() {
    let world = world().await;
    story("keys", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.find("row", "Question 6").await;
        browser.press("?").await;
        browser.shows("Select down to the next message").await;
        browser.keep_picture("keys").await;
        browser.press("\u{E00C}").await;
        browser.hides("Select down to the next message").await;

        // Down two, up one, open it, read it, back to where one was.
        browser.press("jjk").await;
        browser.press("o").await;
        browser
            .frame_shows("Text of the message", "Question 6")
            .await;
        browser.press("u").await;
        browser.shows("Choose a message to read it.").await;
        let focused = "return document.activeElement.textContent.includes('Question 6')";
        browser.until("the focus is on its row", focused).await;

        // Arrows go through the list, too, and one by one with Shift.
        browser.press("\u{E015}").await;
        let below = "return document.activeElement.textContent.includes('Question 5')";
        browser.until("the next row", below).await;
        browser.press("\u{E013}").await;
        browser.until("the row before", focused).await;
        browser
            .hold("\u{E008}", async || browser.press("\u{E015}").await)
            .await;
        browser.shows("2 selected").await;
        browser.press("\u{E00C}\u{E013}").await;
        browser.until("back again", focused).await;

        // Three at once, by shift and j.
        browser.press("x").await;
        browser
            .hold("\u{E008}", async || browser.press("jj").await)
            .await;
        browser.shows("3 selected").await;
        browser.press("#").await;
        browser.shows("3 messages moved to Deleted Items.").await;
        browser
            .until(
                "one goes on below",
                "return document.activeElement.textContent.includes('Question 3')",
            )
            .await;
        browser.press("z").await;
        browser.shows("Taken back for 3 messages.").await;
        browser.find("row", "Question 6").await;

        // All, none; flags by a letter; folders by two.
        browser.press("*a").await;
        browser.shows("6 selected").await;
        browser.press("\u{E00C}").await;
        chosen(browser, 0).await;
        browser.press("s").await;
        browser.shows("Flagged.").await;
        in_outlook(&world, "one is flagged", 1, |one| {
            one["flagStatus"] == "flagged"
        })
        .await;
        browser.press("gs").await;
        browser
            .until(
                "only what is flagged",
                "return document.querySelectorAll('#list > li').length === 1",
            )
            .await;
        browser.press("gi").await;
        browser.find("row", "Question 1").await;

        // Letters are letters where somebody types.
        browser.press("/").await;
        browser.press("e#x").await;
        assert_eq!(browser.value("Search mail").await, "e#x");
        let list = browser
            .script(
                "return document.querySelectorAll('#list > li').length",
                json!([]),
            )
            .await;
        assert_eq!(list, 6);
    })
    .await;
    world.stop().await;
}

/// The right button, or the menu key, asks what can be done with a row; what is chosen goes along.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_has_a_menu() {
    let world = world().await;
    story("row-menu", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        let item = "[role=menuitem]";
        browser.right_click("row", "Question 6").await;
        browser.find(item, "Flag with a date").await;
        for dark in [false, true] {
            browser.darken(dark).await;
            browser.keep_picture(&format!("row-menu-{dark}")).await;
            assert_eq!(browser.violations().await, "");
        }
        let inside = "const box = document.getElementById('row-menu').getBoundingClientRect();
            return box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight";
        browser.until("all of it is in sight", inside).await;
        // In it, arrows go around, and letters do nothing.
        browser.press("\u{E013}e").await;
        let last = "return document.activeElement.dataset.does === 'unread'";
        browser.until("up leads to the last", last).await;
        browser.press("\u{E00C}").await;
        browser.hides("Flag with a date").await;
        let home = "return document.activeElement.textContent.includes('Question 6')";
        browser.until("the focus is on the row again", home).await;

        // About this row and no other.
        browser.right_click("row", "Question 4").await;
        browser.click(item, "Delete").await;
        browser.shows("Moved to Deleted Items.").await;
        in_outlook(&world, "it is deleted", 1, |one| {
            one["folderName"] == "Deleted Items" && one["subject"] == "Question 4"
        })
        .await;
        // In Deleted Items it offers what is done there.
        browser.click("link", "Deleted Items").await;
        browser.find("heading", "Deleted Items").await;
        browser.right_click("row", "Question 4").await;
        browser.click(item, "Restore").await;
        browser.shows("Put back.").await;
        browser.click("link", "Inbox").await;
        browser.find("row", "Question 4").await;
        // About all that are chosen, where this is one of them; by the keyboard, too.
        for question in ["Question 3", "Question 1"] {
            browser.click("field", &format!("Select “{question}”")).await;
        }
        browser.shows("2 selected").await;
        let by_key = "const row = [...document.querySelectorAll('#list > li a')]
                .find((one) => one.textContent.includes('Question 3'));
            row.focus();
            row.dispatchEvent(new PointerEvent('contextmenu', { bubbles: true, cancelable: true }))";
        browser.script(by_key, json!([])).await;
        browser.press("\u{E015}\u{E007}").await;
        browser.shows("2 messages archived.").await;
        in_outlook(&world, "both are archived", 2, |one| {
            one["folderName"] == "Archive"
        })
        .await;
        // Another row than those that are chosen is meant alone.
        browser.click("field", "Select “Question 6”").await;
        browser.right_click("row", "Question 2").await;
        chosen(browser, 0).await;
        browser.click(item, "Mark as read").await;
        in_outlook(&world, "it is read", 1, |one| {
            one["isRead"] == true && one["subject"] == "Question 2"
        })
        .await;
        let console = browser.console().await;
        assert!(console.is_empty(), "{console:?}");
    })
    .await;
    world.stop().await;
}

/// Deleting for good is asked first, with a script and without one.
#[tokio::test(flavor = "multi_thread")]
async fn what_goes_for_good_is_asked_first() {
    let world = world().await;
    for no_scripts in [false, true] {
        let options = Options {
            no_scripts,
            ..Options::default()
        };
        story("for-good", options, async |browser| {
            browser
                .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
                .await;
            browser.click("link", "team").await;
            let subject = if no_scripts {
                "Question 1"
            } else {
                "Question 2"
            };
            browser.click("field", &format!("Select “{subject}”")).await;
            browser.click("button", "Delete").await;
            browser.shows("Moved to Deleted Items.").await;
            browser.click("link", "Deleted Items").await;
            browser.find("heading", "Deleted Items").await;
            // Until then it is a click away.
            browser.click("field", &format!("Select “{subject}”")).await;
            browser.click("button", "Restore").await;
            browser.shows("Put back.").await;
            browser.click("link", "Inbox").await;
            browser.click("field", &format!("Select “{subject}”")).await;
            browser.click("button", "Delete").await;
            browser.shows("Moved to Deleted Items.").await;
            browser.click("link", "Deleted Items").await;
            browser.find("heading", "Deleted Items").await;
            browser.click("field", &format!("Select “{subject}”")).await;
            browser.click("button", "Delete").await;
            browser.shows("It cannot be brought back.").await;
            browser
                .keep_picture(&format!("for-good-{no_scripts}"))
                .await;
            browser.click("link", "Keep").await;
            browser.hides("It cannot be brought back.").await;
            browser.find("row", subject).await;
            if no_scripts {
                browser.click("field", &format!("Select “{subject}”")).await;
            }
            browser.click("button", "Delete").await;
            browser.click("button", "Delete for good").await;
            browser.shows("Deleted for good.").await;
            assert!(browser.all("row", subject).await.is_empty());
            in_outlook(&world, "it is gone", 0, |one| one["subject"] == subject).await;
        })
        .await;
    }
    world.stop().await;
}

/// What Microsoft refuses is put back, with the reason, said once for all it struck: here two that
/// somebody took out of Deleted Items in Outlook while nobody here could know.
#[tokio::test(flavor = "multi_thread")]
async fn what_microsoft_refuses_is_said_with_its_reason() {
    let world = world().await;
    story("refused", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.find("row", "Question 6").await;
        browser.press("jxjx").await;
        browser.press("#").await;
        browser.shows("2 messages moved to Deleted Items.").await;
        let in_bin = |one: &serde_json::Value| one["folderName"] == "Deleted Items";
        in_outlook(&world, "two are deleted", 2, in_bin).await;
        browser.click("link", "Deleted Items").await;
        browser.find("heading", "Deleted Items").await;
        browser.find("row", "Question").await;
        world
            .sim
            .faults(json!({"notifications": {"drop": 1}}))
            .await;
        let there = world.sim.snapshot(ADDRESS).await;
        for message in there["messages"].as_array().into_iter().flatten() {
            if in_bin(message) {
                let id = message["id"].as_str().unwrap_or_default();
                world.sim.move_to(ADDRESS, id, "archive").await;
            }
        }
        browser.press("*a").await;
        browser.shows("2 selected").await;
        browser.press("#").await;
        browser.click("button", "Delete for good").await;
        browser.shows("Microsoft refused 2 changes").await;
        browser.shows("no longer in Deleted Items").await;
        browser.keep_picture("refused").await;
        // Told once; another load of the page says it no more.
        browser.reload().await;
        browser.find("status", "Live").await;
        assert!(!browser.text().await.contains("Microsoft refused"));
        in_outlook(&world, "nothing is lost", 6, |_| true).await;
    })
    .await;
    world.stop().await;
}
