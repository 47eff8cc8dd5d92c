//! Signatures in the browser: written once, put into mail, following the mailbox, and never twice.

use std::time::Duration;

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::wait;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use serde_json::json;

const TEAM: &str = "team@contoso.test";
const SALES: &str = "sales@contoso.test";
const BO: &str = "bo@contoso.test";
const TEXT: &str = "#compose-text";

async fn sign_in(browser: &Browser, world: &World) {
    browser
        .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
        .await;
    browser.find("status", "Live").await;
}

/// Writes one's own signature for a mailbox, as anybody would.
async fn set_own(browser: &Browser, world: &World, mailbox: &str, text: &str) {
    let page = format!("{}/profile/signatures/{mailbox}", world.desk.url);
    browser.open_page(&page).await;
    browser.click(TEXT, "Text of the signature").await;
    browser.press(text).await;
    browser.click("button", "Save").await;
    browser.shows("Saved.").await;
    let kept = "return document.querySelector('input[value=own]').checked";
    assert_eq!(browser.script(kept, json!([])).await, true);
}

/// How many signatures stand in what is written, and what is written.
async fn written(browser: &Browser) -> (i64, String) {
    let script = "const field = document.getElementById('compose-text');
        return [field.querySelectorAll('.maildesk-signature').length, field.innerText]";
    let written = browser.script(script, json!([])).await;
    let text = written[1].as_str().unwrap_or_default();
    let words: Vec<_> = text.split_whitespace().collect();
    (written[0].as_i64().unwrap_or_default(), words.join(" "))
}

