//! Drafts, as their author has them: begun, changed, with files, sent, taken back, thrown away.

use bytes::Bytes;
use maildesk_model::access::Viewer;
use maildesk_model::draft::{
    Draft, DraftKind, DraftState, DraftText, FILES_MAX, FILES_MAX_BYTES, OPEN_MAX,
};
use maildesk_model::id::{DraftFileId, DraftId, MailboxId, MessageId, UserId};
use maildesk_model::intent::{Change, IntentState, Want};
use maildesk_model::mailbox::Trouble;
use maildesk_model::message::RemoteMessage;
use maildesk_store::contract::{
    DeskStore, DraftChange, DraftRefusal, DraftStore, Lease, MailboxStore, NewDraft, NewDraftFile,
    Submission, SyncStore,
};

use crate::bodies::file;
use crate::fixture::{ADMIN, Fixture, at, cases, mail, person};

cases!(
    a_draft_is_its_authors_alone,
    a_change_of_an_older_version_is_refused,
    one_intent_waits_to_save_and_moves_with_the_typing,
    files_come_in_pieces_that_follow_each_other,
    there_is_an_end_to_everything,
    a_mail_that_is_handed_on_brings_its_files,
    sending_waits_for_its_time_and_can_be_taken_back,
    sending_twice_is_one_intent,
    what_lacks_something_is_not_sent,
    a_draft_is_thrown_away,
    a_draft_of_outlook_goes_on_here,
    a_draft_is_put_aside_and_goes_on,
    a_draft_that_is_gone_for_good_is_over,
    a_submission_counts_once,
    only_its_author_hears_of_a_draft,
    drafts_that_are_over_are_forgotten_and_removal_takes_all,
    addresses_are_completed_from_mail,
);

pub(crate) fn text(subject: &str) -> DraftText {
    DraftText {
        to: vec![person("Bo", "bo@contoso.test")],
        subject: subject.into(),
        body: "<p>Hello</p>".into(),
        ..DraftText::default()
    }
}

pub(crate) fn new(mailbox: MailboxId, kind: DraftKind, origin: Option<MessageId>) -> NewDraft {
    NewDraft {
        mailbox,
        kind,
        origin,
        text: text("x"),
        quoted: origin.map(|_| "<blockquote>old</blockquote>".into()),
        marker: "marker-1".into(),
    }
}

pub(crate) async fn begin(desk: &Fixture, viewer: Viewer, mailbox: MailboxId) -> Draft {
    let new = new(mailbox, DraftKind::New, None);
    let made = desk.store.create_draft(viewer, &new, at(200)).await;
    made.unwrap().unwrap()
}

fn a_file(size: i64) -> NewDraftFile {
    NewDraftFile {
        name: "offer.pdf".into(),
        content_type: "application/pdf".into(),
        size,
    }
}

fn change(draft: &Draft, subject: &str) -> DraftChange {
    DraftChange {
        version: draft.version,
        text: text(subject),
    }
}

fn trouble() -> Trouble {
    Trouble {
        code: "taken_back".into(),
        message: "Taken back.".into(),
        remedy: "Send it again.".into(),
    }
}

/// Ada's mailbox, somebody it is shared with, and its lease.
pub(crate) async fn scene(desk: &Fixture) -> (MailboxId, Viewer, Lease) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let ada = desk.user("ada").await;
    share(desk, mailbox, &[ada.user]).await;
    (mailbox, ada, lease)
}

/// Shares a mailbox with exactly these people.
async fn share(desk: &Fixture, mailbox: MailboxId, users: &[UserId]) {
    let shared = desk.store.set_access(ADMIN, mailbox, users, at(0)).await;
    assert_eq!(shared.unwrap(), Some(true));
}

async fn waiting(desk: &Fixture, kind: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM intent WHERE kind = '{kind}' AND state = 'waiting'");
    desk.number(&sql).await
}

