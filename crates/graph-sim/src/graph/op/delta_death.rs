//! Delta tokens die, and how that is told [facts 5.2].

use crate::answer::Refusal;
use crate::fault::{Death, Rate};
use crate::graph::desk::Desk;
use crate::hash::Hash;
use crate::mailbox::FolderNo;

/// A dead token stays dead; `expireEvery` kills one in so many.
pub(super) fn survive(
    desk: &Desk<'_>,
    folder: FolderNo,
    sealed: &str,
    paging_since: Option<i64>,
) -> Result<(), Refusal> {
    let mark = Hash::new(0).text(sealed).finish();
    let faults = desk.world.faults.now();
    let every = faults.delta.expire_every;
    let object = format!("{} {}", desk.cell.user_id, folder.0);
    let dies = if every >= 1.0 {
        desk.world
            .faults
            .count("expireEvery", &object)
            .is_multiple_of(every as u64)
    } else {
        desk.world
            .faults
            .strikes("expireEvery", &object, Rate(every))
    };
    let life = faults.delta.next_link_life_s.zip(paging_since);
    let too_slow = life.is_some_and(|(life, since)| since + life as i64 <= desk.now.as_second());
    let dead = desk.edit(|mailbox| {
        if dies || too_slow {
            mailbox.kill_token(mark);
        }
        mailbox.is_dead(mark)
    });
    if !dead {
        return Ok(());
    }
    // Three wordings were seen; clients must know them all [facts 5.2].
    let usual = match mark % 8 {
        0 => Death::InvalidSyncStateData,
        1 => Death::ResyncRequired,
        _ => Death::SyncStateNotFound,
    };
    let refusal = told(faults.delta.death.unwrap_or(usual)).struck("expireEvery");
    let again = format!("{}/v1.0/{}", desk.call.base, desk.call.path);
    Err(if refusal.status == http::StatusCode::GONE {
        refusal.with("Location", again)
    } else {
        refusal
    })
}

/// A dead token in one of the forms that were seen or are documented.
fn told(death: Death) -> Refusal {
    let lost =
        "The sync state generation is not found; generation=149;[highest=157][157][155][156].";
    let invalid = "The sync state data is invalid.";
    let resync = "Resync required. Restart the synchronization without a token.";
    let (status, code, message) = match death {
        Death::SyncStateNotFound => (410, "SyncStateNotFound", lost),
        Death::Documented => (400, "syncStateNotFound", lost),
        Death::ResyncRequired => (410, "resyncRequired", resync),
        Death::InvalidSyncStateData => (400, "InvalidSyncStateData", invalid),
        Death::Moved => (410, "Gone", "The mailbox was moved."),
    };
    Refusal::new(status, code, message).inner()
}
