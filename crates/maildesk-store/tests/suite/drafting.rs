//! Drafts, as the runner has them: what it notes before and after each call of Graph, and how the
//! work ends.

use bytes::Bytes;
use maildesk_model::access::Viewer;
use maildesk_model::draft::{Draft, DraftKind, DraftState};
use maildesk_model::id::{DraftFileId, IntentId, MailboxId};
use maildesk_model::intent::IntentState;
use maildesk_model::mailbox::Trouble;
use maildesk_model::secret::Secret;
use maildesk_store::contract::{
    DeskStore, DraftChange, DraftEnd, DraftNote, DraftRefusal, DraftStore, DraftWork, Lease,
    NewDraftFile, SyncStore,
};

use crate::bodies::file;
use crate::drafts::{begin, new, scene, text};
use crate::fixture::{Fixture, at, cases};

cases!(
    creation_is_noted_before_and_after,
    what_was_changed_while_it_was_saved_is_saved_again,
    files_find_their_ids_in_graphs_list,
    a_copy_that_vanished_is_made_anew,
    an_upload_goes_on_where_it_was,
    who_takes_back_first_wins,
    a_sent_draft_is_over,
    a_refused_draft_is_being_written_again,
    a_discarded_draft_asks_for_nothing_more,
);

struct Desk {
    fixture: Fixture,
    mailbox: MailboxId,
    ada: Viewer,
    lease: Lease,
    draft: Draft,
}

impl Desk {
    async fn open(desk: Fixture) -> Self {
        let (mailbox, ada, lease) = scene(&desk).await;
        let draft = begin(&desk, ada, mailbox).await;
        Self {
            fixture: desk,
            mailbox,
            ada,
            lease,
            draft,
        }
    }

    async fn note(&self, note: DraftNote, second: i64) -> bool {
        let store = &self.fixture.store;
        let noted = store.note_draft(&self.lease, self.draft.id, &note, at(second));
        noted.await.unwrap()
    }

    async fn end(&self, intent: IntentId, end: DraftEnd, second: i64) {
        let store = &self.fixture.store;
        let ended = store.end_draft(&self.lease, self.draft.id, intent, &end, at(second));
        ended.await.unwrap();
    }

    async fn work(&self) -> DraftWork {
        let store = &self.fixture.store;
        let work = store.draft_work(&self.lease, self.draft.id).await;
        work.unwrap().unwrap()
    }

    async fn seen(&self) -> Draft {
        let store = &self.fixture.store;
        store.draft(self.ada, self.draft.id).await.unwrap().unwrap()
    }

    async fn write(&self, subject: &str, second: i64) {
        let version = self.seen().await.version;
        let change = DraftChange {
            version,
            text: text(subject),
        };
        let store = &self.fixture.store;
        let updated = store.update_draft(self.ada, self.draft.id, &change, at(second));
        updated.await.unwrap().unwrap();
    }

    async fn send(&self, second: i64) -> IntentId {
        let store = &self.fixture.store;
        let sent = store.send_draft(self.ada, self.draft.id, at(second), at(second));
        sent.await.unwrap().unwrap()
    }

    async fn take_back(&self, second: i64) -> Result<Draft, DraftRefusal> {
        let store = &self.fixture.store;
        let why = trouble();
        let back = store.take_back_draft(self.ada, self.draft.id, &why, at(second));
        back.await.unwrap()
    }

    async fn due(&self, second: i64) -> Vec<IntentId> {
        let work = self
            .fixture
            .store
            .work(&self.lease, at(second))
            .await
            .unwrap();
        work.intents.iter().map(|intent| intent.id).collect()
    }

    async fn intent(&self, intent: IntentId) -> IntentState {
        let found = self.fixture.store.intent(self.ada, intent).await.unwrap();
        found.unwrap().state
    }

