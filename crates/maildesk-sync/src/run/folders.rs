//! Folders: the first list of them, and then what changed (S1, S5).

use std::collections::{HashMap, HashSet};

use futures::{StreamExt as _, TryStreamExt as _};
use maildesk_graph::{DeltaFrom, DeltaItem, DeltaLink, DeltaNext, GraphError};
use maildesk_graph::{RemoteFolder as Folder, Session};
use maildesk_model::folder::WellKnown;
use maildesk_store::contract::{FolderChanges, FolderKey, FolderSync, RemoteFolder};

use super::{AT_ONCE, Result, Visit};
use crate::plan;

/// Folders on a page.
const PAGE: u32 = 250;
/// Pages of one list or round. Nobody has 50,000 folders; a list that never ends is a mistake.
const PAGES_MAX: usize = 200;
/// The name Graph knows the root folder by.
const ROOT: &str = "msgfolderroot";

/// Lists all folders in scope, with the names Graph knows them by, and begins their delta.
///
/// The delta link is taken first: what changes while the tree is read comes again in the next
/// round, which does no harm, where the other order would lose it.
pub(super) async fn list(visit: &Visit<'_>) -> Result<()> {
    let (link, _) = round(visit, DeltaFrom::Start).await?;
    visit.shared.memory.forget_outside(visit.mailbox());
    let (tree, names) = futures::try_join!(tree(visit), names(visit, &WellKnown::ALL))?;
    let root = root(visit).await?;
    let changed = tree.into_iter().map(|folder| {
        let well_known = names.get(&folder.remote_id).copied();
        plan::scope::kept(folder, &root, well_known)
    });
    let changes = FolderChanges {
        changed: changed.collect(),
        removed: Vec::new(),
        whole: true,
        link: Some(link.expose().to_owned()),
    };
    tracing::info!(folders = changes.changed.len(), "listed the folders");
    let (store, at) = (visit.store(), visit.now());
    store.apply_folders(visit.lease, &changes, at).await?;
    Ok(())
}

/// Reads the folders' delta and takes it in. A dead link has the folders listed anew.
pub(super) async fn changes(visit: &Visit<'_>, link: &str) -> Result<()> {
    let from = DeltaLink::new(link);
    let (link, items) = match round(visit, DeltaFrom::Link(&from)).await {
        Ok(read) => read,
        Err(super::Failure::Graph(GraphError::DeltaExpired { .. })) => {
            visit
                .store()
                .restart_folders(visit.lease, visit.now())
                .await?;
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    if !items.is_empty() {
        visit.shared.memory.forget_outside(visit.mailbox());
    }
    let changes = FolderChanges {
        link: Some(link.expose().to_owned()),
        ..sort_out(visit, items).await?
    };
    let (store, at) = (visit.store(), visit.now());
    store.apply_folders(visit.lease, &changes, at).await?;
    Ok(())
}

/// Takes in what Graph says of folders beside their delta.
pub(super) async fn told(visit: &Visit<'_>, items: Vec<DeltaItem<Folder>>) -> Result<()> {
    let changes = sort_out(visit, items).await?;
    let (store, at) = (visit.store(), visit.now());
    store.apply_folders(visit.lease, &changes, at).await?;
    Ok(())
}

/// A whole round of the folders' delta; folders are few. The last word on each folder counts.
async fn round(
    visit: &Visit<'_>,
    from: DeltaFrom<'_>,
) -> Result<(DeltaLink, Vec<DeltaItem<Folder>>)> {
    let mut items: Vec<DeltaItem<Folder>> = Vec::new();
    let mut page = visit.session.folder_delta(from, PAGE).await?.value;
    for _ in 1..PAGES_MAX {
        items.append(&mut page.items);
        let next = match page.next {
            DeltaNext::Done(link) => return Ok((link, last_words(items))),
            DeltaNext::Next(link) => link,
        };
        let from = DeltaFrom::Link(&next);
        page = visit.session.folder_delta(from, PAGE).await?.value;
    }
    items.append(&mut page.items);
    Ok((page.next.link().clone(), last_words(items)))
}

fn last_words(items: Vec<DeltaItem<Folder>>) -> Vec<DeltaItem<Folder>> {
    let mut said = HashSet::new();
    let mut last: Vec<DeltaItem<Folder>> = items
        .into_iter()
        .rev()
        .filter(|item| said.insert(id_of(item).to_owned()))
        .collect();
    last.reverse();
    last
}

fn id_of(item: &DeltaItem<Folder>) -> &str {
    match item {
        DeltaItem::Changed(folder) => &folder.remote_id,
        DeltaItem::Removed(id) => id,
    }
}

/// What a round means for the store. Items that do not say everything are read whole first.
async fn sort_out(visit: &Visit<'_>, items: Vec<DeltaItem<Folder>>) -> Result<FolderChanges> {
    let (mut removed, mut changed) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            DeltaItem::Removed(id) => removed.push(id),
            DeltaItem::Changed(folder) if plan::scope::is_whole(&folder) => changed.push(folder),
            DeltaItem::Changed(folder) => match visit.session.folder(&folder.remote_id).await {
                Ok(whole) => changed.push(whole.value),
                Err(GraphError::NotFound { .. }) => removed.push(folder.remote_id),
                Err(error) => return Err(error.into()),
            },
        }
    }
    if changed.is_empty() {
        return Ok(FolderChanges {
            removed,
            ..FolderChanges::default()
        });
    }
    let known = known_among(visit, &changed).await?;
    let root = root_above(visit, &changed, &known).await?;
    let scoped = plan::scope::sort_out(changed, &root, &known);
    removed.extend(scoped.removed);
    let is_new = |folder: &RemoteFolder| !known.contains(&folder.remote_id);
    let mut changed = scoped.changed;
    if changed.iter().any(is_new) {
        name(visit, &mut changed).await?;
    }
    Ok(FolderChanges {
        changed,
        removed,
        ..FolderChanges::default()
    })
}

