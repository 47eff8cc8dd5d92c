//! Bodies and attachment lists of old mail, newest first and by pages (S9).

use maildesk_graph::{BodiesFrom, DeltaLink, GraphError, Page, Reply, Want};
use maildesk_model::clock::Timestamp;
use maildesk_model::message::RemoteMessage;
use maildesk_store::contract::Source;

use super::{Result, Visit, fetch, take_in};

/// Messages on a page. Pages with bodies are heavy; Graph answers 504 to large ones (facts.md 6),
/// so they shrink while calls fail.
const PAGE: u32 = 40;
/// Pages brought in one step; while one is written the next is fetched.
const PAGES: usize = 4;
/// Bodies read singly in one step.
const SINGLES: i64 = 30;
/// Bodies left at Microsoft in one step.
const LEFT: i64 = 200;

type Bodies = Reply<Page<RemoteMessage>>;

/// Leaves bodies of messages received before `from` at Microsoft, and wants those of later ones again.
pub(super) async fn leave(visit: &Visit<'_>, from: Option<Timestamp>) -> Result<()> {
    let (store, at) = (visit.store(), visit.now());
    store.leave_bodies(visit.lease, from, LEFT, at).await?;
    Ok(())
}

/// Brings the bodies of messages received at `before` and earlier, and none received before `from`.
/// Whatever happens, the newest message without a body has one afterwards, or is known to have none
/// to be had.
pub(super) async fn bring(
    visit: &Visit<'_>,
    before: Timestamp,
    from: Option<Timestamp>,
) -> Result<()> {
    match pages(visit, before, from).await {
        // An answer that is too large, or a list that Graph will not make: one by one it goes.
        Ok(()) | Err(super::Failure::Graph(GraphError::Refused { .. })) => {}
        Err(failure) => return Err(failure),
    }
    let store = visit.store();
    let left = store.bodyless(visit.lease, before, SINGLES).await?;
    if left.is_empty() {
        return Ok(());
    }
    singly(visit, &left).await?;
    let after = store.bodyless(visit.lease, before, SINGLES).await?;
    if after.iter().any(|id| left.contains(id)) {
        store.no_body(visit.lease, before, visit.now()).await?;
    }
    Ok(())
}

async fn pages(visit: &Visit<'_>, before: Timestamp, from: Option<Timestamp>) -> Result<()> {
    let size = (PAGE >> visit.failures.clamp(0, 3)).max(5);
    let mut page = visit
        .session
        .bodies(BodiesFrom::Before(before), size)
        .await?;
    for left in (0..PAGES).rev() {
        let all = page.value.items.len();
        let is_kept = |one: &RemoteMessage| from.is_none() || one.received_at >= from;
        page.value.items.retain(is_kept);
        let goes_on = left > 0 && page.value.items.len() == all;
        let next = page.value.next.clone();
        let next = next.filter(|_| goes_on && !(visit.hurry)());
        let ahead = ahead(visit, next.as_ref(), size);
        let whole = whole(visit, page.map(|page| page.items)).await?;
        let taken = take_in::anywhere(visit, whole, Source::Listing);
        let (taken, ahead) = futures::join!(taken, ahead);
        taken?;
        page = match ahead {
            Some(page) => page?,
            None => return Ok(()),
        };
    }
    Ok(())
}

async fn ahead(
    visit: &Visit<'_>,
    next: Option<&DeltaLink>,
    size: u32,
) -> Option<std::result::Result<Bodies, GraphError>> {
    Some(visit.session.bodies(BodiesFrom::Link(next?), size).await)
}

/// Attachment lists that did not fit into the page are read on their own.
async fn whole(
    visit: &Visit<'_>,
    mut page: Reply<Vec<RemoteMessage>>,
) -> Result<Reply<Vec<RemoteMessage>>> {
    for message in &mut page.value {
        if message.attachments.is_none() {
            match visit.session.attachments(&message.remote_id).await {
                Ok(list) => message.attachments = Some(list.value),
                Err(GraphError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(page)
}

/// Reads messages one by one that no page brought: too many in one second, or no longer listed.
async fn singly(visit: &Visit<'_>, ids: &[String]) -> Result<()> {
    let asked = ids.iter().map(|id| (id.clone(), id.clone()));
    let read = fetch::several(visit, asked, Want::ALL).await;
    let mut gone = Vec::new();
    for (id, answer) in read.answers {
        match answer {
            Ok(reply) => {
                let reply = reply.map(|message| vec![message]);
                take_in::anywhere(visit, reply, Source::Listing).await?;
            }
            Err(GraphError::NotFound { .. }) => gone.push(id),
            Err(error @ (GraphError::Later { .. } | GraphError::NotAllowed { .. })) => {
                return Err(error.into());
            }
            Err(error) => tracing::debug!(code = error.code(), "a body cannot be had"),
        }
    }
    if !gone.is_empty() {
        let (store, at) = (visit.store(), visit.now());
        store.forget_messages(visit.lease, &gone, at).await?;
    }
    match read.stopped {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}
