//! Searching and the look of the list: the chip and the category stay, the number is told, one is let out again, and nothing
//! sticks out of the list however narrow it is; and a desk that is dark because its reader wants it so.

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use serde_json::json;

const ADDRESS: &str = "team@contoso.test";

/// A mailbox with sixty mails of one category, every second of them read.
async fn world() -> World {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    for n in 0..60 {
        let mail = json!({
            "from": {"name": "Ada", "address": "ada@shop.test"},
            "subject": format!("Order {n}"),
            "html": "<p>Hello all, we are sorry to have to say it again: the wrong VAT number.</p>",
            "isRead": n % 2 == 0,
            "receivedDateTime": format!("2026-01-05T10:{n:02}:00Z"),
            "categories": ["A category with a long name"],
        });
        world.sim.deliver_mail(ADDRESS, mail).await;
    }
    let mailbox = world.connect(ADDRESS).await;
    world.desk.register_push(&mailbox).await;
    world.mailbox("sales@contoso.test").await;
    world
}

/// Whether a search as long as its list is on the page, with this chip and these words in its heading.
async fn found(browser: &Browser, chip: &str, heading: &str, count: &str) {
    let script = format!(
        "return document.querySelector('.filters [aria-current]')?.textContent === '{chip}'
            && document.getElementById('heading').textContent === '{heading}'
            && document.getElementById('found')?.textContent === '{count}'"
    );
    browser.until(&format!("{heading}: {count}"), &script).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_keeps_the_chip_and_says_what_it_found() {
    let world = world().await;
    story("searching", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.click("link", "Unread").await;
        let listed = "return document.querySelectorAll('#list > li').length === 30";
        browser.until("the unread ones", listed).await;
        browser.fill("Search mail", "\"wrong vat\"").await;
        browser.press("\u{E007}").await;
        let heading = "Search in all mailboxes: \"wrong vat\"";
        found(browser, "Unread", heading, "30 found, unread only").await;
        // The number of what is longer than a page is asked for when the page is there.
        browser.click("link", "All").await;
        found(browser, "All", heading, "60 found").await;
        let seen = "const mark = document.querySelector('#list .preview mark');
            const row = mark.closest('.preview').getBoundingClientRect();
            return mark.getBoundingClientRect().right <= row.right";
        browser.until("the words are in sight", seen).await;
        browser.keep_picture("searching").await;
        for (width, dark) in [(1280, false), (1280, true), (390, false)] {
            browser.resize(width, 800).await;
            browser.darken(dark).await;
            assert!(browser.fits().await, "{width} wide");
            assert_eq!(browser.violations().await, "", "{width} wide, dark: {dark}");
        }
        browser.resize(1280, 800).await;
        browser.darken(false).await;
        browser.click("link", "Clear search").await;
        let cleared = "return !document.getElementById('found') && location.pathname + location.search === '/'";
        browser.until("the inbox again", cleared).await;
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_the_list_stays_in_its_column() {
    let world = world().await;
    story("list-head", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.find("row", "Order 59").await;
        let chip = "document.querySelector('#list .chip').click()";
        browser.script(chip, json!([])).await;
        browser.find("link", "Show all categories").await;
        for width in [260, 416, 760] {
            let script = format!(
                "document.documentElement.style.setProperty('--list', '{width}px');
                const head = document.querySelector('.messages > header');
                const right = head.getBoundingClientRect().right;
                const inside = [...head.querySelectorAll('.filters *, .search > *')];
                return inside.filter((one) => one.getBoundingClientRect().right > right)
                    .map((one) => one.outerHTML).join() "
            );
            let outside = browser.script(&script, json!([])).await;
            assert_eq!(outside, "", "{width} wide");
        }
        browser.keep_picture("list-head").await;
        // Category and mailbox of a row share a line; where mail is dropped is readable.
        browser.click("link", "All inboxes").await;
        let line = "const chips = [...document.querySelectorAll('#list li:first-child .chips > *')]
                .map((one) => one.getBoundingClientRect());
            return chips.length === 2 && chips[1].top < chips[0].bottom && chips[0].right < chips[1].left";
        browser.until("one line", line).await;
        let over = "const target = document.querySelector('#tree a.mailbox');
            target.classList.add('over');
            const colour = getComputedStyle(target).color;
            return [...target.querySelectorAll('svg, .count')]
                .every((one) => getComputedStyle(one).color === colour)";
        assert_eq!(browser.script(over, json!([])).await, true);
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_is_as_dark_as_its_reader_wants_it() {
    let world = world().await;
    story("appearance", Options::default(), async |browser| {
        browser.darken(false).await;
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        let ground = "getComputedStyle(document.body).backgroundColor";
        let (light, dark) = ("rgb(245, 246, 248)", "rgb(20, 22, 26)");
        for (choice, on_light, on_dark) in [
            ("Dark", dark, dark),
            ("Light", light, light),
            ("As the system", light, dark),
        ] {
            let profile = format!("{}/profile", world.desk.url);
            browser.open_page(&profile).await;
            // What cannot be saved is as it was, so that it can be chosen again.
            let cut = "window.whole = window.fetch; window.fetch = () => Promise.reject(new Error('cut'))";
            browser.script(cut, json!([])).await;
            browser.click("field", choice).await;
            browser.shows("Not saved.").await;
            browser.script("window.fetch = window.whole", json!([])).await;
            browser.click("field", choice).await;
            // At once, and it is said where one chose.
            let saved = "return document.querySelector('legend > .said')?.textContent === 'Saved.'";
            browser.until("it is saved", saved).await;
            let shown = browser.script(&format!("return {ground}"), json!([])).await;
            assert_eq!(shown, on_light, "{choice}, without a reload");
            assert_eq!(browser.violations().await, "", "{choice}, saved");
            browser.open_page(&world.desk.url).await;
            browser.find("status", "Live").await;
            browser.click("link", "Order 59").await;
            browser
                .frame_shows("Text of the message", "the wrong VAT number")
                .await;
            for (is_dark, wanted) in [(false, on_light), (true, on_dark)] {
                browser.darken(is_dark).await;
                let shown = browser.script(&format!("return {ground}"), json!([])).await;
                assert_eq!(shown, wanted, "{choice}, dark: {is_dark}");
                // The mail is on the ground of its pane, whatever the browser tells frames.
                let frame = "const inside = document.querySelector('#reading iframe').contentDocument;
                    const pane = document.getElementById('reading');
                    return inside.defaultView.getComputedStyle(inside.documentElement).backgroundColor
                        === getComputedStyle(pane).backgroundColor";
                assert_eq!(browser.script(frame, json!([])).await, true, "{choice}");
                assert_eq!(browser.violations().await, "", "{choice}, dark: {is_dark}");
            }
            // Paper is light.
            let print = json!({"media": "print"});
            browser.devtools("Emulation.setEmulatedMedia", print).await;
            let printed = browser.script(&format!("return {ground}"), json!([])).await;
            assert_eq!(printed, light, "{choice}, printed");
            browser.darken(false).await;
        }
    })
    .await;
    world.stop().await;
}
