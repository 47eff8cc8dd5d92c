//! Reading: a long mail in one scrolling pane, a conversation that unfolds by hand and by keyboard and
//! grows without a jump, and pictures that are loaded always from a sender.

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use reqwest::Method;
use serde_json::{Value, json};

const ADDRESS: &str = "team@contoso.test";

fn mail(n: u32, subject: &str, html: &str) -> Value {
    json!({
        "from": {"name": format!("Writer {n}"), "address": format!("writer{n}@shop.test")},
        "subject": subject,
        "html": html,
        "isRead": n < 3,
        "receivedDateTime": format!("2026-01-05T10:0{n}:00Z"),
        "internetMessageId": format!("<talk-{n}@shop.test>"),
        "inReplyTo": (n > 1).then(|| format!("<talk-{}@shop.test>", n - 1)),
    })
}

/// Three messages of one conversation, the first one long and read, the last one unread.
async fn world() -> World {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    let long = "<p>A paragraph of a long letter.</p>".repeat(150) + "<p>The very end.</p>";
    let quoting = "<p>Second.</p><blockquote type=\"cite\">What was asked.</blockquote>";
    let picture = "<p>Third.</p><img src=\"https://pixel.shop.test/a.gif\" width=\"10\">";
    for (n, body) in [(1, long.as_str()), (2, quoting), (3, picture)] {
        world.sim.deliver_mail(ADDRESS, mail(n, "Plan", body)).await;
    }
    let mailbox = world.connect(ADDRESS).await;
    world.desk.register_push(&mailbox).await;
    world
}

async fn number(browser: &Browser, script: &str) -> f64 {
    let number = browser.script(script, json!([])).await;
    number.as_f64().unwrap_or(f64::NAN)
}