async fn a_draft_is_its_authors_alone(desk: Fixture) {
    let (mailbox, ada, _) = scene(&desk).await;
    let store = &desk.store;
    let draft = begin(&desk, ada, mailbox).await;
    assert_eq!((draft.version, draft.state), (1, DraftState::Writing));
    assert_eq!(store.draft(ada, draft.id).await.unwrap().unwrap(), draft);
    assert_eq!(
        store.drafts(ada).await.unwrap(),
        std::slice::from_ref(&draft)
    );
    // Neither an administrator, nor somebody with the mailbox, nor somebody without it.
    let bo = desk.user("bo").await;
    let eve = desk.user("eve").await;
    share(&desk, mailbox, &[ada.user, bo.user]).await;
    for other in [ADMIN, bo, eve] {
        assert_eq!(store.draft(other, draft.id).await.unwrap(), None);
        assert!(store.drafts(other).await.unwrap().is_empty());
        let id = draft.id;
        let unknown = Some(DraftRefusal::Unknown);
        let changed = store
            .update_draft(other, id, &change(&draft, "y"), at(201))
            .await;
        assert_eq!(changed.unwrap().err(), unknown);
        let added = store.add_draft_file(other, id, &a_file(1), at(201)).await;
        assert_eq!(added.unwrap().err(), unknown);
        let none = Bytes::new();
        let put = store.put_draft_part(other, id, DraftFileId(1), 0, &none, at(201));
        assert_eq!(put.await.unwrap().err(), unknown);
        let removed = store
            .remove_draft_file(other, id, DraftFileId(1), at(201))
            .await;
        assert_eq!(removed.unwrap().err(), unknown);
        let sent = store.send_draft(other, id, at(201), at(201)).await;
        assert_eq!(sent.unwrap().err(), unknown);
        let back = store.take_back_draft(other, id, &trouble(), at(201)).await;
        assert_eq!(back.unwrap().err(), unknown);
        let gone = store.discard_draft(other, id, at(201)).await;
        assert_eq!(gone.unwrap().err(), unknown);
    }
    let begun = store
        .create_draft(eve, &new(mailbox, DraftKind::New, None), at(201))
        .await;
    assert_eq!(begun.unwrap().err(), Some(DraftRefusal::Unknown));
    // The mailbox is no longer shared with its author: nor is the draft.
    share(&desk, mailbox, &[]).await;
    assert_eq!(store.draft(ada, draft.id).await.unwrap(), None);
}

async fn a_change_of_an_older_version_is_refused(desk: Fixture) {
    let (mailbox, ada, _) = scene(&desk).await;
    let first = begin(&desk, ada, mailbox).await;
    let store = &desk.store;
    let update = async |change: &DraftChange| {
        store
            .update_draft(ada, first.id, change, at(201))
            .await
            .unwrap()
    };
    let second = update(&change(&first, "second")).await.unwrap();
    assert_eq!(
        (second.version, second.text.subject.as_str()),
        (2, "second")
    );
    let again = update(&change(&first, "second")).await.unwrap();
    assert_eq!(again.version, 2, "the same change twice is one");
    let late = update(&change(&first, "late")).await;
    assert_eq!(late.err(), Some(DraftRefusal::Changed));
    let same = update(&change(&second, "second")).await.unwrap();
    assert_eq!(same.version, 2, "no change is no new version");
}

async fn one_intent_waits_to_save_and_moves_with_the_typing(desk: Fixture) {
    let (mailbox, ada, _) = scene(&desk).await;
    let mut draft = begin(&desk, ada, mailbox).await;
    assert_eq!(
        waiting(&desk, "save_draft").await,
        0,
        "nothing was written yet"
    );
    let due = "SELECT not_before FROM intent WHERE kind = 'save_draft'";
    for (second, expected) in [(210, 213), (212, 215), (224, 225), (230, 225)] {
        let change = change(&draft, &format!("at {second}"));
        let updated = desk
            .store
            .update_draft(ada, draft.id, &change, at(second))
            .await;
        draft = updated.unwrap().unwrap();
        assert_eq!(
            desk.number(due).await,
            at(expected).as_micros(),
            "at {second}"
        );
    }
    assert_eq!(waiting(&desk, "save_draft").await, 1);
    let want = Want::SaveDraft { draft: draft.id };
    let written = desk.store.want(ada, mailbox, &want, at(231)).await.unwrap();
    assert_eq!(
        written, None,
        "only the draft's own room writes such intents"
    );
}