    async fn add(&self, name: &str) -> DraftFileId {
        let new = NewDraftFile {
            name: name.into(),
            content_type: String::new(),
            size: 3,
        };
        let (store, id, at) = (&self.fixture.store, self.draft.id, at(201));
        let added = store.add_draft_file(self.ada, id, &new, at).await;
        let file = added.unwrap().unwrap().id;
        let bytes = Bytes::from_static(b"abc");
        let put = store.put_draft_part(self.ada, id, file, 0, &bytes, at);
        put.await.unwrap().unwrap();
        file
    }
}

fn trouble() -> Trouble {
    Trouble {
        code: "no".into(),
        message: "No.".into(),
        remedy: "Nothing.".into(),
    }
}

async fn creation_is_noted_before_and_after(desk: Fixture) {
    let desk = Desk::open(desk).await;
    assert!(desk.note(DraftNote::Creating, 210).await);
    assert_eq!(desk.work().await.creating_at, Some(at(210)));
    assert!(desk.note(DraftNote::NotCreated, 211).await);
    assert_eq!(desk.work().await.creating_at, None);
    desk.note(DraftNote::Creating, 212).await;
    for _ in 0..2 {
        assert!(desk.note(DraftNote::Created("g1".into()), 213).await);
    }
    let work = desk.work().await;
    assert_eq!(
        (work.remote_id.as_deref(), work.creating_at),
        (Some("g1"), None)
    );
    assert!(work.files_listed, "nobody's files went along");
    assert!(!desk.note(DraftNote::Creating, 214).await, "it is there");
    assert!(!desk.note(DraftNote::Created("g2".into()), 214).await);
    let forward = new(desk.mailbox, DraftKind::Forward, None);
    let store = &desk.fixture.store;
    let made = store
        .create_draft(desk.ada, &forward, at(215))
        .await
        .unwrap()
        .unwrap();
    let created = DraftNote::Created("g3".into());
    assert!(
        store
            .note_draft(&desk.lease, made.id, &created, at(216))
            .await
            .unwrap()
    );
    let work = store
        .draft_work(&desk.lease, made.id)
        .await
        .unwrap()
        .unwrap();
    assert!(!work.files_listed, "those of the origin did");
}

async fn what_was_changed_while_it_was_saved_is_saved_again(desk: Fixture) {
    let desk = Desk::open(desk).await;
    desk.write("one", 210).await;
    let [intent] = desk.due(213).await[..] else {
        panic!("one save waits");
    };
    let edits = desk.work().await.edits;
    desk.write("two", 214).await;
    let saved = DraftNote::Saved {
        edits,
        at: Some(at(215)),
    };
    assert!(desk.note(saved, 215).await);
    desk.end(intent, DraftEnd::Saved, 216).await;
    assert_eq!(desk.intent(intent).await, IntentState::Waiting);
    assert_eq!(
        (desk.due(218).await, desk.due(219).await),
        (vec![], vec![intent])
    );
    let edits = desk.work().await.edits;
    desk.note(DraftNote::Saved { edits, at: None }, 220).await;
    desk.end(intent, DraftEnd::Saved, 221).await;
    assert_eq!(desk.intent(intent).await, IntentState::Done);
    assert!(desk.seen().await.is_saved);
    desk.end(intent, DraftEnd::Saved, 222).await;
}