/// Opens the n-th message, and nothing but it where it is one of a conversation.
async fn open(world: &World, browser: &Browser, n: usize) {
    let listed = world.desk.call(Method::GET, "/messages", None).await;
    let all = listed["items"].as_array().cloned().unwrap_or_default();
    let id = all[all.len() - n]["id"].as_str().unwrap_or_default();
    let url = format!("{}/?message={id}&alone=yes", world.desk.url);
    browser.open_page(&url).await;
    browser.find("status", "Live").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_mail_scrolls_in_its_pane_and_buttons_stay_where_they_are() {
    let world = world().await;
    story("reading-long", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.find("row", "Plan").await;
        open(&world, browser, 1).await;
        browser
            .frame_shows("Text of the message", "The very end.")
            .await;
        let whole = "const frame = document.querySelector('[data-opened] iframe');
            const root = frame.contentDocument.documentElement;
            return root.scrollHeight > 3000 && frame.clientHeight >= root.scrollHeight
                && root.scrollHeight <= root.clientHeight";
        browser.until("the frame is as tall as its content", whole).await;
        let pane = "const pane = document.getElementById('reading');
            return pane.scrollHeight > pane.clientHeight && getComputedStyle(pane).overflowY === 'auto'";
        browser.until("the pane scrolls", pane).await;

        let places = "return [...document.querySelectorAll('#reading .toolbar > *')]
            .map((one) => Math.round(one.getBoundingClientRect().left)).join()";
        let before = browser.script(places, json!([])).await;
        browser.click("button", "Flag").await;
        browser.find("button", "Take the flag off").await;
        assert_eq!(browser.script(places, json!([])).await, before);
        // The frame was not loaded anew: it is as tall as it was.
        browser.until("the frame stays", whole).await;
        for (width, dark) in [(1280, true), (390, false)] {
            browser.resize(width, 800).await;
            browser.darken(dark).await;
            assert!(browser.fits().await, "{width} wide");
            assert_eq!(browser.violations().await, "", "{width} wide, dark: {dark}");
        }
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_unfolds_by_keyboard_and_grows_without_a_jump() {
    let world = world().await;
    story(
        "reading-conversation",
        Options::default(),
        async |browser| {
            browser
                .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
                .await;
            browser.find("status", "Live").await;
            browser.find("row", "Plan").await;
            open(&world, browser, 2).await;
            browser.frame_shows("Text of the message", "Second.").await;
            browser
                .frame_shows("Message from \u{2068}Writer 3", "Third.")
                .await;
            let folded = "return document.querySelectorAll('#reading .mail').length === 3
            && !document.querySelector('#reading .mail iframe').hasAttribute('src')";
            browser.until("the read one is a line", folded).await;
            let first = "document.querySelector('#reading .mail > summary').focus()";
            browser.script(first, json!([])).await;
            browser.press("\u{E007}").await;
            browser
                .frame_shows("Message from \u{2068}Writer 1", "The very end.")
                .await;

            // What is quoted is there and folded.
            let quoted =
                "const inside = document.querySelector('[data-opened] iframe').contentDocument;
            const quoted = inside.querySelector('details.quoted');
            return !quoted.open && quoted.textContent.includes('What was asked.')";
            browser.until("the quotation is folded", quoted).await;
            let unfolded = quoted.replace("!quoted.open", "quoted.open");
            // On paper it stands unfolded, and nothing stays so.
            let on_paper = format!(
                "dispatchEvent(new Event('beforeprint')); const printed = (() => {{ {unfolded} }})();
                dispatchEvent(new Event('afterprint')); return printed && (() => {{ {quoted} }})();"
            );
            assert_eq!(browser.script(&on_paper, json!([])).await, true);

            let scroll = "document.getElementById('reading').scrollTop = 500";
            browser.script(scroll, json!([])).await;
            let place =
                "return document.querySelector('[data-opened]').getBoundingClientRect().top";
            let before = number(browser, place).await;
            let answer = mail(4, "Re: Plan", "<p>Fourth.</p>");
            world.sim.deliver_mail(ADDRESS, answer).await;
            let there = "return document.querySelectorAll('#reading .mail').length === 4
            && !document.querySelectorAll('#reading .mail')[3].open";
            browser.until("the answer is below, folded", there).await;
            assert!(
                (number(browser, place).await - before).abs() < 1.0,
                "it jumped"
            );
            // What is folded leaves nothing on paper, not even its line.
            let media = |name: &str| json!({"media": name});
            let printed = "return [...document.querySelectorAll('#reading .cards > li')]
                .filter((one) => one.getBoundingClientRect().height > 0).length";
            browser.devtools("Emulation.setEmulatedMedia", media("print")).await;
            assert_eq!(browser.script(printed, json!([])).await, 3);
            browser.devtools("Emulation.setEmulatedMedia", media("")).await;
            assert_eq!(browser.script(printed, json!([])).await, 4);
            // Unread it stays until somebody unfolds it.
            let unread =
                "return document.querySelectorAll('#reading li')[3].dataset.unread !== undefined";
            browser.until("it counts as unread", unread).await;
            let click = "document.querySelectorAll('#reading .mail > summary')[3].click()";
            browser.script(click, json!([])).await;
            browser
                .frame_shows("Message from \u{2068}Writer 4", "Fourth.")
                .await;
            let read = "return !document.querySelector('#list > li.unread')";
            browser.until("all are read", read).await;
        },
    )
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_what_was_opened_is_in_sight() {
    let world = world().await;
    story("reading-phone", Options::default(), async |browser| {
        browser.resize(390, 800).await;
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.find("row", "Plan").await;
        // The long one above it is unread and so unfolded: its frame grows after it was opened.
        let listed = world.desk.call(Method::GET, "/messages", None).await;
        let first = listed["items"].as_array().and_then(|all| all.last());
        let first = first.and_then(|one| one["id"].as_str()).expect("an id");
        let unread = Some(json!({"isRead": false}));
        let path = format!("/messages/{first}");
        world.desk.call(Method::PATCH, &path, unread).await;
        open(&world, browser, 3).await;
        browser
            .frame_shows("Message from \u{2068}Writer 1", "The very end.")
            .await;
        browser.frame_shows("Text of the message", "Third.").await;
        let place = "const frames = [...document.querySelectorAll('#reading iframe[src]')];
            const tall = frames.some((one) => one.clientHeight > 3000);
            const place = document.querySelector('[data-opened]').getBoundingClientRect();
            return tall && place.top >= 0 && Math.floor(place.bottom) <= innerHeight";
        browser.until("the opened one is in sight", place).await;
        assert!(browser.fits().await);
        // One that stands first begins at the top of the page.
        browser.click("link", "Back").await;
        open(&world, browser, 1).await;
        browser
            .frame_shows("Text of the message", "The very end.")
            .await;
        browser.until("at the top", "return scrollY === 0").await;
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_says_when_and_where() {
    let world = world().await;
    story("reading-invitation", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        let mut invitation = mail(5, "Standup", "<p>Shall we?</p>");
        invitation["inReplyTo"] = Value::Null;
        invitation["meeting"] = json!({
            "meetingMessageType": "meetingRequest", "start": "2026-12-01T09:00:00Z",
            "end": "2026-12-01T09:30:00Z", "location": "Room 4", "type": "seriesMaster",
        });
        world.sim.deliver_mail(ADDRESS, invitation).await;
        browser.find("row", "About a meeting").await;
        browser.click("link", "Standup").await;
        browser
            .frame_shows("Text of the message", "Shall we?")
            .await;
        browser
            .shows("Tuesday, 1 December 2026, 09:00–09:30 repeats")
            .await;
        browser.shows("Where Room 4").await;
        browser.shows("Organiser Writer 5").await;
        let answer = browser.find("link", "Answer in Outlook").await;
        let link = browser.attribute(&answer, "href").await;
        assert!(link.starts_with("https://outlook.office365.com/"), "{link}");
        for (width, dark) in [(1280, false), (1280, true), (390, false)] {
            browser.resize(width, 800).await;
            browser.darken(dark).await;
            assert!(browser.fits().await, "{width} wide");
            assert_eq!(browser.violations().await, "", "{width} wide, dark: {dark}");
        }
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_come_always_from_whom_one_says() {
    let world = world().await;
    story("reading-pictures", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        browser.find("row", "Plan").await;
        open(&world, browser, 3).await;
        browser.frame_shows("Text of the message", "Third.").await;
        let loads = "const inside = document.querySelector('[data-opened] iframe').contentDocument;
            return Boolean(inside.querySelector('img')?.hasAttribute('src'))";
        let loads_none = loads.replace("return ", "return inside.querySelector('img') && !");
        let offered =
            |button: &str| format!("return document.activeElement.textContent === '{button}'");
        // Once; then the way to always is where it was, and from there the way back.
        browser.click("link", "Show pictures").await;
        browser.shows("Pictures are shown this once.").await;
        browser.until("the picture is asked for", loads).await;
        assert!(browser.all("link", "Show pictures").await.is_empty());
        browser
            .until(
                "one goes on from there",
                &offered("Always from this sender"),
            )
            .await;
        browser.click("button", "Always from this sender").await;
        browser
            .shows("Pictures from this sender are always shown.")
            .await;
        browser.until("the picture is asked for", loads).await;
        browser
            .until("one goes back from there", &offered("Stop showing"))
            .await;
        for (width, dark) in [(1280, false), (390, true)] {
            browser.resize(width, 800).await;
            browser.darken(dark).await;
            assert!(browser.fits().await, "{width} wide");
            assert_eq!(browser.violations().await, "", "{width} wide, dark: {dark}");
        }
        browser.resize(1280, 800).await;
        browser.click("button", "Stop showing").await;
        browser
            .shows("Pictures from elsewhere are not loaded")
            .await;
        browser.until("nothing is asked for", &loads_none).await;
        browser.click("button", "Always from this sender").await;
        browser.until("the picture is asked for", loads).await;
        // Who has said so is not told with every mail.
        open(&world, browser, 3).await;
        browser.until("the picture is asked for", loads).await;
        let silent = "return document.querySelector('[data-opened] .blocked').hidden";
        assert_eq!(browser.script(silent, json!([])).await, true);
        browser
            .open_page(&format!("{}/profile", world.desk.url))
            .await;
        browser.shows("writer3@shop.test").await;
        browser
            .click("button", "Load no more pictures of writer3@shop.test")
            .await;
        browser.hides("writer3@shop.test").await;
    })
    .await;
    world.stop().await;
}

/// A link in a chat shows the mail; that somebody read it is said by who does.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_elses_page_opens_is_unread_until_one_says_otherwise() {
    let world = world().await;
    story("reading-led", Options::default(), async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        let listed = world.desk.call(Method::GET, "/messages", None).await;
        let unread = &listed["items"][0];
        assert_eq!(unread["isRead"], false, "{unread}");
        let id = unread["id"].as_str().expect("an id");
        // The simulator is on another site than the desk.
        browser.open_page(&world.sim.url).await;
        let lead = "setTimeout((url) => (location.href = url), 0, arguments[0])";
        let url = format!("{}/?message={id}&alone=yes", world.desk.url);
        browser.script(lead, json!([url])).await;
        browser.frame_shows("Text of the message", "Third.").await;
        browser.find("status", "Live").await;
        let is_read = async || {
            let path = format!("/messages/{id}");
            world.desk.call(Method::GET, &path, None).await["isRead"].clone()
        };
        assert_eq!(is_read().await, false);
        browser.click("button", "Mark as read").await;
        browser.find("button", "Mark as unread").await;
        assert_eq!(is_read().await, true);
    })
    .await;
    world.stop().await;
}
