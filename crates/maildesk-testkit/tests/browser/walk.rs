//! A walk over every page, wide and on a phone, light and dark: axe-core finds nothing, nothing is
//! refused or thrown in the console, and no page is wider than its window. Pictures are kept on
//! the way (`cargo xtask screenshots`). Every link on the way must lead to a page of the walk.

use std::collections::BTreeSet;
use std::time::Duration;

use maildesk_testkit::browser::{Browser, Options, story};
use maildesk_testkit::engine::Engine;
use maildesk_testkit::wait;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use reqwest::Method;
use serde_json::json;

/// A desk to read mail at, and a phone.
const SIZES: [(&str, u32, u32); 2] = [("wide", 1280, 800), ("phone", 360, 740)];

/// One walk.
struct Walk<'b> {
    browser: &'b Browser,
    desk: String,
    faults: Vec<String>,
    /// Paths that were looked at, and that links lead to; without their ids.
    looked: BTreeSet<String>,
    linked: BTreeSet<String>,
}

impl<'b> Walk<'b> {
    fn new(browser: &'b Browser, world: &World) -> Self {
        Self {
            browser,
            desk: world.desk.url.clone(),
            faults: Vec::new(),
            looked: BTreeSet::new(),
            linked: BTreeSet::new(),
        }
    }

    /// Opens a page and looks at it.
    async fn open(&mut self, name: &str, path: &str) {
        let url = format!("{}{path}", self.desk);
        self.browser.open_page(&url).await;
        self.look(name).await;
    }

    /// Looks at the page as it is now, in every size and scheme.
    async fn look(&mut self, name: &str) {
        self.looked.insert(shape(&self.browser.path().await));
        let links = self.browser.links().await;
        self.linked.extend(links.iter().map(|path| shape(path)));
        for (size, width, height) in SIZES {
            self.browser.resize(width, height).await;
            if !self.browser.fits().await {
                self.fault(name, &format!("is wider than the window ({size})"));
            }
            for scheme in ["light", "dark"] {
                self.browser.darken(scheme == "dark").await;
                let picture = format!("{name}-{size}-{scheme}");
                self.browser.keep_picture(&picture).await;
                let found = self.browser.violations().await;
                if !found.is_empty() {
                    self.fault(&picture, &found);
                }
            }
        }
        self.browser.resize(1280, 800).await;
        for line in self.browser.console().await {
            // What failed or is missing is said with a status, which the console repeats.
            if !line.contains("the server responded with a status of") {
                self.fault(name, &line);
            }
        }
    }

    fn fault(&mut self, name: &str, what: &str) {
        self.faults.push(format!("{name}: {what}"));
    }

    /// The end: nothing was wrong, and every link was followed but these.
    fn end(self, elsewhere: &[&str]) {
        assert!(self.faults.is_empty(), "{}", self.faults.join("\n"));
        let left: Vec<_> = self
            .linked
            .difference(&self.looked)
            .filter(|path| !elsewhere.contains(&path.as_str()))
            .collect();
        assert!(left.is_empty(), "links to pages nobody looked at: {left:?}");
    }
}

