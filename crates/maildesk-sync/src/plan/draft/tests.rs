//! Tables: what is known of a draft, and the step that follows.

use std::time::Duration;

use maildesk_graph::{GraphError, Said};
use maildesk_model::draft::{Draft, DraftFile, DraftKind, DraftText};
use maildesk_model::id::{DraftId, MailboxId, UserId};
use maildesk_store::contract::FileWork;

use super::*;

const T: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

fn at(seconds: u64) -> Timestamp {
    T.plus(Duration::from_secs(seconds))
}

/// A draft that Graph has never heard of.
fn fresh(state: DraftState) -> DraftWork {
    DraftWork {
        draft: Draft {
            id: DraftId(1),
            mailbox: MailboxId(1),
            user: UserId(1),
            kind: DraftKind::New,
            origin: None,
            message: None,
            text: DraftText::default(),
            has_quote: false,
            version: 1,
            is_saved: false,
            state,
            send_at: None,
            can_take_back: false,
            updated_at: T,
            trouble: None,
            files: Vec::new(),
        },
        quoted: None,
        edits: 3,
        saved_edits: 0,
        saved_at: None,
        copy_at: None,
        marker: "m".into(),
        origin: None,
        creating_at: None,
        remote_id: None,
        files_listed: true,
        files: Vec::new(),
        asked_at: None,
        accepted_at: None,
        looks: 0,
        lost_at: None,
    }
}

/// One whose copy is equal to it.
fn saved(state: DraftState) -> DraftWork {
    DraftWork {
        remote_id: Some("g".into()),
        saved_edits: 3,
        saved_at: Some(T),
        ..fresh(state)
    }
}

/// One that Graph was asked to send at the beginning.
fn asked() -> DraftWork {
    DraftWork {
        asked_at: Some(T),
        ..saved(DraftState::Sending)
    }
}

fn accepted() -> DraftWork {
    DraftWork {
        accepted_at: Some(T),
        ..asked()
    }
}

fn file(id: i64, received: i64) -> FileWork {
    FileWork {
        file: DraftFile {
            id: DraftFileId(id),
            name: String::new(),
            content_type: String::new(),
            size: 10,
            received,
            is_here: true,
        },
        removed: false,
        remote_id: None,
        asked: false,
        session: None,
        sent: 0,
    }
}

fn seen(seen: Seen) -> Found {
    Found {
        seen,
        ..Found::default()
    }
}

#[test]
fn a_copy_is_created_then_given_its_files_and_written_last() {
    let mut work = fresh(DraftState::Writing);
    let step = |work: &DraftWork| next(work, Purpose::Save, Found::default(), T);
    assert_eq!(step(&work), Step::Create);
    work.remote_id = Some("g".into());
    work.files_listed = false;
    work.files = vec![file(1, 10), file(2, 4), file(3, 10), file(4, 10)];
    work.files[2].removed = true;
    work.files[2].remote_id = Some("r3".into());
    work.files[3].file.is_here = false;
    assert_eq!(step(&work), Step::ListFiles);
    work.files_listed = true;
    assert_eq!(step(&work), Step::RemoveFile(DraftFileId(3)));
    work.files.remove(2);
    assert_eq!(step(&work), Step::Upload(DraftFileId(1)));
    work.files[0].asked = true;
    assert_eq!(step(&work), Step::ListFiles, "it may be there already");
    work.files[0].asked = false;
    work.files[0].remote_id = Some("r1".into());
    // The second is still coming, the last lies at Microsoft.
    assert_eq!(step(&work), Step::Write);
    work.saved_edits = work.edits;
    assert_eq!(step(&work), Step::Saved);
}

