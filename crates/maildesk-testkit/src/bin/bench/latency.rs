//! How long a mail takes to an open event stream, on a quiet server.

use maildesk_testkit::stack::Stack;

use crate::{ADDRESS, summary, tick};

/// Delivered at the simulator → event at a client, where each Graph call takes `pace` milliseconds.
/// What a person sees as notified → stored lies within it.
pub(crate) async fn run(mails: u64, pace: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stack = Stack::start_paced(folder.path(), pace, &[]).await;
    stack.sim.add_mailbox(ADDRESS, "shared").await;
    stack.sim.fill(ADDRESS, 1_000, 20, 1).await;
    let mailbox = stack.desk.add_mailbox(ADDRESS).await;
    stack.desk.wait_active(&mailbox).await;
    stack.desk.register_push(&mailbox).await;
    let mut events = stack.desk.events(None).await;
    let mut samples = Vec::new();
    for n in 0..mails {
        let begun = tick();
        stack.sim.deliver(ADDRESS, &format!("Mail {n}")).await;
        events.next_named("message.created").await;
        samples.push(begun.elapsed());
    }
    summary("delivered -> event", samples);
}