/// A path without its query and with `{}` for each id (one letter for its kind and twelve or more
/// others).
fn shape(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let parts = path.split('/').map(|part| {
        let is_id = part.len() > 12 && part.chars().all(|c| c.is_ascii_alphanumeric());
        if is_id { "{}" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Mails worth a picture: sender, subject, body, and the name of a file.
const MAILS: [(&str, &str, &str, &str); 4] = [
    (
        "Jonas Keller",
        "Two invoices with the same number",
        "<p>Hello,</p><p>invoice 2026-118 came twice, on the 3rd and on the 17th. Which one counts?</p>",
        "",
    ),
    (
        "Fabrikam Shop",
        "Your order has been shipped",
        "<h1>On its way</h1><p>Your parcel should be with you tomorrow.</p><img src=\"https://shop.example.com/pixel.gif\" width=\"1\" height=\"1\">",
        "",
    ),
    (
        "Leila Haddad",
        "Re: Opening hours in December",
        "<p>Thank you, that helps a lot. We come on the 12th then.</p>",
        "",
    ),
    (
        "Grace Hopper",
        "Contract for the new office",
        "<p>Hello Ada,</p><p>please find the signed contract attached. The keys are at the front desk from <b>Monday</b> on; the alarm is explained on page 4.</p><p>Could you tell the movers that the lift takes 600 kg and no more?</p><p>Kind regards<br>Grace</p>",
        "contract.pdf",
    ),
];

/// Mailboxes in every state a settings page can show, people, and mail worth a picture.
async fn furnished() -> (World, String) {
    let world = World::start(Engine::Sqlite, &[]).await;
    world.give_password(ADMINISTRATOR).await;
    world.person("ben@contoso.test").await;
    let support = add(&world, "Support", "support@contoso.test", true).await;
    let sales = add(&world, "Sales", "sales@contoso.test", true).await;
    add(&world, "Grace", "grace@contoso.test", false).await;
    let users = world.desk.all("/users").await;
    let ids: Vec<_> = users.iter().map(|user| user["id"].clone()).collect();
    for mailbox in [&support, &sales] {
        let (path, access) = (
            format!("/mailboxes/{mailbox}/access"),
            json!({"userIds": ids}),
        );
        world.desk.call(Method::PUT, &path, Some(access)).await;
    }
    world.desk.register_push(&support).await;
    world
        .desk
        .call(
            Method::POST,
            &format!("/mailboxes/{sales}/push/check"),
            None,
        )
        .await;
    for (name, subject, html, file) in MAILS {
        let pdf = json!({"name": file, "contentType": "application/pdf", "contentBase64": "JVBERi0xLjQK"});
        let files: Vec<_> = (!file.is_empty()).then_some(pdf).into_iter().collect();
        let mail = json!({
            "from": {"name": name, "address": "mail@fabrikam.test"},
            "subject": subject,
            "html": html,
            "attachments": files,
        });
        world.sim.deliver_mail("support@contoso.test", mail).await;
    }
    wait::until("the mails are here", || async {
        let path = format!("/messages?mailbox={support}&q=parcel");
        let found = world.desk.call(Method::GET, &path, None).await;
        found["items"]
            .as_array()
            .is_some_and(|items| !items.is_empty())
            .then_some(())
    })
    .await;
    (world, support)
}

/// A mailbox with some history: as the organisation and in sync, or as a person who has not
/// signed in.
async fn add(world: &World, name: &str, address: &str, in_sync: bool) -> String {
    let (kind, connection) = if in_sync {
        ("shared", "graph_application")
    } else {
        ("user", "graph_delegated")
    };
    world.sim.add_mailbox(address, kind).await;
    world.sim.fill(address, 60, 8, 7).await;
    let mailbox = json!({"name": name, "email": address, "connection": connection});
    let added = world
        .desk
        .call(Method::POST, "/mailboxes", Some(mailbox))
        .await;
    let id = added["id"]
        .as_str()
        .expect("a mailbox has an id")
        .to_owned();
    if in_sync {
        world.desk.wait_active(&id).await;
    }
    id
}

/// Escape closes the dialogue.
async fn closes(browser: &Browser) {
    browser.press("\u{E00C}").await;
    let closed = "return document.querySelector('dialog[open]') === null";
    browser.until("the dialogue is closed", closed).await;
}

/// How many rows a message's toolbar takes on a phone.
async fn toolbar_rows(browser: &Browser) -> i64 {
    browser.resize(360, 740).await;
    let script = "return new Set([...document.querySelectorAll('.toolbar > *')]
        .filter((one) => one.offsetHeight > 0).map((one) => one.offsetTop)).size";
    let rows = browser.script(script, json!([])).await;
    rows.as_i64().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_and_ones_own_account() {
    let (world, _) = furnished().await;
    story("walk-reading", Options::default(), async |browser| {
        let mut walk = Walk::new(browser, &world);
        walk.open("login", "/login").await;
        browser.fill("Email address", ADMINISTRATOR).await;
        browser.fill("Password", "not this one").await;
        browser.click("button", "Sign in").await;
        browser.shows("do not fit together").await;
        walk.look("login-wrong").await;
        walk.open("missing", "/nowhere").await;
        walk.open("password-gone", "/password?link=x").await;
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        browser.find("status", "Live").await;
        walk.look("inbox").await;
        browser.press("?").await;
        browser.shows("Show these keys").await;
        walk.look("keys").await;
        closes(browser).await;
        browser.press("*a").await;
        browser.shows("selected").await;
        walk.look("inbox-chosen").await;
        browser.press("#").await;
        browser.find("button", "Undo").await;
        walk.look("inbox-undo").await;
        browser.press("z").await;
        browser.shows("Taken back for").await;
        browser.click("link", "Support").await;
        browser.find("heading", "Support").await;
        browser.find("row", "Contract for the new office").await;
        browser
            .click("field", "Select “Contract for the new office”")
            .await;
        for (key, name, field) in [
            ("v", "inbox-move", "Type part of a folder"),
            ("l", "inbox-categories", "New category"),
        ] {
            browser.press(key).await;
            browser.find("field", field).await;
            walk.look(name).await;
            closes(browser).await;
        }
        browser
            .hold("\u{E008}", async || browser.press("s").await)
            .await;
        browser.shows("Due next week").await;
        walk.look("inbox-flags").await;
        closes(browser).await;
        browser.click("button", "Notifications").await;
        walk.look("inbox-notify").await;
        closes(browser).await;
        browser.click("link", "Contract for the new office").await;
        browser
            .frame_shows("Text of the message", "signed contract")
            .await;
        // Opening it is reading it.
        browser.find("button", "Mark as unread").await;
        assert_eq!(toolbar_rows(browser).await, 2, "on a phone");
        walk.look("message").await;
        browser.click("link", "Your order has been shipped").await;
        browser.find("link", "Show pictures").await;
        walk.look("message-blocked").await;
        walk.open("search", "/?q=nothingthere").await;
        walk.open("profile", "/profile").await;
        browser.fill("A new token for", "reports").await;
        browser.click("button", "Make a token").await;
        browser.shows("This is the new token.").await;
        walk.look("token").await;
        browser.fill("Present password", "not this one").await;
        browser.fill("New password", "something new").await;
        browser.fill("Password again", "something else").await;
        browser.click("button", "Change the password").await;
        browser.shows("The two passwords differ.").await;
        walk.look("profile-wrong").await;
        walk.open("signatures", "/profile/signatures").await;
        browser
            .click("link", "Change the signature in Support")
            .await;
        browser
            .click("#compose-text", "Text of the signature")
            .await;
        browser.press("{name}, Support").await;
        browser.click("button", "Preview").await;
        browser.frame_shows("How it looks", ", Support").await;
        walk.look("signature").await;
        // The settings have a walk of their own; the API is for programs.
        walk.end(&[
            "/settings",
            "/settings/mailboxes/{}",
            "/messages/{}/body",
            "/messages/{}/original",
            "/messages/{}/attachments/{}/preview",
            "/api/v1/messages/{}/attachments/{}",
        ]);
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings() {
    let (world, support) = furnished().await;
    story("walk-settings", Options::default(), async |browser| {
        let mut walk = Walk::new(browser, &world);
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        walk.open("mailboxes", "/settings/mailboxes").await;
        browser.fill("Addresses", "no address").await;
        browser.click("button", "Add").await;
        browser.shows("this is not a whole mail address").await;
        walk.look("mailboxes-wrong").await;
        walk.open("mailbox", &format!("/settings/mailboxes/{support}"))
            .await;
        browser.click("link", "Disconnect").await;
        browser
            .is_at(&format!("/settings/mailboxes/{support}/disconnect"))
            .await;
        walk.look("mailbox-disconnect").await;
        browser.click("link", "Leave it connected").await;
        browser.click("link", "Remove this mailbox").await;
        browser
            .is_at(&format!("/settings/mailboxes/{support}/remove"))
            .await;
        walk.look("mailbox-remove").await;
        let common = format!("/settings/mailboxes/{support}/signature");
        walk.open("signature-common", &common).await;
        walk.open("push-table", "/settings/push").await;
        walk.open("troubleshooting", "/settings/push/troubleshooting")
            .await;
        walk.open("assistant-after", &format!("/mailboxes/{support}/push"))
            .await;
        browser.click("button", "Show secret").await;
        browser.shows("shown this once").await;
        walk.look("assistant-secret").await;
        browser
            .open_page(&format!("{}/settings/push", world.desk.url))
            .await;
        browser.click("link", "Sales").await;
        browser.find("button", "Register Subscription").await;
        walk.look("assistant-before").await;
        let failing = json!({"validation": {"failFirst": 100}});
        world.sim.faults(failing).await;
        browser.click("button", "Register Subscription").await;
        browser.find("button", "Retry").await;
        walk.look("assistant-failed").await;
        wait::until("it has been broken long enough", || async {
            world.clock.advance(Duration::from_secs(30));
            (world.alerts().await > 0).then_some(())
        })
        .await;
        walk.open("alerts", "/settings/alerts").await;
        browser.fill("Send a POST to", "http://example.com/").await;
        browser.click("button", "Save").await;
        browser.shows("The address is not https.").await;
        walk.look("alerts-wrong").await;
        world.sim.faults(json!({})).await;
        browser
            .open_page(&format!("{}/settings/push", world.desk.url))
            .await;
        browser.click("link", "Grace").await;
        browser.click("button", "Check now").await;
        browser.shows("Nobody has signed in to Microsoft").await;
        walk.look("assistant-not-ready").await;
        browser.click("link", "Grace").await;
        browser.click("link", "Disconnect").await;
        browser.click("button", "Disconnect").await;
        browser.find("link", "Connect again").await;
        walk.look("mailbox-disconnected").await;
        walk.open("microsoft", "/settings/microsoft").await;
        walk.open("users", "/settings/users").await;
        browser.click("button", "Link to set a password").await;
        browser.shows("Hand this link to").await;
        walk.look("users-link").await;
        let link = browser.value("The link").await;
        walk.open("audit", "/settings/audit").await;
        let parameters = "/settings/technical/system-parameters";
        walk.open("parameters", parameters).await;
        browser
            .fill("web.base.url", "http://desk.example.com/")
            .await;
        browser.click("button", "Save").await;
        browser.shows("The base URL").await;
        walk.look("parameters-wrong").await;
        browser
            .fill("web.base.url", "https://desk.example.com")
            .await;
        browser.click("button", "Save").await;
        browser.shows("What this change means").await;
        walk.look("parameters-means").await;
        browser.open_page(&link).await;
        browser.find("field", "Password").await;
        walk.look("password").await;
        walk.end(&["/", "/profile", "/settings", "/api/v1/mailboxes/{}/connect"]);
    })
    .await;
    world.stop().await;
}

/// Time passes for both sides.
async fn pass(world: &World, minutes: u64) {
    let span = Duration::from_mins(minutes);
    world.clock.advance(span);
    let seconds = json!({"seconds": span.as_secs()});
    let turned = world
        .sim
        .call(Method::POST, "/sim/clock/advance", Some(seconds));
    turned.await;
}

/// Microsoft sends a lifecycle notification for the only subscription there is.
async fn lifecycle(world: &World, event: &str) {
    let there = world.sim.subscriptions().await;
    let told = json!({"subscriptionId": there[0]["id"], "event": event});
    let sent = world.sim.call(Method::POST, "/sim/lifecycle", Some(told));
    sent.await;
}

/// The panel follows what happens by itself, so nothing is loaded anew on the way but after the test of the
/// address.
#[tokio::test(flavor = "multi_thread")]
async fn push_in_every_state() {
    let (world, support) = furnished().await;
    story("walk-push", Options::default(), async |browser| {
        let mut walk = Walk::new(browser, &world);
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        let assistant = format!("/mailboxes/{support}/push");
        walk.open("push-young", &assistant).await;
        browser
            .shows("typically 3 to 13 seconds, not instant")
            .await;
        for n in 0..20 {
            let subject = format!("Question {n}");
            world.sim.deliver("support@contoso.test", &subject).await;
        }
        wait::until("twenty mails were measured", || async {
            let push = world.desk.call(Method::GET, &assistant, None).await;
            (push["latency"]["samples"].as_i64() >= Some(20)).then_some(())
        })
        .await;
        walk.open("push-measured", &assistant).await;
        browser.shows("Nineteen of twenty within").await;
        browser.click("button", "Test address").await;
        browser.shows("answers as Microsoft wants it").await;
        walk.look("push-tested").await;

        walk.open("push-live", &assistant).await;
        pass(&world, 65).await;
        browser.shows("Nothing was heard for an hour").await;
        walk.look("push-quiet").await;
        let busy = json!({"graph": {"error503": 1}});
        world.sim.faults(busy).await;
        lifecycle(&world, "reauthorizationRequired").await;
        browser.shows("The subscription could not be renewed").await;
        walk.look("push-renewing").await;
        world.sim.faults(json!({})).await;
        pass(&world, 30).await;
        browser.hides("The subscription could not be renewed").await;
        lifecycle(&world, "subscriptionRemoved").await;
        browser
            .shows("Microsoft has removed the subscription")
            .await;
        browser.shows("Caught up").await;
        walk.look("push-story").await;
        browser.click("button", "Turn off").await;
        browser.shows("Push is off here").await;
        browser.find("button", "Register Subscription").await;
        walk.look("push-off").await;
        assert!(walk.faults.is_empty(), "{}", walk.faults.join("\n"));
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_push() {
    let world = World::start(Engine::Sqlite, &[("MAILDESK_PUSH_ENABLED", "false")]).await;
    world.give_password(ADMINISTRATOR).await;
    let support = add(&world, "Support", "support@contoso.test", true).await;
    story("walk-without-push", Options::default(), async |browser| {
        let mut walk = Walk::new(browser, &world);
        browser
            .sign_in(&world.desk.url, ADMINISTRATOR, PASSWORD)
            .await;
        for (name, path) in [
            (
                "without-push-assistant",
                format!("/mailboxes/{support}/push"),
            ),
            ("without-push-table", "/settings/push".to_owned()),
            ("without-push-mailboxes", "/settings/mailboxes".to_owned()),
        ] {
            walk.open(name, &path).await;
            browser.shows("always scheduled sync").await;
        }
        assert!(walk.faults.is_empty(), "{}", walk.faults.join("\n"));
    })
    .await;
    world.stop().await;
}