#[test]
fn a_creation_without_an_answer_is_looked_for_before_another() {
    let mut work = fresh(DraftState::Writing);
    work.creating_at = Some(T);
    let in_vain = Found {
        not_created: true,
        ..Found::default()
    };
    for (seconds, found, expected) in [
        (0, Found::default(), Step::Wait(at(2))),
        (1, Found::default(), Step::Wait(at(2))),
        (2, Found::default(), Step::LookForCreation),
        (2, in_vain, Step::Wait(at(5))),
        (5, in_vain, Step::Wait(at(15))),
        (20, in_vain, Step::Wait(at(60))),
        (60, Found::default(), Step::LookForCreation),
        (60, in_vain, Step::GiveUpCreation),
        (9000, Found::default(), Step::LookForCreation),
    ] {
        let step = next(&work, Purpose::Save, found, at(seconds));
        assert_eq!(step, expected, "after {seconds} s");
    }
}

#[test]
fn what_was_written_a_while_ago_is_looked_at_before_it_is_sent() {
    let work = saved(DraftState::Sending);
    let written = Found {
        written: true,
        ..Found::default()
    };
    for (found, expected) in [
        (Found::default(), Step::Look),
        (written, Step::Send),
        (seen(Seen::Draft(Some(T))), Step::Send),
        (seen(Seen::Draft(None)), Step::Send),
        (seen(Seen::Draft(Some(at(1)))), Step::Write),
        (seen(Seen::Sent), Step::Sent),
        (seen(Seen::Leaving), Step::Wait(at(5))),
        (seen(Seen::Left), Step::Wait(at(5))),
        (seen(Seen::Unknown), Step::Wait(at(300))),
    ] {
        assert_eq!(next(&work, Purpose::Send, found, T), expected, "{found:?}");
    }
    let unsaved = DraftWork {
        saved_edits: 2,
        ..saved(DraftState::Sending)
    };
    assert_eq!(
        next(&unsaved, Purpose::Send, Found::default(), T),
        Step::Write
    );
    let unknown_time = DraftWork {
        saved_at: None,
        ..saved(DraftState::Sending)
    };
    let found = seen(Seen::Draft(Some(at(9))));
    assert_eq!(next(&unknown_time, Purpose::Send, found, T), Step::Send);
}

#[test]
fn whoever_was_asked_and_did_not_answer_is_looked_at_and_asked_again_after_three_minutes() {
    let step =
        |work: &DraftWork, state, seconds| next(work, Purpose::Send, seen(state), at(seconds));
    let mut work = asked();
    let draft = Seen::Draft(Some(T));
    for (looks, seconds, state, expected) in [
        (0, 0, Seen::NotLooked, Step::Wait(at(2))),
        (0, 2, Seen::NotLooked, Step::Look),
        (1, 2, draft, Step::Wait(at(5))),
        (2, 5, draft, Step::Wait(at(15))),
        (3, 15, draft, Step::Wait(at(60))),
        (4, 60, draft, Step::Wait(at(120))),
        (5, 150, draft, Step::Wait(at(180))),
        (5, 179, draft, Step::Wait(at(180))),
        (6, 180, draft, Step::Send),
        (1, 2, Seen::Sent, Step::Sent),
        (4, 119, Seen::NotLooked, Step::Wait(at(120))),
        (4, 120, Seen::NotLooked, Step::Look),
        (15, 780, Seen::NotLooked, Step::Look),
        (16, 1079, Seen::NotLooked, Step::Wait(at(1080))),
        (99, 99_999, Seen::NotLooked, Step::Look),
        (9, 900, Seen::Leaving, Step::Wait(at(902))),
        (20, 900, Seen::Leaving, Step::Wait(at(2280))),
        (9, 599, Seen::Left, Step::Wait(at(601))),
        (9, 600, Seen::Left, Step::Sent),
    ] {
        work.looks = looks;
        assert_eq!(
            step(&work, state, seconds),
            expected,
            "{looks} {seconds} {state:?}"
        );
    }
}

#[test]
fn what_graph_promised_to_send_is_never_sent_again_by_itself() {
    let mut work = accepted();
    work.looks = 4;
    let draft = seen(Seen::Draft(Some(T)));
    let step = |work: &DraftWork, seconds| next(work, Purpose::Send, draft, at(seconds));
    assert_eq!(step(&work, 100), Step::Wait(at(120)));
    assert_eq!(step(&work, 599), Step::Wait(at(601)));
    assert_eq!(step(&work, 600), Step::Refuse(Why::PromisedInVain));
}

