//! How fast a mailbox is taken in.

use maildesk_testkit::desk::Desk;
use maildesk_testkit::stack::Stack;
use maildesk_testkit::wait;
use reqwest::Method;

use crate::{ADDRESS, active, say, tick};

/// How fast a mailbox is listed, and then its bodies.
pub(crate) async fn run(messages: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stack = Stack::start(folder.path(), &[]).await;
    stack.sim.add_mailbox(ADDRESS, "shared").await;
    stack.sim.fill(ADDRESS, messages, 50, 1).await;
    let begun = tick();
    let mailbox = stack.desk.add_mailbox(ADDRESS).await;
    first_message(&stack.desk, &mailbox).await;
    say(&format!(
        "first message shown after {:.1?}",
        begun.elapsed()
    ));
    active(&stack.desk, &mailbox).await;
    let listed = begun.elapsed();
    say(&format!(
        "{messages} messages listed in {listed:.1?}: {:.0} a second",
        messages as f64 / listed.as_secs_f64()
    ));
    say(&format!(
        "resident memory of the server: {} MiB",
        stack.server_resident_kib().unwrap_or(0) / 1024
    ));
}

async fn first_message(desk: &Desk, mailbox: &str) {
    wait::until("a message is shown", || async {
        let (_, page) = desk
            .try_call(
                Method::GET,
                &format!("/messages?mailbox={mailbox}&limit=1"),
                None,
            )
            .await?;
        page["items"].get(0).cloned()
    })
    .await;
}
