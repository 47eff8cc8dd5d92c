//! The files of a copy: small ones in one call, large ones by an upload that is gone on with after a
//! crash where it was.

use maildesk_graph::draft::{UPLOAD_FROM, UPLOAD_PART};
use maildesk_graph::{GraphError, NewFile, Part};
use maildesk_model::Secret;
use maildesk_model::id::{DraftFileId, DraftId};
use maildesk_store::contract::{DraftNote, DraftWork, FileWork};

use super::{Result, Visit, note};

/// Reads Graph's list: which files it has, and under which ids.
pub(super) async fn list(visit: &Visit<'_>, draft: DraftId, copy: &str) -> Result<()> {
    let listed = visit.session.attachments(copy).await?;
    note(visit, draft, &DraftNote::Listed(listed.value))
        .await
        .map(drop)
}

/// Takes a file away.
pub(super) async fn remove(
    visit: &Visit<'_>,
    work: &DraftWork,
    copy: &str,
    file: DraftFileId,
) -> Result<()> {
    if let Some(remote_id) = find(work, file).and_then(|one| one.remote_id.as_deref()) {
        match visit.session.delete_attachment(copy, remote_id).await {
            Ok(_) | Err(GraphError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    note(visit, work.draft.id, &DraftNote::FileGone(file))
        .await
        .map(drop)
}

fn find(work: &DraftWork, file: DraftFileId) -> Option<&FileWork> {
    work.files.iter().find(|one| one.file.id == file)
}

/// Adds a file, or the next part of a large one.
pub(super) async fn upload(
    visit: &Visit<'_>,
    work: &DraftWork,
    copy: &str,
    file: DraftFileId,
) -> Result<()> {
    let Some(file) = find(work, file) else {
        return Ok(());
    };
    let draft = work.draft.id;
    if file.file.size < UPLOAD_FROM {
        return add(visit, draft, copy, file).await;
    }
    match &file.session {
        None => begin(visit, draft, copy, file).await,
        Some(url) => part(visit, draft, file, url).await,
    }
}

async fn add(visit: &Visit<'_>, draft: DraftId, copy: &str, file: &FileWork) -> Result<()> {
    let id = file.file.id;
    let store = visit.store();
    let bytes = store
        .draft_bytes(visit.lease, id, 0, file.file.size)
        .await?;
    if !note(visit, draft, &DraftNote::FileAsked(id)).await? {
        return Ok(());
    }
    let new = NewFile {
        name: file.file.name.clone(),
        content_type: file.file.content_type.clone(),
        bytes,
    };
    // Without an answer the row says that it was asked, and the list is read.
    let added = visit.session.add_attachment(copy, &new).await?;
    let there = DraftNote::FileThere(id, added.value.remote_id);
    note(visit, draft, &there).await.map(drop)
}

async fn begin(visit: &Visit<'_>, draft: DraftId, copy: &str, file: &FileWork) -> Result<()> {
    let about = &file.file;
    let begun = visit
        .session
        .create_upload_session(copy, &about.name, &about.content_type, about.size)
        .await?;
    let upload = DraftNote::FileUpload(about.id, Some((begun.value.url, 0)));
    note(visit, draft, &upload).await.map(drop)
}

async fn part(visit: &Visit<'_>, draft: DraftId, file: &FileWork, url: &Secret) -> Result<()> {
    let (id, size, offset) = (file.file.id, file.file.size, file.sent);
    let store = visit.store();
    let bytes = store
        .draft_bytes(visit.lease, id, offset, UPLOAD_PART)
        .await?;
    let end = offset + bytes.len() as i64;
    let is_last = end >= size;
    if is_last && !note(visit, draft, &DraftNote::FileAsked(id)).await? {
        return Ok(());
    }
    let sent = visit.session.upload_part(url, offset, size, bytes).await;
    let so_far = match sent {
        // Graph's list tells its id.
        Ok(part) if part.value == Part::Last => return Ok(()),
        Ok(_) => Some((url.clone(), end)),
        // The answer to this part was lost the last time; it is there already.
        Err(GraphError::Refused { said }) if said.status == 416 && !is_last => {
            Some((url.clone(), end))
        }
        Err(GraphError::Refused { said }) if said.status == 416 => None,
        Err(GraphError::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let upload = DraftNote::FileUpload(id, so_far);
    note(visit, draft, &upload).await.map(drop)
}
