//! The shape of the desk is everybody's own: panes as wide as one made them, the tree folded as one
//! left it, and nothing that jumps, whatever happens.

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use serde_json::json;

const ADDRESS: &str = "team@contoso.test";

/// Counts from now on what jumps by itself: shifts that no key and no click has caused.
const WATCH_JUMPS: &str = r"
window.jumps = 0;
new PerformanceObserver((list) => list.getEntries().forEach((one) => (window.jumps += one.hadRecentInput ? 0 : one.value)))
  .observe({ type: 'layout-shift', buffered: true });
";

async fn world() -> World {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    world.sim.fill(ADDRESS, 200, 6, 1).await;
    let mailbox = world.connect(ADDRESS).await;
    world.desk.register_push(&mailbox).await;
    world
}

async fn width(browser: &Browser, pane: &str) -> i64 {
    let script =
        "return Math.round(document.getElementById(arguments[0]).getBoundingClientRect().width)";
    let width = browser.script(script, json!([pane])).await;
    width.as_i64().unwrap_or_default()
}

async fn jumps(browser: &Browser) -> f64 {
    let jumps = browser.script("return window.jumps", json!([])).await;
    jumps.as_f64().unwrap_or(f64::NAN)
}

#[tokio::test(flavor = "multi_thread")]
async fn panes_and_tree_stay_as_one_left_them() {
    let world = world().await;
    story("shape", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        let before = width(browser, "tree").await;
        let focus = "document.querySelector('.divider').focus()";
        browser.script(focus, json!([])).await;
        browser.press("\u{E014}\u{E014}").await;
        assert_eq!(width(browser, "tree").await, before + 32);
        let now = "return document.activeElement.getAttribute('aria-valuenow')";
        let now = browser.script(now, json!([])).await;
        assert_eq!(now, (before + 32).to_string());
        browser.press("\u{E011}").await;
        assert_eq!(width(browser, "tree").await, 160, "no narrower");

        browser.find("link", "Sent Items").await;
        browser
            .click("button", &format!("Folders of {ADDRESS}"))
            .await;
        browser.hides("Sent Items").await;
        browser.reload().await;
        browser.script(WATCH_JUMPS, json!([])).await;
        browser.find("status", "Live").await;
        assert_eq!(width(browser, "tree").await, 160);
        assert!(browser.all("link", "Sent Items").await.is_empty());
        assert!(jumps(browser).await < 0.001, "the page jumps as it loads");

        // The tree is fetched anew when mail arrives: folded it stays, and the focus stays.
        let focus = "document.querySelector('#tree .fold').focus()";
        browser.script(focus, json!([])).await;
        world.sim.deliver(ADDRESS, "Meanwhile").await;
        browser.find("row", "Meanwhile").await;
        assert!(browser.all("link", "Sent Items").await.is_empty());
        let there = "return document.activeElement.matches('#tree .fold')";
        browser.until("the focus is where it was", there).await;
        browser.press("\u{E007}").await;
        browser.find("link", "Sent Items").await;

        let focus = "document.querySelector('.divider').focus()";
        browser.script(focus, json!([])).await;
        browser.press("\u{E007}").await;
        assert_eq!(width(browser, "tree").await, before, "as it was made");
    })
    .await;
    world.stop().await;
}

/// What was done is said over the list, however wide the desk is, and what lies below it can be
/// scrolled away.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_lies_over_no_control_of_the_tree() {
    let world = world().await;
    story("said", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.press("je").await;
        browser.find("button", "Undo").await;
        let within = "const said = document.getElementById('said').getBoundingClientRect();
            const list = document.getElementById('messages').getBoundingClientRect();
            return said.width > 100 && said.height > 40
                && said.left >= list.left && said.right <= list.right && said.bottom <= list.bottom";
        for (width, height) in [(1280, 480), (1100, 480), (900, 480)] {
            browser.resize(width, height).await;
            assert_eq!(browser.script(within, json!([])).await, true, "{width}");
        }
        let free = "const rows = document.getElementById('scroll');
            rows.scrollTop = rows.scrollHeight;
            return document.getElementById('older').getBoundingClientRect().bottom
                <= document.getElementById('said').getBoundingClientRect().top";
        assert_eq!(browser.script(free, json!([])).await, true);
        // Where one reads, the list is beside it and the tree is not there.
        browser.press("j").await;
        browser.press("\u{E007}").await;
        browser.find("link", "Back to the list").await;
        browser.until("over the list", within).await;
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_jumps_while_mail_arrives() {
    let world = world().await;
    story("jumps", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.script(WATCH_JUMPS, json!([])).await;
        let at_top = "return document.getElementById('scroll').scrollTop === 0";
        for n in 1..=3 {
            world.sim.deliver(ADDRESS, &format!("At the top {n}")).await;
            browser.find("row", &format!("At the top {n}")).await;
            browser.until("the new row is in sight", at_top).await;
        }
        assert!(jumps(browser).await < 0.001, "at the top");

        // Further down: what is new waits; what changed is put right in place.
        let down = "document.getElementById('scroll').scrollTop = 900";
        browser.script(down, json!([])).await;
        let there = world.sim.snapshot(ADDRESS).await;
        let messages = there["messages"].as_array().cloned().unwrap_or_default();
        let shown = messages.iter().find(|one| one["subject"] == "At the top 1");
        let id = shown.and_then(|one| one["id"].as_str()).unwrap_or_default();
        world.sim.delete(ADDRESS, id).await;
        world.sim.deliver(ADDRESS, "Away").await;
        browser.find("button", "1 new").await;
        let gone = "return !document.getElementById('list').textContent.includes('At the top 1')";
        browser.until("what was deleted is gone", gone).await;
        assert!(jumps(browser).await < 0.001, "further down");
        browser.click("button", "1 new").await;
        browser.find("row", "Away").await;
        browser.until("back at the top", at_top).await;
        assert!(jumps(browser).await < 0.001, "on the way up");

        // A list too short to scroll, too.
        browser
            .open_page(&format!("{}/?q=top", world.desk.url))
            .await;
        browser.find("status", "Live").await;
        browser.script(WATCH_JUMPS, json!([])).await;
        world.sim.deliver(ADDRESS, "Another top").await;
        browser.find("row", "Another top").await;
        browser.until("the new row is in sight", at_top).await;
        assert!(jumps(browser).await < 0.001, "in a short list");
    })
    .await;
    world.stop().await;
}