/// The mail of that subject in Sent Items, as the simulated Outlook shows it.
async fn sent(world: &World, subject: &str) -> String {
    let id = wait::until("the mail is in Sent Items", || async {
        let snapshot = world.sim.snapshot(TEAM).await;
        let messages = snapshot["messages"].as_array()?.clone();
        let is_it = |one: &&serde_json::Value| {
            one["folderName"] == "Sent Items" && one["subject"] == subject
        };
        let id = messages.iter().find(is_it)?["id"].clone();
        id.as_str().map(str::to_owned)
    })
    .await;
    let outlook = format!("/outlook/{TEAM}?message={id}");
    world.sim.page(&outlook).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_goes_out_with_its_signature() {
    let world = World::start(Engine::Sqlite, &[("MAILDESK_SYNC_INTERVAL_S", "2")]).await;
    world.give_password(ADMINISTRATOR).await;
    world.sim.add_mailbox(BO, "user").await;
    let mailbox = world.mailbox(TEAM).await;
    let mail = json!({"from": {"name": "Bo", "address": BO}, "subject": "Plans", "html": "<p>Shall we?</p>"});
    world.sim.deliver_mail(TEAM, mail).await;
    story("signature-reply", Options::default(), async |browser| {
        sign_in(browser, &world).await;
        set_own(browser, &world, &mailbox, "Regards, Ada <3").await;
        browser.open_page(&world.desk.url).await;
        browser.click("link", "Plans").await;
        for _ in 0..2 {
            browser.click("button", "Reply").await;
            browser.shows("The message you answer is added below").await;
            assert_eq!(written(browser).await, (1, "Regards, Ada <3".to_owned()));
            browser.click("button", "Close and keep the draft").await;
        }
        // Nobody wrote a word, so nothing was kept.
        wait::until("no draft is left", || async {
            world.desk.all("/drafts").await.is_empty().then_some(())
        })
        .await;
        browser.click("button", "Reply").await;
        browser.shows("The message you answer is added below").await;
        // The cursor is above the signature.
        browser.press("We shall").await;
        browser.find("status", "Saved").await;
        // What is read below goes along once all the same.
        browser.click("summary", "Show the original").await;
        browser
            .frame_shows("Text of the original message", "Shall we?")
            .await;
        browser.keep_picture("signature-reply").await;
        let whole = (1, "We shall Regards, Ada <3".to_owned());
        assert_eq!(written(browser).await, whole);
        browser.click("button", "Close and keep the draft").await;
        browser.click("button", "Your drafts").await;
        browser.click("button", "RE: Plans").await;
        browser.shows("We shall").await;
        assert_eq!(written(browser).await, whole, "opened again");
        // One goes on where one stopped: above the signature.
        browser.press(" soon").await;
        browser.shows("We shall soon").await;
        browser.click("button", "Send").await;
        browser.shows("Sending in").await;
        world.clock.advance(Duration::from_secs(20));
        browser.shows("Sent").await;
        let console = browser.console().await;
        assert!(console.is_empty(), "{console:?}");
    })
    .await;
    let seen = sent(&world, "RE: Plans").await;
    let wanted = "&lt;div&gt;We shall soon&lt;/div&gt;&lt;div&gt;&lt;br&gt;&lt;/div&gt;&lt;div class=&quot;maildesk-signature&quot;&gt;Regards, Ada &amp;lt;3&lt;/div&gt;&lt;br&gt;&lt;hr&gt;";
    assert!(seen.contains(wanted), "{seen}");
    assert_eq!(seen.matches("Regards, Ada").count(), 1, "once: {seen}");
    assert_eq!(seen.matches("&gt;Shall we?&lt;").count(), 1, "once: {seen}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signature_of_a_new_mail_follows_its_mailbox() {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    let team = world.mailbox(TEAM).await;
    let sales = world.mailbox(SALES).await;
    let from = |mailbox: &str| json!([mailbox]);
    let choose = "const from = document.getElementById('compose-from');
        from.value = arguments[0];
        from.dispatchEvent(new Event('change', { bubbles: true }))";
    story("signature-from", Options::default(), async |browser| {
        sign_in(browser, &world).await;
        set_own(browser, &world, &team, "Ada of Team").await;
        set_own(browser, &world, &sales, "Ada of Sales").await;
        browser
            .open_page(&format!("{}/?mailbox={team}", world.desk.url))
            .await;
        browser.click("button", "New message").await;
        browser.shows("Ada of Team").await;
        // A click below what is written begins above the signature.
        browser.click(TEXT, "Text of your message").await;
        browser.press("Dear Bo").await;
        browser.find("status", "Saved").await;
        assert_eq!(
            written(browser).await,
            (1, "Dear Bo Ada of Team".to_owned())
        );
        browser.script(choose, from(&sales)).await;
        browser.shows("Ada of Sales").await;
        assert_eq!(
            written(browser).await,
            (1, "Dear Bo Ada of Sales".to_owned())
        );
        let saved = wait::until("what is kept has it, too", || async {
            let drafts = world.desk.all("/drafts").await;
            let [draft] = &drafts[..] else { return None };
            let path = format!("/drafts/{}", draft["id"].as_str()?);
            let draft = world.desk.call(reqwest::Method::GET, &path, None).await;
            let body = draft["bodyHtml"].as_str()?.to_owned();
            body.contains("Sales")
                .then_some((draft["mailboxId"].clone(), body))
        })
        .await;
        let body =
            "<div>Dear Bo</div><div><br></div><div class=\"maildesk-signature\">Ada of Sales</div>";
        assert_eq!(saved, (json!(sales), body.to_owned()));
        // Opened again it follows still.
        browser.click("button", "Close and keep the draft").await;
        browser.click("button", "Your drafts").await;
        browser.click("button", "(no subject)").await;
        browser.shows("Ada of Sales").await;
        browser.script(choose, from(&team)).await;
        browser.shows("Ada of Team").await;
        assert_eq!(
            written(browser).await,
            (1, "Dear Bo Ada of Team".to_owned())
        );
        // What somebody wrote into it is theirs, and stays.
        let edit = "const mine = document.querySelector('.maildesk-signature');
            mine.append(' (until Friday)');
            document.getElementById('compose-text').dispatchEvent(new Event('input'))";
        browser.script(edit, json!([])).await;
        browser.script(choose, from(&sales)).await;
        wait::until("it is saved for the other mailbox", || async {
            let drafts = world.desk.all("/drafts").await;
            let [draft] = &drafts[..] else { return None };
            (draft["mailboxId"] == *sales).then_some(())
        })
        .await;
        let whole = "Dear Bo Ada of Team (until Friday)".to_owned();
        assert_eq!(written(browser).await, (1, whole));
        browser.click("button", "Discard").await;
        browser.click("button", "Yes, discard it").await;
        browser.hides("until Friday").await;
        let console = browser.console().await;
        assert!(console.is_empty(), "{console:?}");
    })
    .await;
    world.stop().await;
}
