//! The newest mail anywhere in the mailbox, by one list (S10).

use maildesk_store::contract::Source;

use super::{Result, Visit, take_in};
use crate::plan;

/// Messages on a page.
const PAGE: u32 = 50;

/// Reads the newest messages of the mailbox, and further back while they are news.
pub(super) async fn read(visit: &Visit<'_>) -> Result<()> {
    let mut link = None;
    for pages_read in 1.. {
        let page = visit.session.newest(PAGE, link.as_ref()).await?;
        let next = page.value.next.clone();
        let applied = take_in::anywhere(visit, page.map(|page| page.items), Source::Live).await?;
        let unknown = usize::try_from(applied.added).unwrap_or(0);
        if next.is_none() || !plan::sweep::newest_goes_on(unknown, pages_read, visit.importing) {
            break;
        }
        link = next;
    }
    Ok(())
}
