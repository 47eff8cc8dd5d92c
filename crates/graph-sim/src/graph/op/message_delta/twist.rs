//! What faults do to a page of a round: empty, short, silent, out of order, said twice [facts 5.1].

use super::Round;
use crate::graph::desk::Desk;
use crate::hash::Hash;
use crate::mailbox::{Item, Mailbox, Place};

/// Whether a fault empties this page. Two in a row would never end.
pub(super) fn is_emptied(desk: &Desk<'_>, round: &Round) -> bool {
    let faults = &desk.world.faults;
    let rate = faults.now().delta.empty_pages;
    !round.emptied && faults.strikes("emptyPages", &object_of(desk, round), rate)
}

/// The name of a page, for decisions about it.
fn object_of(desk: &Desk<'_>, round: &Round) -> String {
    let (folder, place) = (round.folder.0, round.place);
    format!("{} {folder} {place:?} {}", desk.cell.user_id, round.page)
}

/// A page may be shorter than it was asked to be [facts 5.1].
pub(super) fn shorten(
    desk: &Desk<'_>,
    round: &Round,
    size: usize,
) -> (usize, Option<&'static str>) {
    let faults = &desk.world.faults;
    let rate = faults.now().delta.short_pages;
    match faults.strike("shortPages", &object_of(desk, round), rate) {
        Some(draw) => (1 + draw.finish() as usize % size.max(1), Some("shortPages")),
        None => (size, None),
    }
}

/// Lets the faults strike that concern single items: silent, earlier, twice, out of order. Names one that did.
pub(super) fn twist(
    desk: &Desk<'_>,
    mailbox: &Mailbox,
    round: &Round,
    items: &mut Vec<Item>,
) -> Option<&'static str> {
    let faults = &desk.world.faults;
    let delta = &faults.now().delta;
    let object = object_of(desk, round);
    let mut struck = None;
    if let Some(since) = round.since.filter(|_| delta.filter_hides.on()) {
        let matches = |item: &Item| mailbox.received(item.message()) >= since;
        items.retain(|item| {
            matches(item) || !faults.strikes("filterHides", &object, delta.filter_hides)
        });
    }
    let later = matches!(round.place, Place::Later { .. });
    if later && desk.immutable && delta.move_loss.on() {
        let came_by_move = |no| mailbox.state(no).is_some_and(|state| state.moves > 0);
        let before = items.len();
        items.retain(|item| match item {
            Item::New(no) if came_by_move(*no) => {
                let id = mailbox.immutable_id(*no);
                let draw = Hash::new(faults.now().seed).text("moveLoss").text(&id);
                draw.fraction() >= delta.move_loss.0
            }
            _ => true,
        });
        struck = (items.len() < before).then_some("moveLoss");
    }
    let first = round.page == 0 && matches!(round.place, Place::First(_));
    if first && faults.strikes("firstRemoved", &object, delta.first_removed) {
        items.extend(mailbox.left_earlier(round.folder));
        struck = Some("firstRemoved");
    }
    if delta.twice.on() {
        let double = |item: Item| {
            let id = mailbox.immutable_id(item.message());
            let times = 1 + usize::from(faults.strikes("twice", &id, delta.twice));
            std::iter::repeat_n(item, times)
        };
        *items = items.drain(..).flat_map(double).collect();
        struck = Some("twice");
    }
    if !round.ordered && faults.strikes("shuffle", &object, delta.shuffle) {
        // Only new items: with changes and removals the last one must go on being the last.
        if items.iter().all(|item| matches!(item, Item::New(_))) {
            let seed = faults.now().seed;
            items.sort_by_cached_key(|item| {
                let number = u64::from(item.message().0);
                Hash::new(seed).text("shuffle").number(number).finish()
            });
            struck = Some("shuffle");
        }
    }
    struck
}
