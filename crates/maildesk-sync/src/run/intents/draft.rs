//! Saves, sends and discards drafts: one call of Graph for each step that the planner names, noted
//! before and after. What a crash leaves behind is a row that says what was asked.

mod files;
mod write;

use maildesk_graph::{GraphError, Want};
use maildesk_model::folder::WellKnown;
use maildesk_model::id::DraftId;
use maildesk_model::intent::Intent;
use maildesk_model::message::RemoteMessage;
use maildesk_store::contract::{DraftEnd, DraftNote, DraftWork, FolderKey, IntentOutcome};

use super::{Result, Visit, settle, take_in_seen};
use crate::plan::draft::{Found, Purpose, Seen, Step, Why, next, refusal, told};
use crate::plan::intent::is_refusal;
use crate::run::Failure;

/// Steps of one draft before everybody else has a turn.
const STEPS_MAX: usize = 12;
/// How long the others' turn is at least: what is due meanwhile goes first.
const TURN: std::time::Duration = std::time::Duration::from_millis(20);

/// Carries an intent about a draft out as far as it comes, and settles it.
pub(super) async fn carry_out(visit: &Visit<'_>, intent: &Intent, draft: DraftId) -> Result<()> {
    let purpose = Purpose::of(&intent.want);
    let mut found = Found::default();
    for _ in 0..STEPS_MAX {
        let work = visit.store().draft_work(visit.lease, draft).await?;
        let Some(work) = work else {
            return settle(visit, intent, &IntentOutcome::Done(None)).await;
        };
        let step = next(&work, purpose, found, visit.now());
        if let Some(end) = end_of(step) {
            return end_with(visit, intent, draft, end).await;
        }
        match step {
            Step::Wait(at) => return settle(visit, intent, &IntentOutcome::GoOnAt(at)).await,
            Step::Nothing => return settle(visit, intent, &IntentOutcome::Done(None)).await,
            _ => {}
        }
        match perform(visit, &work, step, &mut found).await {
            Ok(()) => {}
            Err(Failure::Graph(error)) => {
                if let Some(refused) = refused(visit, &work, step, error, &mut found).await? {
                    return end_with(visit, intent, draft, DraftEnd::Refused(refused)).await;
                }
            }
            Err(failure) => return Err(failure),
        }
        if matches!(step, Step::Upload(_)) && (visit.hurry)() {
            break;
        }
    }
    let at = visit.now().plus(TURN);
    settle(visit, intent, &IntentOutcome::GoOnAt(at)).await
}

fn end_of(step: Step) -> Option<DraftEnd> {
    match step {
        Step::Saved => Some(DraftEnd::Saved),
        Step::Sent => Some(DraftEnd::Sent),
        Step::Discarded => Some(DraftEnd::Discarded),
        Step::Refuse(why) => Some(DraftEnd::Refused(refusal(why))),
        _ => None,
    }
}

async fn end_with(visit: &Visit<'_>, intent: &Intent, draft: DraftId, end: DraftEnd) -> Result<()> {
    let is_gone = |end: &DraftEnd, why| *end == DraftEnd::Refused(refusal(why));
    if is_gone(&end, Why::DeletedInOutlook) || is_gone(&end, Why::LostWhileSending) {
        note(visit, draft, &DraftNote::Vanished).await?;
    }
    let (store, at) = (visit.store(), visit.now());
    store
        .end_draft(visit.lease, draft, intent.id, &end, at)
        .await?;
    Ok(())
}

/// Whether it was noted: not, when its author wants the draft otherwise by now.
async fn note(visit: &Visit<'_>, draft: DraftId, note: &DraftNote) -> Result<bool> {
    let (store, at) = (visit.store(), visit.now());
    Ok(store.note_draft(visit.lease, draft, note, at).await?)
}

async fn perform(visit: &Visit<'_>, work: &DraftWork, step: Step, found: &mut Found) -> Result<()> {
    let draft = work.draft.id;
    let copy = work.remote_id.as_deref().unwrap_or_default();
    match step {
        Step::LookForCreation => write::look_for_creation(visit, work, found).await,
        Step::GiveUpCreation => note(visit, draft, &DraftNote::NotCreated).await.map(drop),
        Step::Create => write::create(visit, work).await,
        Step::Write => write::write(visit, work, copy, found).await,
        Step::ListFiles => files::list(visit, draft, copy).await,
        Step::RemoveFile(file) => files::remove(visit, work, copy, file).await,
        Step::Upload(file) => files::upload(visit, work, copy, file).await,
        Step::Look => look(visit, draft, copy, found).await,
        Step::Send => send(visit, draft, copy, found).await,
        Step::Delete => delete(visit, draft, copy).await,
        Step::Wait(_)
        | Step::Saved
        | Step::Sent
        | Step::Discarded
        | Step::Nothing
        | Step::Refuse(_) => Ok(()),
    }
}