async fn files_come_in_pieces_that_follow_each_other(desk: Fixture) {
    let (mailbox, ada, lease) = scene(&desk).await;
    let store = &desk.store;
    let draft = begin(&desk, ada, mailbox).await;
    let whole: Vec<u8> = (0..700_000_u32).map(|n| (n / 7) as u8).collect();
    let size = whole.len() as i64;
    let added = store
        .add_draft_file(ada, draft.id, &a_file(size), at(201))
        .await;
    let file = added.unwrap().unwrap();
    let put = async |from: i64, to: usize| {
        let piece = Bytes::copy_from_slice(&whole[usize::try_from(from).unwrap()..to]);
        store
            .put_draft_part(ada, draft.id, file.id, from, &piece, at(202))
            .await
            .unwrap()
    };
    assert_eq!(put(0, 300_000).await.unwrap().received, 300_000);
    let elsewhere = |received| Some(DraftRefusal::Elsewhere { received });
    assert_eq!(
        put(0, 300_000).await.err(),
        elsewhere(300_000),
        "once is enough"
    );
    assert_eq!(put(300_001, 300_002).await.err(), elsewhere(300_000));
    let sent = store
        .send_draft(ada, draft.id, at(203), at(203))
        .await
        .unwrap();
    assert_eq!(sent.err(), Some(DraftRefusal::Incomplete));
    assert!(put(300_000, 700_000).await.unwrap().is_complete());
    let more = Bytes::from_static(b"x");
    let beyond = store
        .put_draft_part(ada, draft.id, file.id, size, &more, at(202))
        .await;
    assert_eq!(beyond.unwrap().err(), elsewhere(size));
    for (offset, len) in [
        (0, 10),
        (262_143, 2),
        (299_990, 100_000),
        (699_999, 50),
        (0, size),
    ] {
        let read = store
            .draft_bytes(&lease, file.id, offset, len)
            .await
            .unwrap();
        let from = usize::try_from(offset).unwrap();
        let to = usize::try_from(offset + len).unwrap().min(whole.len());
        assert!(read == whole[from..to], "{offset} {len}");
    }
    store
        .remove_draft_file(ada, draft.id, file.id, at(204))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(desk.number("SELECT COUNT(*) FROM draft_chunk").await, 0);
    assert_eq!(
        desk.number("SELECT COUNT(*) FROM draft_file").await,
        0,
        "Graph never had it"
    );
}

async fn there_is_an_end_to_everything(desk: Fixture) {
    let (mailbox, ada, _) = scene(&desk).await;
    let store = &desk.store;
    let draft = begin(&desk, ada, mailbox).await;
    let large = store
        .add_draft_file(ada, draft.id, &a_file(FILES_MAX_BYTES + 1), at(201))
        .await;
    assert_eq!(large.unwrap().err(), Some(DraftRefusal::TooLarge));
    for _ in 0..FILES_MAX {
        store
            .add_draft_file(ada, draft.id, &a_file(1), at(201))
            .await
            .unwrap()
            .unwrap();
    }
    let more = store
        .add_draft_file(ada, draft.id, &a_file(1), at(201))
        .await;
    assert_eq!(more.unwrap().err(), Some(DraftRefusal::TooMany));
    for _ in 1..OPEN_MAX {
        begin(&desk, ada, mailbox).await;
    }
    let more = store
        .create_draft(ada, &new(mailbox, DraftKind::New, None), at(201))
        .await;
    assert_eq!(more.unwrap().err(), Some(DraftRefusal::TooMany));
    assert_eq!(store.drafts(ada).await.unwrap().len(), OPEN_MAX);
}

async fn a_mail_that_is_handed_on_brings_its_files(desk: Fixture) {
    let (mailbox, ada, lease) = scene(&desk).await;
    let mut message = mail("m1", "inbox", 50);
    let mut picture = file("f2", "logo.png");
    picture.is_inline = true;
    message.attachments = Some(vec![file("f1", "offer.pdf"), picture]);
    let origin = desk.live(&lease, vec![message]).await.arrived[0];
    for (kind, names) in [
        (DraftKind::Forward, vec!["offer.pdf"]),
        (DraftKind::Reply, vec![]),
    ] {
        let new = new(mailbox, kind, Some(origin));
        let made = desk
            .store
            .create_draft(ada, &new, at(201))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (made.kind, made.origin, made.has_quote),
            (kind, Some(origin), true)
        );
        let files: Vec<&str> = made.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(files, names);
        assert!(
            made.files
                .iter()
                .all(|file| !file.is_here && file.is_complete())
        );
        let work = desk
            .store
            .draft_work(&lease, made.id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(work.origin.as_deref(), Some("m1"));
        assert_eq!(work.quoted.as_deref(), Some("<blockquote>old</blockquote>"));
    }
    let (other, _) = desk.listed_mailbox("other@contoso.test").await;
    share(&desk, other, &[ada.user]).await;
    let foreign = new(other, DraftKind::Reply, Some(origin));
    let made = desk
        .store
        .create_draft(ada, &foreign, at(202))
        .await
        .unwrap();
    assert_eq!(
        made.err(),
        Some(DraftRefusal::Unknown),
        "of another mailbox"
    );
}