#[test]
fn a_copy_that_is_lost_is_looked_for_during_five_minutes() {
    let unknown = seen(Seen::Unknown);
    let lost = |work: DraftWork| DraftWork {
        lost_at: Some(T),
        looks: 5,
        ..work
    };
    for (work, purpose, early, late) in [
        (
            saved(DraftState::Writing),
            Purpose::Save,
            Step::Wait(at(300)),
            Step::Refuse(Why::DeletedInOutlook),
        ),
        (
            saved(DraftState::Sending),
            Purpose::Send,
            Step::Wait(at(300)),
            Step::Refuse(Why::DeletedInOutlook),
        ),
        (
            asked(),
            Purpose::Send,
            Step::Wait(at(180)),
            Step::Refuse(Why::LostWhileSending),
        ),
        (accepted(), Purpose::Send, Step::Wait(at(180)), Step::Sent),
    ] {
        let work = lost(work);
        assert_eq!(next(&work, purpose, unknown, at(99)), early);
        assert_eq!(next(&work, purpose, unknown, at(300)), late);
    }
}

#[test]
fn a_copy_that_is_not_wanted_is_taken_away() {
    let step = |work: &DraftWork, found, seconds| next(work, Purpose::Discard, found, at(seconds));
    let none = Found::default();
    assert_eq!(
        step(&fresh(DraftState::Discarded), none, 0),
        Step::Discarded
    );
    assert_eq!(step(&saved(DraftState::Discarded), none, 0), Step::Delete);
    let mut unsure = fresh(DraftState::Discarded);
    unsure.creating_at = Some(T);
    assert_eq!(step(&unsure, none, 2), Step::LookForCreation);
    let in_vain = Found {
        not_created: true,
        ..none
    };
    assert_eq!(step(&unsure, in_vain, 60), Step::GiveUpCreation);
}

#[test]
fn what_its_author_wants_otherwise_is_left() {
    for (purpose, state) in [
        (Purpose::Send, DraftState::Writing),
        (Purpose::Send, DraftState::Sent),
        (Purpose::Send, DraftState::Discarded),
        (Purpose::Save, DraftState::Sent),
        (Purpose::Save, DraftState::Discarded),
        (Purpose::Discard, DraftState::Writing),
    ] {
        let step = next(&fresh(state), purpose, Found::default(), T);
        assert_eq!(step, Step::Nothing, "{purpose:?} {state:?}");
    }
    let step = next(&asked(), Purpose::Save, Found::default(), T);
    assert_eq!(step, Step::Nothing, "Graph is sending it");
    let sent = next(
        &saved(DraftState::Writing),
        Purpose::Save,
        seen(Seen::Sent),
        T,
    );
    assert_eq!(sent, Step::Sent, "in Outlook");
}

#[test]
fn each_refusal_says_what_its_author_can_do() {
    let refused = |status, code: &str| GraphError::Refused {
        said: Box::new(Said {
            status,
            code: code.to_owned(),
            ..Said::default()
        }),
    };
    for (status, code, expected) in [
        (403, "ErrorSendAsDenied", "ErrorSendAsDenied"),
        (400, "errorinvalidrecipients", "ErrorInvalidRecipients"),
        (413, "http_413", "ErrorMessageSizeExceeded"),
        (507, "whatever", "ErrorQuotaExceeded"),
        (400, "ErrorOther", "ErrorOther"),
    ] {
        let told = told(&refused(status, code));
        assert_eq!(told.code, expected);
        assert!(told.remedy.ends_with('.'), "{told:?}");
    }
    for why in [
        Why::DeletedInOutlook,
        Why::LostWhileSending,
        Why::PromisedInVain,
        Why::OriginGone,
        Why::AlsoChangedInOutlook,
    ] {
        let told = refusal(why);
        assert!(told.message.ends_with('.') && told.remedy.ends_with('.'));
    }
}
