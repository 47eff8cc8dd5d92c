//! Somebody is told when a mailbox needs them, and when it does not any more: once, by mail and by a
//! signed POST, whatever crashes (C1, C3, P12).

use std::time::Duration;

use http::StatusCode;
use maildesk_testkit::desk::Desk;
use maildesk_testkit::engine::Engine;
use maildesk_testkit::page::Pages;
use maildesk_testkit::receiver::Receiver;
use maildesk_testkit::sim::Sim;
use maildesk_testkit::stack::Stack;
use maildesk_testkit::world::{ADMINISTRATOR, World};
use maildesk_testkit::{story, wait};
use reqwest::Method;
use serde_json::{Value, json};

/// Mails are sent from here.
const SALES: &str = "sales@contoso.test";
/// Whose sign-ins are revoked.
const GRACE: &str = "grace@contoso.test";
const HEIDI: &str = "heidi@contoso.test";
/// Whoever looks after the desk reads mail here.
const OPS: &str = "ops@contoso.test";
const SECRET: &str = "a secret of the receiver";
const SOON: &[(&str, &str)] = &[("MAILDESK_SYNC_INTERVAL_S", "1")];

const PAGE: &str = "/settings/alerts";

/// A mailbox of a person who has signed in; its id.
async fn person(sim: &Sim, desk: &Desk, name: &str, address: &str) -> String {
    sim.add_mailbox(address, "user").await;
    let mailbox = json!({"name": name, "email": address, "connection": "graph_delegated"});
    let added = desk.call(Method::POST, "/mailboxes", Some(mailbox)).await;
    let id = added["id"].as_str().expect("an id").to_owned();
    assert_eq!(desk.sign_in(&id, address).await, StatusCode::SEE_OTHER);
    desk.wait_active(&id).await;
    id
}

/// Where alerts go: to a mailbox at Microsoft, from another one, and to the receiver.
async fn set_ways(page: &Pages, sim: &Sim, sales: &str, receiver: &Receiver) {
    sim.add_mailbox(OPS, "user").await;
    let fields = [
        ("mail", "on"),
        ("sender", sales),
        ("recipients", OPS),
        ("url", &receiver.url),
        ("secret", SECRET),
    ];
    let saved = page.post(PAGE, "/settings/alerts", &fields).await;
    assert!(saved.contains("Saved."), "{saved}");
}

async fn revoke(sim: &Sim, address: &str) {
    let path = format!("/sim/mailboxes/{address}");
    let revoked = json!({"revokeSignIns": true});
    sim.call(Method::PATCH, &path, Some(revoked)).await;
}

/// The subjects of alerts in a folder of a mailbox at Microsoft.
async fn subjects(sim: &Sim, address: &str, folder: &str) -> Vec<String> {
    let snapshot = sim.snapshot(address).await;
    let messages = snapshot["messages"].as_array().expect("messages");
    let of_folder = messages.iter().filter(|one| one["folderName"] == folder);
    let subjects = of_folder.filter_map(|one| one["subject"].as_str());
    let ours = subjects.filter(|subject| subject.starts_with("MailDesk"));
    ours.map(str::to_owned).collect()
}