async fn sending_waits_for_its_time_and_can_be_taken_back(desk: Fixture) {
    let (mailbox, ada, lease) = scene(&desk).await;
    let store = &desk.store;
    let draft = begin(&desk, ada, mailbox).await;
    let intent = store
        .send_draft(ada, draft.id, at(310), at(300))
        .await
        .unwrap()
        .unwrap();
    let sending = store.draft(ada, draft.id).await.unwrap().unwrap();
    assert_eq!(
        (sending.state, sending.send_at),
        (DraftState::Sending, Some(at(310)))
    );
    assert!(sending.can_take_back);
    assert_eq!(store.count_drafts(ada).await.unwrap(), 0);
    let due = async |second| {
        let work = store.work(&lease, at(second)).await.unwrap();
        let wants = work.intents.into_iter().map(|intent| intent.want);
        wants.collect::<Vec<_>>()
    };
    let (save, send) = (
        Want::SaveDraft { draft: draft.id },
        Want::SendDraft { draft: draft.id },
    );
    assert_eq!(
        due(300).await,
        std::slice::from_ref(&save),
        "Graph's copy is made ready meanwhile"
    );
    assert_eq!(due(310).await, [save, send]);
    let late = store
        .update_draft(ada, draft.id, &change(&draft, "late"), at(301))
        .await;
    assert_eq!(late.unwrap().err(), Some(DraftRefusal::NotWriting));
    let back = store
        .take_back_draft(ada, draft.id, &trouble(), at(305))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((back.state, back.send_at), (DraftState::Writing, None));
    let state = store.intent(ada, intent).await.unwrap().unwrap().state;
    assert_eq!(state, IntentState::Refused(trouble()));
    let again = store
        .take_back_draft(ada, draft.id, &trouble(), at(306))
        .await
        .unwrap();
    assert_eq!(again.unwrap().state, DraftState::Writing, "twice is once");
    assert_eq!(waiting(&desk, "send_draft").await, 0);
    store
        .update_draft(ada, draft.id, &change(&draft, "better"), at(307))
        .await
        .unwrap()
        .unwrap();
}

async fn sending_twice_is_one_intent(desk: Fixture) {
    let (mailbox, ada, _) = scene(&desk).await;
    let draft = begin(&desk, ada, mailbox).await;
    let send = async |second| {
        let sent = desk
            .store
            .send_draft(ada, draft.id, at(second), at(300))
            .await;
        sent.unwrap().unwrap()
    };
    assert_eq!(send(310).await, send(350).await);
    assert_eq!(waiting(&desk, "send_draft").await, 1);
}

async fn what_lacks_something_is_not_sent(desk: Fixture) {
    let (mailbox, ada, _) = scene(&desk).await;
    let mut lonely = new(mailbox, DraftKind::New, None);
    lonely.text.to.clear();
    let draft = desk
        .store
        .create_draft(ada, &lonely, at(201))
        .await
        .unwrap()
        .unwrap();
    let sent = desk
        .store
        .send_draft(ada, draft.id, at(300), at(300))
        .await
        .unwrap();
    assert_eq!(sent.err(), Some(DraftRefusal::Nobody));
    let nobody = desk
        .store
        .send_draft(ada, DraftId(99), at(300), at(300))
        .await
        .unwrap();
    assert_eq!(nobody.err(), Some(DraftRefusal::Unknown));
}

