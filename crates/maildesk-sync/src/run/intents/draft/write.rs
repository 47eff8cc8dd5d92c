//! The copy itself: created, found again, written.

use maildesk_graph::{DraftMail, GraphError, Reply};
use maildesk_model::draft::DraftKind;
use maildesk_model::message::RemoteMessage;
use maildesk_store::contract::{DraftNote, DraftWork};

use super::{Result, Visit, note, take_in_seen};
use crate::plan::draft::{Found, Seen, Why, refusal};

/// What stands in a copy until it is written: whoever looks into Drafts meanwhile may wonder, and the
/// marker is how the copy is found if Graph's answer is lost.
fn placeholder(work: &DraftWork) -> String {
    format!("MailDesk is writing this draft ({}).", work.marker)
}

/// Creates the copy. An answer goes by Graph's own call, which alone keeps it in its conversation.
pub(super) async fn create(visit: &Visit<'_>, work: &DraftWork) -> Result<()> {
    let draft = work.draft.id;
    if !note(visit, draft, &DraftNote::Creating).await? {
        return Ok(());
    }
    match ask(visit, work).await {
        Ok(created) => {
            let remote_id = created.value.remote_id;
            note(visit, draft, &DraftNote::Created(remote_id)).await?;
            Ok(())
        }
        // Looked for later.
        Err(
            error @ GraphError::Later {
                maybe_done: true, ..
            },
        ) => Err(error.into()),
        Err(error) => {
            note(visit, draft, &DraftNote::NotCreated).await?;
            Err(error.into())
        }
    }
}

async fn ask(
    visit: &Visit<'_>,
    work: &DraftWork,
) -> std::result::Result<Reply<RemoteMessage>, GraphError> {
    let (session, comment) = (&visit.session, placeholder(work));
    let answer = match (work.draft.kind, work.origin.as_deref()) {
        (DraftKind::New, _) | (_, None) => None,
        (DraftKind::Reply, Some(origin)) => Some(session.create_reply(origin, &comment).await),
        (DraftKind::ReplyAll, Some(origin)) => {
            Some(session.create_reply_all(origin, &comment).await)
        }
        (DraftKind::Forward, Some(origin)) => Some(session.create_forward(origin, &comment).await),
    };
    match answer {
        // An answer to what is gone is a mail of its own; without its files nothing is handed on.
        Some(Err(GraphError::NotFound { .. })) if work.draft.kind != DraftKind::Forward => {}
        Some(answer) => return answer,
        None => {}
    }
    let mail = DraftMail {
        subject: work.draft.text.subject.clone(),
        html: comment,
        ..DraftMail::default()
    };
    session.create_draft(&mail).await
}

/// Looks for the copy by its marker.
pub(super) async fn look_for_creation(
    visit: &Visit<'_>,
    work: &DraftWork,
    found: &mut Found,
) -> Result<()> {
    let drafts = visit.session.drafts().await?;
    let copy = drafts.value.into_iter().find(|one| {
        let preview = one.preview.as_deref().unwrap_or_default();
        !work.marker.is_empty() && preview.contains(&work.marker)
    });
    match copy {
        Some(copy) => {
            note(visit, work.draft.id, &DraftNote::Created(copy.remote_id)).await?;
        }
        None => found.not_created = true,
    }
    Ok(())
}

/// Makes the copy equal to the row.
pub(super) async fn write(
    visit: &Visit<'_>,
    work: &DraftWork,
    copy: &str,
    found: &mut Found,
) -> Result<()> {
    let draft = work.draft.id;
    let also_there = match found.seen {
        Seen::Draft(changed_at) => changed_at,
        _ => work.copy_at,
    };
    let written = visit.session.update_draft(copy, &mail(work)).await?;
    if work.saved_at.is_some() && also_there > work.saved_at {
        let also_changed = DraftNote::Told(refusal(Why::AlsoChangedInOutlook));
        note(visit, draft, &also_changed).await?;
    }
    let saved = DraftNote::Saved {
        edits: work.edits,
        at: written.value.modified_at,
    };
    note(visit, draft, &saved).await?;
    (found.seen, found.written) = (Seen::NotLooked, true);
    take_in_seen(visit, written).await
}

/// The mail as it goes out: what its author wrote, and below it what they answer or hand on.
fn mail(work: &DraftWork) -> DraftMail {
    let text = &work.draft.text;
    let quoted = work.quoted.as_deref().filter(|_| text.quotes);
    DraftMail {
        subject: text.subject.clone(),
        html: format!("{}{}", text.body, quoted.unwrap_or_default()),
        to: text.to.clone(),
        cc: text.cc.clone(),
        bcc: text.bcc.clone(),
        importance: text.importance,
    }
}
