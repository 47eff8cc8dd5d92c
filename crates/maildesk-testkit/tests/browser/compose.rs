//! Writing mail in the browser: with a file, as an answer, taken back, refused, and in two places.

use std::time::Duration;

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::wait;
use maildesk_testkit::wire::Wire;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use reqwest::Method;
use serde_json::{Value, json};

const TEAM: &str = "team@contoso.test";
const BO: &str = "bo@contoso.test";
const SALES: &str = "sales@contoso.test";
const ENTER: &str = "\u{E007}";
const TAB: &str = "\u{E004}";
const SHIFT: &str = "\u{E008}";
const ESCAPE: &str = "\u{E00C}";
const TEXT: &str = "#compose-text";

/// A desk with a mailbox and somebody to write to; the mailbox's id.
async fn world() -> (World, String) {
    let more = [("MAILDESK_SYNC_INTERVAL_S", "2")];
    let world = World::start(Engine::Sqlite, &more).await;
    world.give_password(ADMINISTRATOR).await;
    world.sim.add_mailbox(BO, "user").await;
    let mailbox = world.mailbox(TEAM).await;
    (world, mailbox)
}

async fn sign_in(browser: &Browser, world: &World) {
    browser
        .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
        .await;
    browser.find("status", "Live").await;
}

/// Writes a new mail to Bo, up to the moment before it is sent.
async fn write(browser: &Browser, subject: &str) {
    browser.click("button", "New message").await;
    browser.fill("To", BO).await;
    browser.press(ENTER).await;
    browser.fill("Subject", subject).await;
    browser.click(TEXT, "Text of your message").await;
    browser.press("Dear Bo").await;
    browser.find("status", "Saved").await;
}

/// Sends, and lets the time pass in which it could be taken back.
async fn send(browser: &Browser, world: &World) {
    browser.click("button", "Send").await;
    browser.shows("Sending in").await;
    world.clock.advance(Duration::from_secs(20));
}

/// The mails of that subject in a folder, as Microsoft has them.
async fn there(world: &World, address: &str, folder: &str, subject: &str) -> usize {
    let snapshot = world.sim.snapshot(address).await;
    let messages = snapshot["messages"].as_array().expect("messages").iter();
    let same = messages.filter(|one| one["folderName"] == folder && one["subject"] == subject);
    same.count()
}

async fn drafts(world: &World) -> Vec<Value> {
    world.desk.all("/drafts").await
}

async fn html(browser: &Browser) -> String {
    let html = "return document.getElementById('compose-text').innerHTML";
    let html = browser.script(html, json!([])).await;
    html.as_str().expect("a text").to_owned()
}

/// What has the focus: its id, else what it formats.
async fn focus(browser: &Browser) -> String {
    let focus = "const at = document.activeElement; return at.id || at.dataset.format || ''";
    let focus = browser.script(focus, json!([])).await;
    focus.as_str().expect("a name").to_owned()
}

/// How the pane looks, in both lights and on a phone, and what a screen reader makes of it.
async fn look(browser: &Browser, name: &str) {
    for (size, width, height) in [("desk", 1280, 800), ("phone", 390, 844)] {
        browser.resize(width, height).await;
        for dark in [false, true] {
            browser.darken(dark).await;
            let light = if dark { "dark" } else { "light" };
            browser
                .keep_picture(&format!("compose-{name}-{size}-{light}"))
                .await;
            assert_eq!(browser.violations().await, "", "{name} {size} {light}");
        }
        assert!(browser.fits().await, "wider than a {size}");
    }
    browser.darken(false).await;
    browser.resize(1280, 800).await;
}