async fn a_draft_is_thrown_away(desk: Fixture) {
    let (mailbox, ada, _) = scene(&desk).await;
    let store = &desk.store;
    let draft = begin(&desk, ada, mailbox).await;
    store
        .update_draft(ada, draft.id, &change(&draft, "y"), at(201))
        .await
        .unwrap()
        .unwrap();
    for _ in 0..2 {
        store
            .discard_draft(ada, draft.id, at(202))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(store.draft(ada, draft.id).await.unwrap(), None);
    }
    assert_eq!(waiting(&desk, "save_draft").await, 0);
    assert_eq!(
        waiting(&desk, "discard_draft").await,
        0,
        "Graph never heard of it"
    );
    let sending = begin(&desk, ada, mailbox).await;
    store
        .send_draft(ada, sending.id, at(310), at(300))
        .await
        .unwrap()
        .unwrap();
    let gone = store.discard_draft(ada, sending.id, at(301)).await.unwrap();
    assert_eq!(
        gone.err(),
        Some(DraftRefusal::NotWriting),
        "take it back first"
    );
}

async fn a_draft_of_outlook_goes_on_here(desk: Fixture) {
    let (mailbox, ada, lease) = scene(&desk).await;
    let store = &desk.store;
    let outlook = |subject: &str, second| {
        let mut message = mail("d1", "drafts", 50);
        message.is_draft = Some(true);
        message.subject = Some(subject.into());
        message.modified_at = Some(at(second));
        message.attachments = Some(vec![file("f1", "offer.pdf")]);
        message
    };
    desk.live(&lease, vec![outlook("Plans", 50), mail("m2", "inbox", 51)])
        .await;
    let message = desk.message(mailbox, "Plans").await;
    let adopt = async |viewer, message, body: &str| {
        store
            .adopt_draft(viewer, message, body, at(200))
            .await
            .unwrap()
    };
    let draft = adopt(ada, message, "<p>one</p>").await.unwrap();
    assert_eq!(
        (draft.text.subject.as_str(), draft.is_saved),
        ("Plans", true)
    );
    assert_eq!(draft.message, Some(message));
    assert_eq!((draft.files.len(), draft.files[0].is_here), (1, false));
    assert_eq!(
        adopt(ada, message, "<p>other</p>").await.unwrap(),
        draft,
        "one for each message"
    );
    let bo = desk.user("bo").await;
    share(&desk, mailbox, &[ada.user, bo.user]).await;
    assert_eq!(
        adopt(bo, message, "").await.err(),
        Some(DraftRefusal::Taken)
    );
    let no_draft = desk.message(mailbox, "m2").await;
    assert_eq!(
        adopt(ada, no_draft, "").await.err(),
        Some(DraftRefusal::NoDraft)
    );
    let eve = desk.user("eve").await;
    assert_eq!(
        adopt(eve, message, "").await.err(),
        Some(DraftRefusal::Unknown)
    );
    // Changed in Outlook and not here: Outlook's word counts.
    desk.live(&lease, vec![outlook("Other plans", 60)]).await;
    let followed = adopt(ada, message, "<p>two</p>").await.unwrap();
    assert_eq!(followed.text.subject, "Other plans");
    assert_eq!(
        (followed.text.body.as_str(), followed.version),
        ("<p>two</p>", 2)
    );
    assert_eq!(followed.files.len(), 1);
    // Changed in both: what was written here counts.
    store
        .update_draft(ada, draft.id, &change(&followed, "Mine"), at(201))
        .await
        .unwrap()
        .unwrap();
    desk.live(&lease, vec![outlook("Theirs", 70)]).await;
    assert_eq!(adopt(ada, message, "").await.unwrap().text.subject, "Mine");
    // Thrown away, it is to go at Graph too.
    store
        .discard_draft(ada, draft.id, at(202))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(waiting(&desk, "discard_draft").await, 1);
    let gone = adopt(ada, message, "").await.err();
    assert_eq!(gone, Some(DraftRefusal::Unknown), "it is on its way out");
}

/// A draft as Outlook has it, in a folder.
fn outlooks(remote: &str, folder: &str) -> RemoteMessage {
    let mut message = mail(remote, folder, 50);
    message.is_draft = Some(true);
    message.attachments = Some(Vec::new());
    message
}