async fn files_find_their_ids_in_graphs_list(desk: Fixture) {
    let desk = Desk::open(desk).await;
    let known = desk.add("known.pdf").await;
    let unsure = desk.add("unsure.pdf").await;
    let lost = desk.add("lost.pdf").await;
    let fresh = desk.add("fresh.pdf").await;
    desk.note(DraftNote::FileThere(known, "r1".into()), 210)
        .await;
    for file in [unsure, lost] {
        assert!(desk.note(DraftNote::FileAsked(file), 211).await);
    }
    let mut inline = file("r9", "logo.png");
    inline.is_inline = true;
    let list = vec![
        file("r1", "known.pdf"),
        file("r2", "unsure.pdf"),
        file("r3", "outlook.pdf"),
        inline,
    ];
    for _ in 0..2 {
        assert!(desk.note(DraftNote::Listed(list.clone()), 213).await);
    }
    let work = desk.work().await;
    assert!(work.files_listed);
    let files: Vec<_> = work
        .files
        .iter()
        .map(|one| (one.file.name.as_str(), one.remote_id.as_deref(), one.asked))
        .collect();
    assert_eq!(
        files,
        [
            ("known.pdf", Some("r1"), false),
            ("unsure.pdf", Some("r2"), false),
            ("lost.pdf", None, false),
            ("fresh.pdf", None, false),
            ("outlook.pdf", Some("r3"), false),
        ]
    );
    assert!(!work.files[4].file.is_here);
    // Taken away by its author: the row waits for Graph.
    let store = &desk.fixture.store;
    let removed = store
        .remove_draft_file(desk.ada, desk.draft.id, unsure, at(214))
        .await;
    removed.unwrap().unwrap();
    assert_eq!(desk.seen().await.files.len(), 4);
    let row = |work: &DraftWork, id| {
        work.files
            .iter()
            .any(|one| one.file.id == id && one.removed)
    };
    assert!(row(&desk.work().await, unsure));
    assert!(!desk.note(DraftNote::FileAsked(unsure), 215).await);
    desk.note(DraftNote::FileGone(unsure), 215).await;
    assert!(!row(&desk.work().await, unsure));
    // Taken out in Outlook: what is here goes there again, what is not is gone.
    desk.note(DraftNote::Listed(Vec::new()), 216).await;
    let work = desk.work().await;
    let left: Vec<_> = work.files.iter().map(|one| one.file.id).collect();
    assert_eq!(left, [known, lost, fresh]);
    assert!(work.files.iter().all(|one| one.remote_id.is_none()));
}

async fn a_copy_that_vanished_is_made_anew(desk: Fixture) {
    let desk = Desk::open(desk).await;
    let here = desk.add("here.pdf").await;
    desk.note(DraftNote::Created("g1".into()), 210).await;
    desk.note(DraftNote::FileThere(here, "r1".into()), 211)
        .await;
    let there = vec![file("r1", "here.pdf"), file("r2", "there.pdf")];
    desk.note(DraftNote::Listed(there), 212).await;
    let edits = desk.work().await.edits;
    desk.note(DraftNote::Saved { edits, at: None }, 213).await;
    assert!(desk.note(DraftNote::Vanished, 214).await);
    let work = desk.work().await;
    assert_eq!((work.remote_id, work.saved_edits), (None, 0));
    let left: Vec<_> = work
        .files
        .iter()
        .map(|one| (one.file.id, &one.remote_id))
        .collect();
    assert_eq!(left, [(here, &None)]);
}

async fn an_upload_goes_on_where_it_was(desk: Fixture) {
    let desk = Desk::open(desk).await;
    let file = desk.add("large.bin").await;
    let url = || Secret::new("https://upload.test/secret-pass");
    for sent in [0, 2] {
        let upload = DraftNote::FileUpload(file, Some((url(), sent)));
        assert!(desk.note(upload, 210).await);
        let work = desk.work().await;
        let kept = work.files[0].session.as_ref().unwrap();
        assert_eq!((kept.expose(), work.files[0].sent), (url().expose(), sent));
    }
    let rows = desk.fixture.rows().await.join("\n");
    assert!(!rows.contains("secret-pass"), "it is its own pass");
    assert!(desk.note(DraftNote::FileUpload(file, None), 211).await);
    let work = desk.work().await;
    assert!(work.files[0].session.is_none() && work.files[0].sent == 0);
}

