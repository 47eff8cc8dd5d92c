//! A list of conversations, live: a reply moves its row and does not double it, a row is done with as a
//! whole, and what one reads or chooses stays where it is.

use maildesk_testkit::browser::Browser;
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::{ADMINISTRATOR, World};
use serde_json::{Value, json};

use crate::steps::{self, at_the_desk};

const ADDRESS: &str = "team@contoso.test";

/// The n-th mail of a talk, on the morning of 5 January.
fn mail(talk: &str, n: u32, minute: u32) -> Value {
    json!({
        "from": {"name": format!("Writer {n}"), "address": format!("writer{n}@shop.test")},
        "subject": if n > 1 { format!("Re: {talk}") } else { talk.to_owned() },
        "html": format!("<p>{talk}, part {n}.</p>"),
        "receivedDateTime": format!("2026-01-05T10:{minute:02}:00Z"),
        "internetMessageId": format!("<{talk}-{n}@shop.test>"),
        "inReplyTo": (n > 1).then(|| format!("<{talk}-{}@shop.test>", n - 1)),
    })
}

/// An answer that arrives now.
async fn answer(world: &World, talk: &str, n: u32) {
    let mut answer = mail(talk, n, 0);
    answer["receivedDateTime"] = Value::Null;
    world.sim.deliver_mail(ADDRESS, answer).await;
}

/// So many mails that stand alone, and one conversation of two among them: the `place`th row.
async fn world(alone: u32, place: u32) -> World {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    for n in 1..=alone {
        let minute = if n > alone - place { n + 1 } else { n };
        let mail = mail(&format!("Alone{n}"), 1, minute);
        world.sim.deliver_mail(ADDRESS, mail).await;
    }
    for n in [1, 2] {
        let minute = if n == 1 { 0 } else { alone - place + 1 };
        world
            .sim
            .deliver_mail(ADDRESS, mail("Plan", n, minute))
            .await;
    }
    let mailbox = world.connect(ADDRESS).await;
    world.desk.register_push(&mailbox).await;
    world
}

/// Each row as its subject and how many it stands for, and whether it is unread.
const ROWS: &str = "[...document.querySelectorAll('#list > li')]
    .map((row) => [row.querySelector('.subject').textContent, row.dataset.total, row.classList.contains('unread')].join(' '))";

async fn rows(browser: &Browser, what: &str, wanted: &[&str]) {
    let script = format!("return ({ROWS}).join() === '{}'", wanted.join(","));
    browser.until(what, &script).await;
}