/// The message, gone on with.
async fn adopted(desk: &Fixture, viewer: Viewer, message: MessageId) -> Draft {
    let adopted = desk
        .store
        .adopt_draft(viewer, message, "<p>one</p>", at(200));
    adopted.await.unwrap().unwrap()
}

async fn a_draft_is_put_aside_and_goes_on(desk: Fixture) {
    let (mailbox, ada, lease) = scene(&desk).await;
    let store = &desk.store;
    desk.live(&lease, vec![outlooks("d1", "drafts")]).await;
    let message = desk.message(mailbox, "d1").await;
    let draft = adopted(&desk, ada, message).await;
    let open = async || store.drafts(ada).await.unwrap();
    assert_eq!(open().await.len(), 1);
    let to = async |folder| {
        let change = Change {
            folder: Some(desk.folder(&lease, folder).await),
            ..Change::default()
        };
        let want = Want::Change { message, change };
        store.want(ada, mailbox, &want, at(201)).await.unwrap();
    };
    let count = async || store.count_drafts(ada).await.unwrap();
    assert_eq!(count().await, 1);
    for folder in ["deleted", "project"] {
        to(folder).await;
        assert_eq!(open().await, [], "put aside in {folder}");
        assert_eq!(count().await, 0);
        let aside = store.draft(ada, draft.id).await.unwrap();
        assert!(aside.is_some(), "whoever has it open writes on");
        to("drafts").await;
        assert_eq!(open().await.len(), 1, "taken back from {folder}");
    }
    // What is put aside takes nobody's room.
    to("deleted").await;
    for _ in 0..OPEN_MAX {
        begin(&desk, ada, mailbox).await;
    }
    let more = new(mailbox, DraftKind::New, None);
    let more = store.create_draft(ada, &more, at(202)).await.unwrap();
    assert_eq!(more.err(), Some(DraftRefusal::TooMany));
    // Gone on with, it is no deleted mail any more; elsewhere it stays where somebody keeps it.
    assert_eq!(adopted(&desk, ada, message).await.id, draft.id);
    let folder = async || {
        let detail = store.message(ada, message).await.unwrap().unwrap();
        detail.summary.folder
    };
    assert_eq!(folder().await, desk.folder(&lease, "drafts").await);
    to("project").await;
    adopted(&desk, ada, message).await;
    assert_eq!(folder().await, desk.folder(&lease, "project").await);
    // Writing on is going on with it, too.
    to("deleted").await;
    let written = store.draft(ada, draft.id).await.unwrap().unwrap();
    store
        .update_draft(ada, draft.id, &change(&written, "more"), at(203))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(folder().await, desk.folder(&lease, "drafts").await);
    // What is to be saved, or to be told, is listed wherever the copy lies.
    let listed = async || {
        let open = open().await.into_iter();
        open.filter(|one| one.id == draft.id).count()
    };
    let id = draft.id.0;
    let saved = format!("UPDATE draft SET saved_edits = edits WHERE id = {id}");
    to("deleted").await;
    assert_eq!(listed().await, 1, "it has something to be saved");
    desk.run(&saved).await;
    assert_eq!(listed().await, 0);
    let told = r#"["quota","It is full.","Empty it."]"#;
    desk.run(&format!(
        "UPDATE draft SET trouble = '{told}' WHERE id = {id}"
    ))
    .await;
    assert_eq!(listed().await, 1, "it was not sent");
    let gone = ["d1".to_owned()];
    store.forget_messages(&lease, &gone, at(204)).await.unwrap();
    assert_eq!(listed().await, 1, "and is not over");
}