/// What Graph's error means for the draft: a refusal, or nothing yet because the copy has to be looked
/// at first. What is no answer to this draft is handed on.
async fn refused(
    visit: &Visit<'_>,
    work: &DraftWork,
    step: Step,
    error: GraphError,
    found: &mut Found,
) -> Result<Option<maildesk_model::mailbox::Trouble>> {
    let is_unknown = matches!(error, GraphError::NotFound { .. });
    if !is_unknown && !is_refusal(&error) {
        return Err(error.into());
    }
    tracing::info!(
        draft.id = %work.draft.id,
        code = error.code(),
        graph.request_id = error.request_id(),
        step = ?step,
        "Microsoft refused a step of a draft"
    );
    if is_unknown && step == Step::Create {
        return Ok(Some(refusal(Why::OriginGone)));
    }
    if let Some(copy) = &work.remote_id
        && found.seen == Seen::NotLooked
    {
        // It may be gone, or have been sent in Outlook.
        look(visit, work.draft.id, copy, found).await?;
        if !matches!(found.seen, Seen::NotLooked | Seen::Draft(_)) {
            return Ok(None);
        }
    }
    Ok(Some(told(&error)))
}

/// Looks at the copy, and takes in what was seen.
async fn look(visit: &Visit<'_>, draft: DraftId, copy: &str, found: &mut Found) -> Result<()> {
    found.seen = match visit.session.message(copy, Want::FIELDS).await {
        Ok(seen) => {
            let place = place(visit, &seen.value).await?;
            take_in_seen(visit, seen).await?;
            place
        }
        Err(GraphError::NotFound { .. }) => Seen::Unknown,
        Err(error) => return Err(error.into()),
    };
    let known = found.seen != Seen::Unknown;
    note(visit, draft, &DraftNote::Looked { known })
        .await
        .map(drop)
}

async fn place(visit: &Visit<'_>, message: &RemoteMessage) -> Result<Seen> {
    let folder = message.folder.as_deref().unwrap_or_default();
    let key = FolderKey::Remote(folder);
    let folder = visit.store().folder_sync(visit.lease, key).await?;
    Ok(match folder.and_then(|folder| folder.well_known) {
        Some(WellKnown::Outbox) => Seen::Leaving,
        _ if message.is_draft == Some(true) => Seen::Draft(message.modified_at),
        Some(WellKnown::Drafts) => Seen::Left,
        _ => Seen::Sent,
    })
}

/// Asks Graph to send the copy. That it is asked is kept before; what follows from an answer that does
/// not come is decided by looking.
async fn send(visit: &Visit<'_>, draft: DraftId, copy: &str, found: &mut Found) -> Result<()> {
    (found.seen, found.written) = (Seen::NotLooked, false);
    if !note(visit, draft, &DraftNote::Asking).await? {
        return Ok(());
    }
    let answer = visit.session.send_draft(copy).await;
    match answer {
        Ok(_) => note(visit, draft, &DraftNote::Accepted).await.map(drop),
        Err(GraphError::Later {
            maybe_done: true, ..
        }) => Ok(()),
        // Refused, the copy is looked at: one that is no draft any more has been sent.
        Err(error) if is_refusal(&error) => Err(error.into()),
        // Graph has done nothing. A copy that it does not know is looked for.
        Err(error) => {
            note(visit, draft, &DraftNote::NotAsked).await?;
            match error {
                GraphError::NotFound { .. } => Ok(()),
                error => Err(error.into()),
            }
        }
    }
}

async fn delete(visit: &Visit<'_>, draft: DraftId, copy: &str) -> Result<()> {
    match visit.session.delete_message(copy).await {
        Ok(_) | Err(GraphError::NotFound { .. }) => {
            note(visit, draft, &DraftNote::Vanished).await.map(drop)
        }
        Err(error) => Err(error.into()),
    }
}
