//! Twenty nasty mails: none runs anything, none loads anything unasked, none breaks the page. The
//! browser's own request log and console say so, and a trap where every foreign host leads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maildesk_testkit::browser::trap::Trap;
use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use serde_json::{Value, json};

const ADDRESS: &str = "team@contoso.test";
/// Every host that a nasty mail calls ends so.
const EVIL: &str = "evil.test";
/// The last words of every nasty mail: whatever it tried, it can be read to the end.
const END: &str = "Readable to the end.";
/// What is said over one that is longer than what is shown as it was sent.
const REDUCED: &str = "so here are its words alone";
/// A mail of five megabytes.
const LONG: &str = "five-megabytes";

/// Each mail's name and body.
fn mails() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/nasty");
    let files = std::fs::read_dir(folder).expect("the nasty mails are there");
    let mut mails: Vec<(String, String)> = files
        .map(|file| {
            let path = file.expect("a file has a name").path();
            let name = path.file_stem().expect("a file has a name");
            let body = std::fs::read_to_string(&path).expect("a nasty mail is text");
            (name.to_string_lossy().into_owned(), body)
        })
        .collect();
    mails.push((LONG.to_owned(), five_megabytes()));
    mails.sort();
    assert_eq!(mails.len(), 20);
    mails
}

/// A newsletter from a tool that styles every letter.
fn five_megabytes() -> String {
    let cell = "<td style=\"font-family:Arial;color:#333333;background:url(http://style.evil.test/)\"><span><b><i>letter</i></b></span></td>";
    let row = format!("<tr>{}</tr>", cell.repeat(10));
    let rows = row.repeat(5 * 1024 * 1024 / row.len());
    format!("<table>{rows}</table><p>{END}</p>")
}

/// The mail around a body, nasty wherever a mail can be.
fn mail(name: &str, body: &str) -> Value {
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><image href='http://attached.evil.test/'/><script>alert(1)</script></svg>";
    let page = "<script>alert(1)</script><img src='cid:loop'><img src='cid:page'><iframe src='cid:page'></iframe>";
    json!({
        "from": {"name": "\"><img src=x onerror=alert(1)>", "address": "mallory@evil.test"},
        "subject": format!("Nasty {name} <script>alert(1)</script> \u{202e}"),
        "html": body,
        "attachments": [
            {"name": "loop.svg", "contentType": "image/svg+xml", "contentBase64": STANDARD.encode(svg), "isInline": true, "contentId": "loop"},
            {"name": "page.html", "contentType": "text/html", "contentBase64": STANDARD.encode(page), "isInline": true, "contentId": "page"},
            {"name": "\u{202e}gpj.<b>exe", "contentType": "text/html", "contentBase64": STANDARD.encode(page)},
        ],
    })
}

/// Opens one mail and notes everything it got away with.
async fn read(browser: &Browser, trap: &Trap, name: &str, faults: &mut Vec<String>) {
    let mut fault = |what: String| faults.push(format!("{name}: {what}"));
    browser.click("link", &format!("Nasty {name} ")).await;
    let last = if name == LONG { REDUCED } else { END };
    let inside = browser.frame_shows("Text of the message", last).await;
    if !inside.ends_with("/body") {
        fault(format!("the frame went to {inside}"));
    }
    // A direction character would show `exe` as the beginning of a name that ends in `jpg`.
    if browser.all("link", "gpj.<b>exe").await.len() != 1
        || !browser.all("link", "\u{202e}gpj.<b>exe").await.is_empty()
    {
        fault("the file's name is not what it is".to_owned());
    }
    if let Some(text) = browser.dialogue().await {
        fault(format!("a dialogue: {text}"));
    }
    if !browser.path().await.starts_with("/?") {
        fault(format!("the page went to {}", browser.path().await));
    }
    let title = browser.script("return document.title", json!([])).await;
    if title == "owned" {
        fault("a script ran".to_owned());
    }
    for (size, width) in [("wide", 1280), ("phone", 360)] {
        browser.resize(width, 800).await;
        if !browser.fits().await {
            fault(format!("the page is wider than a {size} window"));
        }
    }
    browser.resize(1280, 800).await;
    let requests = browser.requests().await;
    for url in requests.iter().filter(|url| url.contains(EVIL)) {
        fault(format!("asked for {url}"));
    }
    for request in trap.caught(EVIL) {
        fault(format!("the trap caught {request}"));
    }
    for line in browser.console().await {
        fault(format!("console: {line}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nasty_mails_are_read_and_do_nothing() {
    let trap = Trap::listen().await;
    let options = Options {
        requests: true,
        trap: Some(trap.address),
        ..Options::default()
    };
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    for (name, body) in mails() {
        world.sim.deliver_mail(ADDRESS, mail(&name, &body)).await;
    }
    world.connect(ADDRESS).await;
    story("nasty", options, async |browser| {
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        let mut faults = Vec::new();
        for (name, _) in mails() {
            read(browser, &trap, &name, &mut faults).await;
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));

        // Pictures come when they are asked for, and then the trap does catch them.
        browser.click("link", "Nasty tracking-pixels ").await;
        browser.click("link", "Show pictures").await;
        maildesk_testkit::wait::until("a picture is asked for", || async {
            (!trap.caught("pixel.evil.test").is_empty()).then_some(())
        })
        .await;
        let caught = trap.caught(EVIL);
        for request in &caught {
            assert!(!request.contains("Cookie"), "{request}");
            assert!(!request.contains("Referer"), "{request}");
        }
    })
    .await;
    world.stop().await;
}