/// What was posted, as `event mailbox`.
fn told(receiver: &Receiver) -> Vec<String> {
    let posts = receiver.taken();
    let alerts = posts.iter().flat_map(|post| {
        let alerts = post.json()["alerts"].as_array().cloned();
        alerts.unwrap_or_default()
    });
    let words =
        alerts.map(|one| format!("{} {}", word(&one["event"]), word(&one["mailbox"]["name"])));
    words.collect()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Time passes for both sides.
async fn pass(world: &World, span: Duration) {
    world.clock.advance(span);
    let seconds = json!({ "seconds": span.as_secs() });
    let turned = world
        .sim
        .call(Method::POST, "/sim/clock/advance", Some(seconds));
    turned.await;
}

/// Waits until exactly this was told by both ways, and noted so. The clock is not turned meanwhile:
/// a mail on its way would seem to take too long.
async fn wait_told(world: &World, receiver: &Receiver, expected: &[&str]) {
    wait::until("all of it is told", || async {
        let mails = subjects(&world.sim, OPS, "Inbox").await;
        let both = told(receiver).len().min(mails.len());
        (both >= expected.len() && world.all_is_told().await).then_some(())
    })
    .await;
    assert_eq!(told(receiver), expected);
    let mails = subjects(&world.sim, OPS, "Inbox").await;
    assert_eq!(mails.len(), expected.len(), "{mails:?}");
}

async fn a_revoked_sign_in_is_told_once_and_so_is_its_end(engine: Engine) {
    let world = World::start(engine, SOON).await;
    world.give_password(ADMINISTRATOR).await;
    let receiver = Receiver::start().await;
    let sales = world.mailbox(SALES).await;
    let grace = person(&world.sim, &world.desk, "Grace", GRACE).await;
    person(&world.sim, &world.desk, "Heidi", HEIDI).await;
    let page = Pages::sign_in(&world.desk).await;
    set_ways(&page, &world.sim, &sales, &receiver).await;

    revoke(&world.sim, GRACE).await;
    pass(&world, Duration::from_hours(2)).await;
    wait_told(&world, &receiver, &["opened Grace"]).await;
    let post = receiver.taken().remove(0);
    assert!(post.is_signed_with(SECRET) && !post.is_signed_with("another"));
    let alert = &post.json()["alerts"][0];
    assert_eq!(alert["code"], "mailbox_reconnect");
    assert_eq!(alert["mailbox"]["id"], grace);
    assert_eq!(
        alert["url"],
        format!("{}/settings/mailboxes/{grace}", world.desk.url)
    );
    let text = String::from_utf8_lossy(&post.body).into_owned();
    assert!(
        !text.contains('@'),
        "a named mailbox goes by its name: {text}"
    );
    let mails = subjects(&world.sim, OPS, "Inbox").await;
    assert_eq!(mails, ["MailDesk needs you: Grace"]);
    assert_eq!(subjects(&world.sim, SALES, "Sent Items").await, mails);
    let shown = page.read(PAGE).await;
    assert!(shown.contains("Sign-in needed") && shown.contains("Go there: Grace"));

    assert_eq!(
        world.desk.sign_in(&grace, GRACE).await,
        StatusCode::SEE_OTHER
    );
    wait_told(&world, &receiver, &["opened Grace", "resolved Grace"]).await;
    assert!(page.read(PAGE).await.contains("Nothing needs you."));

    // Hours later there is nothing more to say of it; the next thing that is said is the next alert.
    for _ in 0..4 {
        pass(&world, Duration::from_mins(30)).await;
    }
    revoke(&world.sim, HEIDI).await;
    pass(&world, Duration::from_hours(2)).await;
    let all = ["opened Grace", "resolved Grace", "opened Heidi"];
    wait_told(&world, &receiver, &all).await;
    pass(&world, Duration::from_hours(25)).await;
    let all = [&all[..], &["reminder Heidi"]].concat();
    wait_told(&world, &receiver, &all).await;
    world.stop().await;
}

story!(revoked, a_revoked_sign_in_is_told_once_and_so_is_its_end);

async fn a_sender_that_broke_is_replaced_and_a_test_says_so(engine: Engine) {
    let world = World::start(engine, SOON).await;
    world.give_password(ADMINISTRATOR).await;
    let receiver = Receiver::start().await;
    world.mailbox(SALES).await;
    let grace = person(&world.sim, &world.desk, "Grace", GRACE).await;
    let page = Pages::sign_in(&world.desk).await;
    set_ways(&page, &world.sim, &grace, &receiver).await;
    let tested = page.post(PAGE, "/settings/alerts/test", &[]).await;
    assert!(
        tested.contains("Microsoft took a mail from Grace"),
        "{tested}"
    );
    assert!(tested.contains("The address took it."));
    let post = receiver.taken().remove(0);
    assert_eq!(post.json()["test"], true);
    assert!(post.is_signed_with(SECRET));

    // The one that is to send is the one that breaks.
    revoke(&world.sim, GRACE).await;
    pass(&world, Duration::from_hours(2)).await;
    wait::until("it is told by the other", || async {
        let sent = subjects(&world.sim, SALES, "Sent Items").await;
        (sent == ["MailDesk needs you: Grace"]).then_some(())
    })
    .await;
    let shown = page.read(PAGE).await;
    assert!(
        shown.contains(&format!("{SALES} stands in for it")),
        "{shown}"
    );

    receiver.answers(StatusCode::SERVICE_UNAVAILABLE);
    let tested = page.post(PAGE, "/settings/alerts/test", &[]).await;
    assert!(tested.contains("answered with status 503"), "{tested}");
    world.stop().await;
}

story!(sender, a_sender_that_broke_is_replaced_and_a_test_says_so);

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_forgets_no_alert_and_tells_none_twice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut stack = Stack::start(folder.path(), SOON).await;
    stack.give_password();
    let receiver = Receiver::start().await;
    receiver.answers(StatusCode::SERVICE_UNAVAILABLE);
    // Tokens end quickly, so that a revoked sign-in is noticed by the next sweep.
    let short = json!({"token": {"lifetimeS": 60}});
    stack.sim.faults(short).await;
    stack.sim.add_mailbox(SALES, "shared").await;
    let sales = stack.desk.add_mailbox(SALES).await;
    stack.desk.wait_active(&sales).await;
    let grace = person(&stack.sim, &stack.desk, "Grace", GRACE).await;
    let page = Pages::sign_in(&stack.desk).await;
    set_ways(&page, &stack.sim, &sales, &receiver).await;

    revoke(&stack.sim, GRACE).await;
    wait::until(
        "the mail is sent and noted so, the POST is refused",
        || async {
            let shown = page.read(PAGE).await;
            let is_mailed = shown.contains("Last told") && shown.contains("One waits");
            (is_mailed && receiver.refused() > 0).then_some(())
        },
    )
    .await;
    stack.kill_server();
    receiver.answers(StatusCode::OK);
    stack.start_server().await;
    wait::until(
        "what was refused is told all the same, and noted so",
        || async {
            let shown = page.read(PAGE).await;
            (!told(&receiver).is_empty() && !shown.contains("One waits")).then_some(())
        },
    )
    .await;
    stack.kill_server();
    stack.start_server().await;
    assert_eq!(
        stack.desk.sign_in(&grace, GRACE).await,
        StatusCode::SEE_OTHER
    );
    wait::until("the end is told", || async {
        let mails = subjects(&stack.sim, OPS, "Inbox").await;
        (told(&receiver).len() > 1 && mails.len() > 1).then_some(())
    })
    .await;
    assert_eq!(told(&receiver), ["opened Grace", "resolved Grace"]);
    let mut mails = subjects(&stack.sim, OPS, "Inbox").await;
    mails.sort();
    assert_eq!(
        mails,
        ["MailDesk needs you: Grace", "MailDesk: resolved: Grace"]
    );
}