const ATTACH: &str = r#"
const chosen = new DataTransfer();
chosen.items.add(new File(["x".repeat(5 << 20)], "offer.txt", { type: "text/plain" }));
const pick = document.getElementById("compose-pick");
pick.files = chosen.files;
pick.dispatchEvent(new Event("change", { bubbles: true }));
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_mail_goes_out_with_a_file() {
    let (world, mailbox) = world().await;
    story("compose-new", Options::default(), async |browser| {
        sign_in(browser, &world).await;
        write(browser, "Offer").await;
        browser.script(ATTACH, json!([])).await;
        browser.shows("offer.txt").await;
        browser
            .until(
                "the file is here",
                "return document.querySelector('.attached progress').hidden",
            )
            .await;
        look(browser, "new").await;
        send(browser, &world).await;
        browser.shows("Sent").await;
        let console = browser.console().await;
        assert!(console.is_empty(), "{console:?}");
    })
    .await;
    assert_eq!(there(&world, TEAM, "Sent Items", "Offer").await, 1);
    assert_eq!(there(&world, BO, "Inbox", "Offer").await, 1);
    let path = format!("/messages?mailbox={mailbox}");
    wait::until("the sent mail is here with its file", || async {
        let all = world.desk.all(&path).await;
        let sent = all.iter().find(|one| one["subject"] == "Offer")?;
        (sent["hasAttachments"] == true).then_some(())
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_taken_back_and_thrown_away() {
    let (world, _) = world().await;
    let mail = json!({"from": {"name": "Bo", "address": BO}, "subject": "Plans", "html": "<p>Shall we?</p>"});
    world.sim.deliver_mail(TEAM, mail).await;
    story("compose-reply", Options::default(), async |browser| {
        sign_in(browser, &world).await;
        browser.click("link", "Plans").await;
        browser.click("button", "Reply").await;
        browser.shows("The message you answer is added below").await;
        assert_eq!(browser.value("Subject").await, "RE: Plans");
        // What one answers can be read while one does.
        browser.click("summary", "Show the original").await;
        browser
            .frame_shows("Text of the original message", "Shall we?")
            .await;
        look(browser, "original").await;
        browser.click(TEXT, "Text of your message").await;
        browser.press("We shall").await;
        browser.find("status", "Saved").await;
        browser.click("button", "Send").await;
        browser.click("button", "Undo").await;
        browser.shows("We shall").await;
        // The copy in Drafts may show these words before that is known here.
        wait::until("it is being written again", || async {
            (drafts(&world).await[0]["state"] == "writing").then_some(())
        })
        .await;
        // One goes on where one was.
        browser.press(" soon").await;
        browser.shows("We shall soon").await;
        // Closed it is kept, and found again.
        browser.click("button", "Close and keep the draft").await;
        browser.shows("Kept as a draft.").await;
        browser.click("button", "Your drafts").await;
        browser.click("button", "RE: Plans").await;
        browser.shows("We shall soon").await;
        // So it is from Outlook's copy in Drafts.
        browser.click("button", "Close and keep the draft").await;
        let copy = wait::until("the copy in Drafts is known", || async {
            let draft = drafts(&world).await.remove(0);
            draft["messageId"].as_str().map(str::to_owned)
        })
        .await;
        browser.find("button", "Your drafts 1").await;
        let path = format!("{}/?message={copy}", world.desk.url);
        browser.open_page(&path).await;
        browser.click("button", "Continue writing").await;
        browser.shows("The message you answer is added below").await;
        // Deleted there it is none of one's drafts any more, until one goes on with it.
        browser.click("button", "Close and keep the draft").await;
        world.clock.advance(Duration::from_secs(20));
        wait::until("the copy is as it was written", || async {
            let draft = drafts(&world).await.remove(0);
            (draft["isSaved"] == true).then_some(())
        })
        .await;
        browser.click("button", "Delete").await;
        browser.shows("Moved to Deleted Items.").await;
        browser.click("button", "Your drafts").await;
        browser.shows("You have no drafts.").await;
        browser.open_page(&path).await;
        browser.click("button", "Continue writing").await;
        browser.shows("We shall soon").await;
        assert_eq!(drafts(&world).await.len(), 1);
        // It is asked where one has clicked, and nothing moves.
        let top = "return document.getElementById('compose-subject').getBoundingClientRect().top";
        let before = browser.script(top, json!([])).await;
        browser.click("button", "Discard").await;
        browser.shows("Throw this draft away?").await;
        assert_eq!(browser.script(top, json!([])).await, before);
        let above = "return document.querySelector('#compose > footer').previousElementSibling.id";
        assert_eq!(browser.script(above, json!([])).await, "compose-bar");
        browser.click("button", "Yes, discard it").await;
        browser.hides("We shall soon").await;
        browser.shows("The draft is thrown away.").await;
    })
    .await;
    world.clock.advance(Duration::from_secs(20));
    assert_eq!(drafts(&world).await.len(), 0);
    assert_eq!(there(&world, BO, "Inbox", "RE: Plans").await, 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_explained_and_the_mail_goes_out_after() {
    let (world, _) = world().await;
    let address = format!("/sim/mailboxes/{TEAM}");
    let full = |full: bool| {
        let body = Some(json!({"full": full}));
        world.sim.call(Method::PATCH, &address, body)
    };
    story("compose-refused", Options::default(), async |browser| {
        sign_in(browser, &world).await;
        full(true).await;
        write(browser, "No room").await;
        browser.click("button", "Send").await;
        browser.shows("Not sent.").await;
        browser.click("button", "Open draft").await;
        browser.shows("Dear Bo").await;
        full(false).await;
        send(browser, &world).await;
        browser.shows("Sent").await;
    })
    .await;
    assert_eq!(there(&world, BO, "Inbox", "No room").await, 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_elsewhere_is_not_written_over() {
    let (world, _) = world().await;
    story("compose-conflict", Options::default(), async |browser| {
        sign_in(browser, &world).await;
        write(browser, "Ours").await;
        let draft = drafts(&world).await.remove(0);
        let path = format!("/drafts/{}", draft["id"].as_str().expect("an id"));
        let text = json!({
            "version": draft["version"], "to": [{"name": "", "address": BO}], "cc": [], "bcc": [],
            "subject": "Theirs", "bodyHtml": "<p>Other words</p>", "quotes": false, "importance": "normal",
        });
        world.desk.call(Method::PUT, &path, Some(text)).await;
        browser.shows("changed in another tab").await;
        browser.click("button", "Load the other version").await;
        browser.shows("Other words").await;
        assert_eq!(browser.value("Subject").await, "Theirs");
        // Thrown away elsewhere: that is said, and nothing that one writes is lost.
        world.desk.call(Method::DELETE, &path, None).await;
        browser.shows("This draft is not being written any more").await;
        browser.click(TEXT, "Text of your message").await;
        browser.press(" and mine").await;
        browser.click("button", "Close and keep the draft").await;
        browser.shows("What you wrote since is kept nowhere.").await;
        browser.keep_picture("compose-gone").await;
        assert_eq!(browser.violations().await, "");
        browser.click("button", "Keep as a new draft").await;
        browser.find("status", "Saved").await;
        let kept = wait::until("it is a draft of its own", || async {
            drafts(&world).await.into_iter().next()
        })
        .await;
        assert_ne!(kept["id"], draft["id"]);
        assert_eq!(kept["subject"], "Theirs");
        let path = format!("/drafts/{}", kept["id"].as_str().expect("an id"));
        let kept = world.desk.call(Method::GET, &path, None).await;
        let html = kept["bodyHtml"].as_str().expect("a text");
        assert!(html.contains("Other words") && html.contains("and mine"), "{html}");
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn known_people_are_offered_and_wrong_addresses_are_marked() {
    let (world, _) = world().await;
    let mail = json!({"from": {"name": "Bo Berg", "address": BO}, "subject": "Plans", "html": "<p>Hi</p>"});
    world.sim.deliver_mail(TEAM, mail).await;
    story("compose-people", Options::default(), async |browser| {
        sign_in(browser, &world).await;
        browser.find("row", "Plans").await;
        // By the key, as whoever reads would.
        browser.press("c").await;
        browser.fill("To", "ber").await;
        browser.find("[role=option]", "Bo Berg").await;
        browser.press(ENTER).await;
        browser.fill("Cc", "nobody, mei@t, x@contoso.test,").await;
        for odd in ["nobody", "mei@t"] {
            let said = format!("{odd} is not a whole mail address");
            browser.find("row", &said).await;
        }
        let chips = "return document.querySelectorAll('.chip').length";
        assert_eq!(browser.script(chips, json!([])).await, 4);
        browser.click("button", "Send").await;
        browser
            .shows("One of the addresses is not a whole mail address, such as ada@example.com.")
            .await;
        browser.click("button", "Remove mei@t").await;
        browser.click("button", "Remove nobody").await;
        wait::until("it goes to both", || async {
            let draft = drafts(&world).await.into_iter().next()?;
            (draft["to"][0]["address"] == BO && draft["cc"][0]["address"] == "x@contoso.test")
                .then_some(())
        })
        .await;
        // What is pasted keeps plain tags and nothing else.
        browser.click(TEXT, "Text of your message").await;
        browser.script(PASTE, json!([])).await;
        browser.shows("Bold and a link").await;
        let html = html(browser).await;
        assert!(html.contains("<b>Bold</b>"), "{html}");
        assert!(
            !html.contains("script") && !html.contains("color"),
            "{html}"
        );
        // What is no address cannot be kept, and that is said.
        browser.fill("Bcc", "somebody").await;
        // Out of the field first, then out of the mail.
        browser.press(ESCAPE).await;
        let out = "return document.activeElement.id === 'compose-title'
            && !document.getElementById('compose').hidden";
        browser.until("the field is left", out).await;
        browser.press(ESCAPE).await;
        browser
            .shows("Kept as a draft, without what is not a mail address: somebody")
            .await;
        let console = browser.console().await;
        assert!(console.is_empty(), "{console:?}");
    })
    .await;
    world.stop().await;
}

const PASTE: &str = r#"
const board = new DataTransfer();
board.setData("text/html", "<p style='color:red'><b>Bold</b> and <a href='javascript:x()'>a link</a><script>x()</script></p>");
const paste = new ClipboardEvent("paste", { clipboardData: board, bubbles: true, cancelable: true });
document.getElementById("compose-text").dispatchEvent(paste);
"#;

#[tokio::test(flavor = "multi_thread")]
async fn text_and_files_go_on_after_a_cut_line() {
    let (world, _) = world().await;
    let wire = Wire::to(&world.desk.url).await;
    story("compose-cut", Options::default(), async |browser| {
        browser.sign_in(&wire.url, ADMINISTRATOR, PASSWORD).await;
        browser.find("status", "Live").await;
        write(browser, "In the tunnel").await;
        wire.cut();
        browser.script(ATTACH, json!([])).await;
        browser.shows("The connection is lost.").await;
        browser.click(TEXT, "Text of your message").await;
        browser.press(" and all").await;
        browser.find("status", "Not saved, trying again").await;
        browser.shows("0 %, 0 B of 5.2 MB").await;
        // Who sends now need not wait beside it, and may think better of it.
        let waits = "Your mail goes out by itself";
        browser.click("button", "Send").await;
        browser.shows(waits).await;
        browser.keep_picture("compose-uploading").await;
        assert_eq!(browser.violations().await, "");
        browser.click("button", "Do not send yet").await;
        browser.hides(waits).await;
        browser.click("button", "Send").await;
        browser.shows(waits).await;
        wire.mend();
        browser.shows("In the tunnel Sending in").await;
        let draft = drafts(&world).await.remove(0);
        assert_eq!(draft["files"][0]["received"], 5 << 20);
        world.clock.advance(Duration::from_secs(20));
        browser.shows("Sent").await;
    })
    .await;
    assert_eq!(there(&world, BO, "Inbox", "In the tunnel").await, 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tab_leads_from_the_subject_to_the_text() {
    let (world, _) = world().await;
    story("compose-tab", Options::default(), async |browser| {
        sign_in(browser, &world).await;
        browser.click("button", "New message").await;
        browser.fill("Subject", "Offer").await;
        browser.press(TAB).await;
        browser.press("Dear Bo").await;
        browser.shows("Dear Bo").await;
        assert!(html(browser).await.starts_with("<div>Dear Bo</div>"));
        // The other way are the buttons, and then the subject.
        browser.hold(SHIFT, async || browser.press(TAB).await).await;
        assert_eq!(focus(browser).await, "bold");
        browser.hold(SHIFT, async || browser.press(TAB).await).await;
        assert_eq!(focus(browser).await, "compose-subject");
        // Back again one goes on where one was.
        browser.press(TAB).await;
        browser.press(", hello").await;
        browser.shows("Dear Bo, hello").await;
    })
    .await;
    world.stop().await;
}

/// The formats that are lit.
const LIT: &str = "return [...document.querySelectorAll('.format [aria-pressed=true]')]
    .map((one) => one.dataset.format).join()";

#[tokio::test(flavor = "multi_thread")]
async fn a_link_leads_where_its_author_meant() {
    let (world, _) = world().await;
    let choose = "getSelection().selectAllChildren(document.querySelector('#compose-text div'))";
    let inside = "getSelection().collapse(document.querySelector('#compose-text a').firstChild, 3)";
    let marked = "return CSS.highlights.has('linked')";
    story("compose-link", Options::default(), async |browser| {
        sign_in(browser, &world).await;
        write(browser, "Help").await;
        for (typed, leads) in [
            (
                " https://https://contoso.test/help ",
                "https://contoso.test/help",
            ),
            ("contoso.test/price", "https://contoso.test/price"),
            ("http://contoso.test", "http://contoso.test"),
            ("bo@contoso.test", "mailto:bo@contoso.test"),
        ] {
            browser.script(choose, json!([])).await;
            browser.click("button", "Link").await;
            assert_eq!(browser.script(marked, json!([])).await, true);
            browser.fill("Address of the link", typed).await;
            browser.press(ENTER).await;
            let wanted = format!("<a href=\"{leads}\">Dear Bo</a>");
            let now = html(browser).await;
            assert!(now.contains(&wanted), "{typed}: {now}");
            assert_eq!(browser.script(marked, json!([])).await, false);
        }
        // One writes on behind it.
        browser.press("!").await;
        let now = html(browser).await;
        assert!(now.contains("Dear Bo</a>!"), "{now}");
        // In a link it is that one, and nothing is underlined but by it.
        browser.script(inside, json!([])).await;
        browser
            .until("nothing is lit", &format!("{LIT} === ''"))
            .await;
        browser.click("button", "Link").await;
        let known = browser.value("Address of the link").await;
        assert_eq!(known, "mailto:bo@contoso.test");
        look(browser, "link").await;
        browser.fill("Address of the link", "no where").await;
        browser.press(ENTER).await;
        browser.click("button", "Cancel").await;
        browser.hides("Set link").await;
        browser.click("button", "Link").await;
        browser.press(ESCAPE).await;
        browser.hides("Set link").await;
        let now = html(browser).await;
        assert!(
            now.contains("<a href=\"mailto:bo@contoso.test\">Dear Bo</a>"),
            "{now}"
        );
        // The next mail begins with nothing lit.
        browser.click("button", "Bold").await;
        browser
            .until("it is lit", &format!("{LIT} === 'bold'"))
            .await;
        browser.click("button", "Close and keep the draft").await;
        browser.click("button", "New message").await;
        assert_eq!(browser.script(LIT, json!([])).await, "");
        let console = browser.console().await;
        assert!(console.is_empty(), "{console:?}");
    })
    .await;
    world.stop().await;
}

/// What of the pane's own buttons lies below something else.
const COVERED: &str = r"
const buttons = document.querySelectorAll('#compose > footer .button, #compose > header .button');
return [...buttons].filter((one) => {
  const { x, y, width, height } = one.getBoundingClientRect();
  return !one.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}).map((one) => one.textContent || one.title).join();
";

#[tokio::test(flavor = "multi_thread")]
async fn a_new_mail_comes_from_where_one_is_and_what_is_said_lies_beside_it() {
    let (world, team) = world().await;
    let sales = world.mailbox(SALES).await;
    world.sim.deliver(TEAM, "Plans").await;
    let from = async |browser: &Browser| {
        let from = "return document.getElementById('compose-from').value";
        browser.script(from, json!([])).await
    };
    story("compose-from", Options::default(), async |browser| {
        sign_in(browser, &world).await;
        // The list of all mailboxes is none: it is the first, until one reads in another.
        browser.click("button", "New message").await;
        assert_eq!(from(browser).await, *sales);
        browser.click("button", "Close and keep the draft").await;
        browser.click("link", "Plans").await;
        browser.frame_shows("Text of the message", "Plans").await;
        write(browser, "Offer").await;
        assert_eq!(from(browser).await, *team);
        // What holds it there is said.
        let is_held = "return document.getElementById('compose-from').disabled";
        browser.hides("fixed while files are attached").await;
        assert_eq!(browser.script(is_held, json!([])).await, false);
        browser.script(ATTACH, json!([])).await;
        browser.shows("fixed while files are attached").await;
        assert_eq!(browser.script(is_held, json!([])).await, true);
        look(browser, "held").await;
        browser.resize(1280, 800).await;
        browser.click("#compose-files button", "").await;
        browser.hides("fixed while files are attached").await;
        assert_eq!(browser.script(is_held, json!([])).await, false);
        browser.click("button", "Send").await;
        browser.shows("Offer Sending in").await;
        // And from then on the one that was written from.
        browser.open_page(&world.desk.url).await;
        browser.find("status", "Live").await;
        browser.click("button", "New message").await;
        assert_eq!(from(browser).await, *team);
        browser.shows("Offer Sending in").await;
        look(browser, "while-sending").await;
        for (width, height) in [(1280, 800), (390, 844)] {
            browser.resize(width, height).await;
            let covered = browser.script(COVERED, json!([])).await;
            assert_eq!(covered, "", "{width}");
        }
        browser.resize(1280, 800).await;
        browser.click("button", "Close and keep the draft").await;
        browser.click("link", "Plans").await;
        browser.frame_shows("Text of the message", "Plans").await;
        browser.click("button", "Reply").await;
        browser.shows("fixed: the mailbox the message is in").await;
    })
    .await;
    world.stop().await;
}

/// Who calls themselves like a colleague is answered under their own address, and no sign of theirs turns
/// what one writes.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_shows_where_it_goes() {
    let (world, _) = world().await;
    let grace = |address: &str| json!({"name": "Grace \u{202e}Hopper", "address": address});
    let mail = json!({
        "from": grace("grace@contoso.test"),
        "replyTo": [grace("grace@evil.test")],
        "subject": "Plans \u{202e}for all",
        "html": "<p>Hi</p>",
    });
    world.sim.deliver_mail(TEAM, mail).await;
    story("compose-where", Options::default(), async |browser| {
        sign_in(browser, &world).await;
        browser.click("link", "Plans for all").await;
        browser.frame_shows("Text of the message", "Hi").await;
        browser.click("button", "Reply").await;
        let chip = "const chip = document.querySelector('.chip');
            const seen = [...chip.querySelectorAll('.name, .address')].map((one) => one.innerText);
            return seen.join(' | ') === 'Grace Hopper | grace@evil.test'";
        browser.until("name and address", chip).await;
        assert_eq!(browser.value("Subject").await, "RE: Plans for all");
        look(browser, "where").await;
    })
    .await;
    world.stop().await;
}