async fn who_takes_back_first_wins(desk: Fixture) {
    let desk = Desk::open(desk).await;
    let first = desk.send(300).await;
    desk.take_back(301).await.unwrap();
    assert!(
        !desk.note(DraftNote::Asking, 302).await,
        "its author has it back"
    );
    desk.end(first, DraftEnd::Saved, 302).await;
    desk.send(310).await;
    assert!(desk.note(DraftNote::Asking, 311).await);
    assert_eq!(desk.take_back(312).await.err(), Some(DraftRefusal::TooLate));
    assert!(!desk.seen().await.can_take_back);
    assert!(
        desk.note(DraftNote::NotAsked, 313).await,
        "Graph said to come later"
    );
    assert!(desk.seen().await.can_take_back);
    desk.note(DraftNote::Asking, 314).await;
    desk.note(DraftNote::Accepted, 315).await;
    assert!(!desk.note(DraftNote::NotAsked, 316).await);
    desk.note(DraftNote::Looked { known: true }, 317).await;
    desk.note(DraftNote::Looked { known: false }, 318).await;
    desk.note(DraftNote::Looked { known: false }, 319).await;
    let work = desk.work().await;
    assert_eq!((work.looks, work.lost_at), (3, Some(at(318))));
    desk.note(DraftNote::Looked { known: true }, 320).await;
    let work = desk.work().await;
    assert_eq!(
        (work.asked_at, work.accepted_at),
        (Some(at(314)), Some(at(315)))
    );
    assert_eq!(work.lost_at, None);
}

async fn a_sent_draft_is_over(desk: Fixture) {
    let desk = Desk::open(desk).await;
    desk.add("a.pdf").await;
    let intent = desk.send(300).await;
    desk.note(DraftNote::Created("g1".into()), 301).await;
    desk.note(DraftNote::Asking, 302).await;
    for _ in 0..2 {
        desk.end(intent, DraftEnd::Sent, 303).await;
        assert_eq!(desk.seen().await.state, DraftState::Sent);
    }
    assert_eq!(desk.intent(intent).await, IntentState::Done);
    assert!(desk.due(400).await.is_empty());
    assert_eq!(
        desk.fixture
            .number("SELECT COUNT(*) FROM draft_chunk")
            .await,
        0
    );
    let store = &desk.fixture.store;
    assert!(store.drafts(desk.ada).await.unwrap().is_empty());
    let again = store
        .send_draft(desk.ada, desk.draft.id, at(400), at(400))
        .await;
    assert_eq!(again.unwrap().err(), Some(DraftRefusal::NotWriting));
    let gone = store.discard_draft(desk.ada, desk.draft.id, at(401)).await;
    assert_eq!(gone.unwrap().err(), Some(DraftRefusal::NotWriting));
}

async fn a_refused_draft_is_being_written_again(desk: Fixture) {
    let desk = Desk::open(desk).await;
    let intent = desk.send(300).await;
    desk.note(DraftNote::Asking, 301).await;
    desk.note(DraftNote::Told(trouble()), 302).await;
    desk.end(intent, DraftEnd::Refused(trouble()), 303).await;
    let seen = desk.seen().await;
    assert_eq!(
        (seen.state, seen.trouble),
        (DraftState::Writing, Some(trouble()))
    );
    assert_eq!(desk.intent(intent).await, IntentState::Refused(trouble()));
    let work = desk.work().await;
    assert_eq!((work.asked_at, work.draft.send_at), (None, None));
    desk.write("better", 304).await;
    let again = desk.send(305).await;
    assert_ne!(again, intent);
    assert_eq!(desk.seen().await.trouble, None);
}

async fn a_discarded_draft_asks_for_nothing_more(desk: Fixture) {
    let desk = Desk::open(desk).await;
    desk.note(DraftNote::Creating, 209).await;
    let store = &desk.fixture.store;
    store
        .discard_draft(desk.ada, desk.draft.id, at(210))
        .await
        .unwrap()
        .unwrap();
    let [intent] = desk.due(210).await[..] else {
        panic!("Graph may have it, so it is to be taken away there");
    };
    assert!(!desk.note(DraftNote::Creating, 211).await);
    assert!(
        desk.note(DraftNote::Created("g1".into()), 211).await,
        "found by its marker"
    );
    assert!(!desk.note(DraftNote::Asking, 212).await);
    desk.end(intent, DraftEnd::Discarded, 213).await;
    assert_eq!(desk.intent(intent).await, IntentState::Done);
    assert!(desk.due(300).await.is_empty());
}
