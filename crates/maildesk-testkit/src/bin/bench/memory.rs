//! What a mailbox costs in memory.

use maildesk_testkit::stack::Stack;

use crate::{active, say};

/// Resident memory with one mailbox and with many.
pub(crate) async fn run(mailboxes: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stack = Stack::start(folder.path(), &[]).await;
    let mut ids = Vec::new();
    for n in 0..mailboxes {
        let address = format!("box{n}@contoso.test");
        stack.sim.add_mailbox(&address, "shared").await;
        stack.sim.fill(&address, 100, 10, n).await;
        ids.push(stack.desk.add_mailbox(&address).await);
        if n == 0 {
            active(&stack.desk, &ids[0]).await;
            say(&format!(
                "1 mailbox: {} MiB resident",
                stack.server_resident_kib().unwrap_or(0) / 1024
            ));
        }
    }
    for id in &ids {
        active(&stack.desk, id).await;
    }
    say(&format!(
        "{mailboxes} mailboxes: {} MiB resident",
        stack.server_resident_kib().unwrap_or(0) / 1024
    ));
}
