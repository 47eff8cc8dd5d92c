//! Moving messages: by a list one types into, and by dragging rows onto the tree.

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::wait;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use serde_json::json;

const TEAM: &str = "team@contoso.test";
const SALES: &str = "sales@contoso.test";

/// What a drag is made of, without the hand: the events that a browser sends on the way from a row
/// to a link of the tree. The answer is whether the link takes it.
const DRAG: &str = r"
const [subject, mailbox, known] = arguments;
const row = [...document.querySelectorAll('#list > li')].find((one) => one.textContent.includes(subject));
const link = document.querySelector(`#tree a[data-mailbox='${mailbox}'][data-known='${known}']`);
const dataTransfer = new DataTransfer();
const send = (name, to) => to.dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer }));
send('dragstart', row);
const takes = !send('dragover', link);
send('drop', link);
send('dragend', row);
return takes;
";

async fn world() -> (World, String, String) {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    let team = world.mailbox(TEAM).await;
    let sales = world.mailbox(SALES).await;
    for (address, mailbox) in [(TEAM, &team), (SALES, &sales)] {
        world.desk.register_push(mailbox).await;
        for n in 1..=3 {
            world.sim.deliver(address, &format!("{address} {n}")).await;
        }
    }
    (world, team, sales)
}

async fn lie_in(world: &World, folder: &str, count: usize) {
    wait::until(&format!("{count} in {folder}"), || async {
        let there = world.sim.snapshot(TEAM).await;
        let messages = there["messages"].as_array().cloned().unwrap_or_default();
        let found = messages.iter().filter(|one| one["folderName"] == folder);
        (found.count() == count).then_some(())
    })
    .await;
}

async fn drags(browser: &Browser, subject: &str, mailbox: &str, known: &str) -> bool {
    browser.script(DRAG, json!([subject, mailbox, known])).await == true
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_move_within_their_mailbox() {
    let (world, team, sales) = world().await;
    story("moving", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.find("row", "team@contoso.test 3").await;
        browser.find("row", "sales@contoso.test 3").await;

        // By keys: two rows, a few letters of the folder, Enter.
        browser.click("field", "Select “team@contoso.test 1”").await;
        browser.click("field", "Select “team@contoso.test 2”").await;
        browser.press("v").await;
        browser.find("field", "Type part of a folder’s name").await;
        browser.press("arch").await;
        browser.keep_picture("picker").await;
        browser.press("\u{E007}").await;
        browser
            .shows("2 messages moved to \u{2068}Archive\u{2069}.")
            .await;
        lie_in(&world, "Archive", 2).await;
        browser.press("z").await;
        browser.shows("Taken back for 2 messages.").await;
        lie_in(&world, "Archive", 0).await;

        // Where one moved to lately stands first.
        browser.find("row", "team@contoso.test 1").await;
        browser.click("field", "Select “team@contoso.test 1”").await;
        browser.press("v").await;
        browser.shows("used lately").await;
        // But an Enter alone moves nothing; a key down and Enter does.
        browser.press("\u{E007}").await;
        let chooses = "return document.getElementById('picker').open
            && !document.querySelector('#picker [aria-selected=true]')";
        assert_eq!(browser.script(chooses, json!([])).await, true);
        browser.press("\u{E015}\u{E007}").await;
        browser.shows("Moved to \u{2068}Archive\u{2069}.").await;
        lie_in(&world, "Archive", 1).await;

        // Of two mailboxes at once: nothing moves, and it is said why.
        browser.click("field", "Select “team@contoso.test 2”").await;
        browser
            .click("field", "Select “sales@contoso.test 2”")
            .await;
        browser.press("v").await;
        browser
            .shows("These messages lie in several mailboxes.")
            .await;
        browser.press("\u{E00C}").await;

        // By hand: onto a folder of its own mailbox and no other.
        assert!(!drags(browser, "team@contoso.test 3", &sales, "archive").await);
        assert!(drags(browser, "team@contoso.test 3", &team, "archive").await);
        browser.shows("Moved to \u{2068}Archive\u{2069}.").await;
        lie_in(&world, "Archive", 2).await;
        assert!(browser.all("row", "team@contoso.test 3").await.is_empty());
    })
    .await;
    world.stop().await;
}