async fn a_draft_that_is_gone_for_good_is_over(desk: Fixture) {
    let (mailbox, ada, lease) = scene(&desk).await;
    let store = &desk.store;
    // Deleted first and then for good; for good at once; for good while there is more to be saved.
    let mut drafts = Vec::new();
    for remote in ["aside", "at-once", "unsaved", "file"] {
        desk.live(&lease, vec![outlooks(remote, "drafts")]).await;
        let message = desk.message(mailbox, remote).await;
        drafts.push(adopted(&desk, ada, message).await.id);
    }
    for remote in ["aside", "unsaved", "file"] {
        desk.live(&lease, vec![outlooks(remote, "deleted")]).await;
    }
    // A file of which not everything has come is in no copy.
    store
        .add_draft_file(ada, drafts[3], &a_file(5), at(201))
        .await
        .unwrap()
        .unwrap();
    let saved = format!(
        "UPDATE draft SET saved_edits = edits WHERE id = {}",
        drafts[3].0
    );
    desk.run(&saved).await;
    let unsaved = store.draft(ada, drafts[2]).await.unwrap().unwrap();
    store
        .update_draft(ada, unsaved.id, &change(&unsaved, "more"), at(201))
        .await
        .unwrap()
        .unwrap();
    let gone = ["aside", "at-once", "unsaved", "file"].map(String::from);
    store.forget_messages(&lease, &gone, at(202)).await.unwrap();
    let left = store.drafts(ada).await.unwrap();
    let mut left: Vec<DraftId> = left.iter().map(|draft| draft.id).collect();
    left.sort_unstable();
    assert_eq!(left, drafts[1..], "what is not certain is told");
    assert_eq!(store.draft(ada, drafts[0]).await.unwrap(), None);
    // It is not asked for at Graph, where there is none, and goes with time.
    assert_eq!(waiting(&desk, "discard_draft").await, 0);
    let settled = "SELECT COUNT(*) FROM draft WHERE settled_at IS NOT NULL";
    assert_eq!(desk.number(settled).await, 1);
}

async fn a_submission_counts_once(desk: Fixture) {
    let (mailbox, ada, lease) = scene(&desk).await;
    let store = &desk.store;
    let submission = |body: u8| Submission {
        key_hash: [1; 32],
        body_hash: [body; 32],
        draft: new(mailbox, DraftKind::New, None),
        files: vec![(a_file(5), Bytes::from_static(b"bytes"))],
    };
    let submit = async |viewer, body, second| {
        store
            .submit(viewer, &submission(body), at(second))
            .await
            .unwrap()
    };
    let intent = submit(ada, 1, 300).await.unwrap();
    assert_eq!(submit(ada, 1, 301).await, Ok(intent));
    assert_eq!(submit(ada, 2, 302).await, Err(DraftRefusal::KeyUsed));
    assert_eq!(store.drafts(ada).await.unwrap().len(), 1);
    let due = store.work(&lease, at(302)).await.unwrap().intents;
    assert_eq!(due.iter().map(|one| one.id).collect::<Vec<_>>(), [intent]);
    let work = store
        .draft_work(&lease, due[0].want.draft().unwrap())
        .await
        .unwrap()
        .unwrap();
    let bytes = store
        .draft_bytes(&lease, work.files[0].file.id, 0, 100)
        .await
        .unwrap();
    assert_eq!(&bytes[..], b"bytes");
    let other = submit(ADMIN, 2, 303).await.unwrap();
    assert_ne!(other, intent, "everybody has their own keys");
    let day = 24 * 3600;
    assert_ne!(
        submit(ada, 2, 300 + day).await.unwrap(),
        intent,
        "forgotten after a day"
    );
    let mut short = submission(9);
    (short.key_hash, short.files[0].0.size) = ([9; 32], 6);
    let refused = store.submit(ada, &short, at(304)).await.unwrap();
    assert_eq!(refused, Err(DraftRefusal::Incomplete));
    let eve = desk.user("eve").await;
    assert_eq!(submit(eve, 1, 305).await, Err(DraftRefusal::Unknown));
}

async fn only_its_author_hears_of_a_draft(desk: Fixture) {
    use maildesk_model::journal::JournalKind;
    use maildesk_store::contract::JournalStore;
    let (mailbox, ada, _) = scene(&desk).await;
    let draft = begin(&desk, ada, mailbox).await;
    let head = desk.head().await;
    desk.store
        .update_draft(ada, draft.id, &change(&draft, "y"), at(201))
        .await
        .unwrap()
        .unwrap();
    let page = desk.store.journal_after(ada, head, 10).await.unwrap();
    assert_eq!(page.entries.len(), 1);
    assert_eq!(page.entries[0].kind, JournalKind::DraftUpdated);
    assert_eq!(page.entries[0].draft, Some(draft.id));
    let others = desk.store.journal_after(ADMIN, head, 10).await.unwrap();
    assert!(others.entries.is_empty() && others.read_to > head);
}