/// How many messages of Outlook's own are as a test wants them.
async fn in_outlook(world: &World, what: &str, count: usize, fits: impl Fn(&Value) -> bool) {
    steps::in_outlook(world, ADDRESS, what, count, fits).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_moves_its_row_and_does_not_double_it() {
    let world = world(2, 2).await;
    at_the_desk(&world, "conversations", "Plan", async |browser| {
        let alone = ["Alone2 1 true", "Alone1 1 true"];
        let [two, one] = alone;
        rows(browser, "one row each", &[two, one, "Re: Plan 2 true"]).await;
        browser.shows("Writer 2").await;
        answer(&world, "Plan", 3).await;
        rows(browser, "it came up", &["Re: Plan 3 true", two, one]).await;

        // While somebody chooses, what was answered stays where it is and says so.
        browser.click("field", "Select “Alone2”").await;
        answer(&world, "Alone1", 2).await;
        browser.find("button", "1 new").await;
        let held = ["Re: Plan 3 true", two, "Re: Alone1 2 true"];
        rows(browser, "told in its place", &held).await;
        browser.keep_picture("conversations-held").await;
        browser.click("button", "Clear").await;
        let came = ["Re: Alone1 2 true", "Re: Plan 3 true", two];
        rows(browser, "it comes up then", &came).await;
        let told = "return document.getElementById('pill').hidden";
        browser.until("nothing waits", told).await;
        assert_eq!(browser.violations().await, "");
    })
    .await;
    world.stop().await;
}

/// Asked whether two messages shall go for good, somebody says yes to these two, whatever has come into
/// their conversation since.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_one_is_asked_stays() {
    let world = world(1, 1).await;
    at_the_desk(&world, "conversations-asked", "Plan", async |browser| {
        browser.click("link", "team").await;
        browser.click("field", "Select “Re: Plan”").await;
        browser.click("button", "Delete").await;
        browser.shows("2 messages moved to Deleted Items.").await;
        browser.click("link", "Deleted Items").await;
        browser.find("heading", "Deleted Items").await;
        rows(browser, "they are there", &["Re: Plan 2 true"]).await;
        browser.click("field", "Select “Re: Plan”").await;
        browser.click("button", "Delete").await;
        browser.shows("they cannot be brought back.").await;
        let mut late = mail("Plan", 3, 30);
        late["folder"] = json!("deleteditems");
        world.sim.deliver_mail(ADDRESS, late).await;
        rows(browser, "one came", &["Re: Plan 3 true"]).await;
        browser.click("button", "Delete for good").await;
        browser.shows("2 messages deleted for good.").await;
        rows(browser, "it is still there", &["Re: Plan 1 true"]).await;
        let in_bin = |one: &Value| one["folderName"] == "Deleted Items";
        in_outlook(&world, "so it is in Outlook", 1, in_bin).await;
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_moves_nothing_that_one_reads() {
    let world = world(40, 18).await;
    at_the_desk(&world, "conversations-down", "Plan", async |browser| {
        let down = "const row = document.querySelectorAll('#list > li')[15];
            row.parentElement.parentElement.scrollTop = row.offsetTop";
        browser.script(down, json!([])).await;
        let places = "return [...document.querySelectorAll('#list > li')].slice(16, 24)
            .map((row) => [row.querySelector('.subject').textContent.replace('Re: ', ''),
                Math.round(row.getBoundingClientRect().top)].join()).join()";
        let before = browser.script(places, json!([])).await;
        answer(&world, "Plan", 3).await;
        browser.find("button", "1 new").await;
        let told = format!("return ({ROWS})[18] === 'Re: Plan 3 true'");
        browser.until("it is told in its place", &told).await;
        assert_eq!(browser.script(places, json!([])).await, before, "it moved");
        browser.click("button", "1 new").await;
        let came = format!(
            "const rows = {ROWS}; return rows[0] === 'Re: Plan 3 true' && rows.length === 41"
        );
        browser.until("it is on top, once", &came).await;
        let top = "return document.getElementById('scroll').scrollTop === 0";
        browser.until("back at the top", top).await;
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_done_with_as_a_whole() {
    let world = world(3, 1).await;
    at_the_desk(&world, "conversations-done", "Plan", async |browser| {
        let all = [
            "Alone3 1 true",
            "Re: Plan 2 true",
            "Alone2 1 true",
            "Alone1 1 true",
        ];
        let rest = [all[0], all[2], all[3]];
        rows(browser, "four rows", &all).await;
        // By a key, on the row one is at.
        browser.press("jj").await;
        browser.press("e").await;
        browser.shows("2 messages archived.").await;
        rows(browser, "its row is gone", &rest).await;
        let archived = |one: &Value| one["folderName"] == "Archive";
        in_outlook(&world, "all of it is archived", 2, archived).await;
        let below = "return document.activeElement.textContent.includes('Alone2')";
        browser.until("one goes on below", below).await;
        browser.press("z").await;
        browser.shows("Taken back for 2 messages.").await;
        rows(browser, "it is back", &all).await;
        in_outlook(&world, "none is archived", 0, archived).await;

        // Chosen with others, and by the buttons above the open conversation.
        browser.click("field", "Select “Re: Plan”").await;
        browser.click("field", "Select “Alone1”").await;
        browser.click("button", "Archive").await;
        browser.shows("3 messages archived.").await;
        browser.click("button", "Undo").await;
        rows(browser, "all are back", &all).await;
        browser.click("link", "Plan").await;
        browser
            .frame_shows("Text of the message", "Plan, part 2.")
            .await;
        browser.keep_picture("conversation-open").await;
        let toolbar = "document.querySelector('.toolbar [value=delete]').click()";
        browser.script(toolbar, json!([])).await;
        browser.shows("2 messages moved to Deleted Items.").await;
        rows(browser, "its row is gone", &rest).await;
        browser.click("button", "Undo").await;
        rows(
            browser,
            "it is back",
            &["Alone3 1 true", "Re: Plan 2 false", all[2], all[3]],
        )
        .await;

        // One message of it: its row stays, with one less.
        browser.click("link", "Plan").await;
        browser
            .frame_shows("Text of the message", "Plan, part 2.")
            .await;
        let first = "document.querySelector('#reading .cards > li summary').click()";
        browser.script(first, json!([])).await;
        let more = "document.querySelector('#reading .cards > li .acts a').click()";
        browser.script(more, json!([])).await;
        browser
            .frame_shows("Text of the message", "Plan, part 1.")
            .await;
        browser.script(toolbar, json!([])).await;
        browser.shows("Moved to Deleted Items.").await;
        rows(
            browser,
            "one is left",
            &["Alone3 1 true", "Re: Plan 1 false", all[2], all[3]],
        )
        .await;
    })
    .await;
    world.stop().await;
}

/// What is unfolded counts as read, and the row stays among the unread ones until one goes on.
#[tokio::test(flavor = "multi_thread")]
async fn an_opened_conversation_is_read_whole_and_stays_until_one_goes_on() {
    let world = world(2, 1).await;
    at_the_desk(&world, "conversations-read", "Plan", async |browser| {
        browser.click("link", "Unread").await;
        let unread = ["Alone2 1 true", "Re: Plan 2 true", "Alone1 1 true"];
        rows(browser, "all are unread", &unread).await;
        browser.click("link", "Plan").await;
        let plan = |one: &Value| {
            one["subject"]
                .as_str()
                .is_some_and(|one| one.contains("Plan"))
        };
        let read = |one: &Value| plan(one) && one["isRead"] == true;
        in_outlook(&world, "both are read", 2, read).await;
        rows(
            browser,
            "it stays",
            &[unread[0], "Re: Plan 2 false", unread[2]],
        )
        .await;
        let current = "return document.querySelector('#list > li.current .subject').textContent";
        assert_eq!(browser.script(current, json!([])).await, "Re: Plan");
        browser.click("link", "Alone1").await;
        rows(browser, "until one goes on", &[unread[0], "Alone1 1 false"]).await;
    })
    .await;
    world.stop().await;
}