/// Which of these folders, and of those above them, have rows.
async fn known_among(visit: &Visit<'_>, folders: &[Folder]) -> Result<HashSet<String>> {
    let named = folders
        .iter()
        .flat_map(|one| std::iter::once(&one.remote_id).chain(&one.parent));
    let mut known = HashSet::new();
    for id in named.collect::<HashSet<_>>() {
        let key = FolderKey::Remote(id);
        if visit.store().folder_sync(visit.lease, key).await?.is_some() {
            known.insert(id.clone());
        }
    }
    Ok(known)
}

/// The root's id, where one of the folders could lie right under it; else nothing is asked.
async fn root_above(
    visit: &Visit<'_>,
    folders: &[Folder],
    known: &HashSet<String>,
) -> Result<String> {
    let mut parents = folders.iter().filter_map(|folder| folder.parent.as_ref());
    if parents.all(|parent| known.contains(parent)) {
        Ok(String::new())
    } else {
        root(visit).await
    }
}

/// Folders are new: one right under the root may be one that Graph knows by name, such as an
/// archive that was just made.
pub(super) async fn name(visit: &Visit<'_>, folders: &mut [RemoteFolder]) -> Result<()> {
    if folders.iter().all(|folder| folder.parent.is_some()) {
        return Ok(());
    }
    let mut unnamed = Vec::new();
    for known in WellKnown::ALL {
        let key = FolderKey::WellKnown(known);
        if visit.store().folder_sync(visit.lease, key).await?.is_none() {
            unnamed.push(known);
        }
    }
    let names = names(visit, &unnamed).await?;
    for folder in folders {
        folder.well_known = names.get(&folder.remote_id).copied();
    }
    Ok(())
}

/// The root folder's id: remembered, else asked for.
pub(super) async fn root(visit: &Visit<'_>) -> Result<String> {
    if let Some(root) = visit.shared.memory.root(visit.mailbox()) {
        return Ok(root);
    }
    let root = visit.session.folder(ROOT).await?.value.remote_id;
    visit.shared.memory.set_root(visit.mailbox(), &root);
    Ok(root)
}

/// The folders under the root, and what lies below them, as far as people see them.
async fn tree(visit: &Visit<'_>) -> Result<Vec<Folder>> {
    let mut all = children(&visit.session, ROOT.to_owned()).await?;
    if let Some(root) = all.iter().find_map(|folder| folder.parent.as_deref()) {
        visit.shared.memory.set_root(visit.mailbox(), root);
    }
    let mut level = all.clone();
    while !level.is_empty() {
        let parents = level.iter().filter(|folder| folder.children != Some(0));
        let below = parents.map(|folder| children(&visit.session, folder.remote_id.clone()));
        level = futures::stream::iter(below.collect::<Vec<_>>())
            .buffered(AT_ONCE)
            .try_concat()
            .await?;
        all.extend(level.iter().cloned());
    }
    Ok(all)
}

/// The shown folders directly in one.
async fn children(session: &Session, parent: String) -> Result<Vec<Folder>> {
    let mut shown = Vec::new();
    let mut page = session.folder_children(&parent, PAGE, None).await?.value;
    for _ in 1..PAGES_MAX {
        shown.extend(page.items.into_iter().filter(plan::scope::is_shown));
        let Some(next) = page.next else {
            return Ok(shown);
        };
        let next = session.folder_children(&parent, PAGE, Some(&next)).await?;
        page = next.value;
    }
    shown.extend(page.items.into_iter().filter(plan::scope::is_shown));
    Ok(shown)
}

/// Which folders Graph knows by these names. A mailbox need not have them all.
async fn names(visit: &Visit<'_>, wanted: &[WellKnown]) -> Result<HashMap<String, WellKnown>> {
    let asked = wanted.iter().map(|known| async move {
        match visit.session.folder(known.name()).await {
            Ok(folder) => Ok(Some((folder.value.remote_id, *known))),
            Err(GraphError::NotFound { .. }) => Ok(None),
            Err(error) => Err(super::Failure::from(error)),
        }
    });
    futures::stream::iter(asked.collect::<Vec<_>>())
        .buffered(AT_ONCE)
        .try_filter_map(|found| async move { Ok(found) })
        .try_collect()
        .await
}

/// Graph does not know a folder of ours any more, or so it said of its messages. If the folder
/// itself is gone or hidden, so it is here; its messages are looked for one by one (S4).
pub(super) async fn gone(visit: &Visit<'_>, folder: &FolderSync) -> Result<()> {
    match visit.session.folder(&folder.remote_id).await {
        Ok(found) if plan::scope::is_shown(&found.value) => return Ok(()),
        Ok(_) | Err(GraphError::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let changes = FolderChanges {
        removed: vec![folder.remote_id.clone()],
        ..FolderChanges::default()
    };
    let (store, at) = (visit.store(), visit.now());
    store.apply_folders(visit.lease, &changes, at).await?;
    Ok(())
}