async fn drafts_that_are_over_are_forgotten_and_removal_takes_all(desk: Fixture) {
    use maildesk_store::contract::JournalStore;
    let (mailbox, ada, _) = scene(&desk).await;
    let store = &desk.store;
    let over = begin(&desk, ada, mailbox).await;
    store
        .discard_draft(ada, over.id, at(202))
        .await
        .unwrap()
        .unwrap();
    let open = begin(&desk, ada, mailbox).await;
    let added = store
        .add_draft_file(ada, open.id, &a_file(3), at(203))
        .await
        .unwrap()
        .unwrap();
    let bytes = Bytes::from_static(b"abc");
    store
        .put_draft_part(ada, open.id, added.id, 0, &bytes, at(203))
        .await
        .unwrap()
        .unwrap();
    let later = at(202 + 24 * 24 * 3600);
    store.forget_old(later, 1000).await.unwrap();
    assert_eq!(
        desk.number("SELECT COUNT(*) FROM draft").await,
        1,
        "the open one stays"
    );
    store.remove_mailbox(ADMIN, mailbox, at(300)).await.unwrap();
    assert!(store.drafts(ada).await.unwrap().is_empty());
    while store.sweep_removed(5).await.unwrap() {}
    for table in [
        "draft",
        "draft_file",
        "draft_chunk",
        "correspondent",
        "intent",
        "mailbox",
    ] {
        let left = desk.number(&format!("SELECT COUNT(*) FROM {table}")).await;
        assert_eq!(left, 0, "{table}");
    }
}

async fn addresses_are_completed_from_mail(desk: Fixture) {
    let (mailbox, ada, lease) = scene(&desk).await;
    let letter = |remote: &str, folder: &str, from: (&str, &str), to: (&str, &str), second| {
        let mut message = mail(remote, folder, second);
        message.from = Some(Some(person(from.0, from.1)));
        message.to = Some(vec![person(to.0, to.1)]);
        message
    };
    let (me, eve) = (
        ("Desk", "ada@contoso.test"),
        ("Eve Stone", "eve@fabrikam.test"),
    );
    let (zoe, stan) = (
        ("Zoe Evans", "zoe@fabrikam.test"),
        ("", "Stan@fabrikam.test"),
    );
    let mut draft = letter("d1", "drafts", me, zoe, 60);
    draft.is_draft = Some(true);
    desk.live(
        &lease,
        vec![
            letter("m1", "inbox", eve, me, 50),
            letter("m2", "inbox", eve, me, 51),
            letter("m3", "inbox", stan, me, 52),
            letter("m4", "sent", me, stan, 53),
            draft.clone(),
        ],
    )
    .await;
    let find = async |viewer, mailbox, typed: &str| {
        let found = desk
            .store
            .correspondents(viewer, mailbox, typed, 10)
            .await
            .unwrap();
        let found: Vec<String> = found.into_iter().map(|one| one.address).collect();
        found.join(" ")
    };
    let one = Some(mailbox);
    assert_eq!(
        find(ada, one, "ev").await,
        "eve@fabrikam.test",
        "a draft is no mail yet"
    );
    assert_eq!(
        find(ada, one, "ST").await,
        "Stan@fabrikam.test eve@fabrikam.test"
    );
    assert_eq!(find(ada, one, "eve st").await, "eve@fabrikam.test");
    // However often somebody writes, who was written to stands before them.
    let forger = ("Stan", "stan@evil.test");
    let letters = (0..12).map(|n| letter(&format!("f{n}"), "inbox", forger, me, 54 + n));
    desk.live(&lease, letters.collect()).await;
    assert_eq!(
        find(ada, one, "ST").await,
        "Stan@fabrikam.test stan@evil.test eve@fabrikam.test"
    );
    assert_eq!(
        find(ada, one, "fabrikam").await,
        "",
        "the beginning, not the middle"
    );
    draft.is_draft = Some(false);
    draft.folder = Some("sent".into());
    for _ in 0..2 {
        desk.live(&lease, vec![draft.clone()]).await;
    }
    assert_eq!(
        find(ada, None, "ev").await,
        "zoe@fabrikam.test eve@fabrikam.test"
    );
    let eve = desk.user("eve").await;
    assert_eq!(find(eve, None, "ev").await, "");
    assert_eq!(find(eve, one, "ev").await, "");
}
