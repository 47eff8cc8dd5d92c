//! What people do with messages by buttons, one or many at once, and how they take it back.

use maildesk_model::message::Flag;
use maildesk_model::{MailboxId, MessageId, Role};
use maildesk_store::contract::{DeskStore, IntentOutcome, MailboxStore, SyncStore};

use crate::support::{Answer, Desk, Engine, SERVER, Session, mail, story};

struct Scene {
    desk: Desk,
    session: Session,
    mailbox: MailboxId,
    ids: Vec<MessageId>,
}

/// A mailbox with so many messages, shared with the one who is signed in.
async fn scene(engine: Engine, messages: i64) -> Scene {
    let desk = Desk::open(engine).await;
    let ada = desk.person("ada", Role::User).await;
    let session = desk.session(&ada).await;
    let mailbox = desk.mailbox("One", &[&ada]).await;
    let ids = desk.deliver(mailbox, (0..messages).map(mail).collect());
    let ids = ids.await;
    Scene {
        desk,
        session,
        mailbox,
        ids,
    }
}

impl Scene {
    async fn open(&self, path: &str) -> String {
        let call = self.desk.call("GET", &format!("~{path}"));
        call.in_session(&self.session).send().await.text()
    }

    async fn act(&self, deed: &str, ids: &[MessageId], more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![("do", deed.to_owned())];
        fields.extend(ids.iter().map(|id| ("id", id.to_string())));
        fields.extend(
            more.iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let call = self.desk.call("POST", "~/messages/act");
        call.in_session(&self.session)
            .form(Some(&self.session), &fields)
            .send()
            .await
    }

    /// Presses *Undo* on the page at a path.
    async fn undo(&self, path: &str) -> Answer {
        let page = self.open(path).await;
        let groups: Vec<_> = page
            .split("name=\"undo\" value=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .map(|group| ("undo", group))
            .collect();
        assert!(!groups.is_empty(), "there is a way back: {page}");
        self.act("undo", &[], &groups).await
    }

    async fn folder(&self, name: &str) -> String {
        let folders = self.desk.store.folders(SERVER, self.mailbox).await;
        let folders = folders.unwrap().unwrap();
        let folder = folders.iter().find(|folder| folder.name == name).unwrap();
        folder.id.to_string()
    }

    /// For each message: its folder's id, whether it is read, its flag.
    async fn standing(&self) -> Vec<(String, bool, Flag)> {
        let read = self.desk.store.summaries(SERVER, &self.ids).await.unwrap();
        let read = read.iter();
        read.map(|one| (one.folder.to_string(), one.is_read, one.flag))
            .collect()
    }
}

story!(
    many_are_done_at_once_and_taken_back_at_once,
    async |engine| {
        let scene = scene(engine, 12).await;
        let before = scene.standing().await;
        let later = scene.folder("later").await;
        for (deed, said) in [
            ("delete", "12 messages moved to Deleted Items."),
            ("move", "12 messages moved to "),
            ("read", "12 messages marked as read."),
            ("flag", "12 messages flagged."),
        ] {
            let done = scene.act(deed, &scene.ids, &[("folder", &later)]).await;
            assert_eq!(done.status, 303, "{deed}");
            let path = done.header("location").to_owned();
            assert!(
                path.len() < 2000,
                "an address that every proxy lets through"
            );
            assert!(scene.open(&path).await.contains(said), "{deed}");
            assert_ne!(scene.standing().await, before, "{deed}");
            let undone = scene.undo(&path).await;
            let page = scene.open(undone.header("location")).await;
            assert!(page.contains("Taken back for 12 messages."));
            assert!(!page.contains("name=\"undo\""), "there is no undo of undo");
            assert_eq!(scene.standing().await, before, "{deed}");
        }
    }
);

#[tokio::test]
async fn only_what_changed_is_taken_back() {
    let scene = scene(Engine::Sqlite, 3).await;
    scene.act("read", &scene.ids[..1], &[]).await;
    let done = scene.act("read", &scene.ids, &[]).await;
    let path = done.header("location").to_owned();
    assert!(
        scene
            .open(&path)
            .await
            .contains("2 messages marked as read.")
    );
    scene.undo(&path).await;
    let read: Vec<_> = scene.standing().await.iter().map(|one| one.1).collect();
    assert_eq!(read, [true, false, false]);
    let nothing = scene.act("unread", &scene.ids[1..], &[]).await;
    assert_eq!(nothing.header("location"), "/", "they are so already");
}

/// What cannot be done is said with its reason; the rest is done.
#[tokio::test]
async fn what_fails_is_said_and_the_rest_is_done() {
    let scene = scene(Engine::Sqlite, 2).await;
    let hidden = scene.desk.mailbox("Hidden", &[]).await;
    let foreign = scene.desk.deliver(hidden, vec![mail(9)]).await[0];
    let later = scene.folder("later").await;
    let chosen = [scene.ids[0], foreign, scene.ids[1]];
    let done = scene.act("move", &chosen, &[("folder", &later)]).await;
    let page = scene.open(done.header("location")).await;
    assert!(page.contains("2 messages moved to "));
    assert!(page.contains("1 of 3 could not be moved: they are not there any more."));
    let nowhere = scene.act("move", &scene.ids, &[("folder", "")]).await;
    let page = scene.open(nowhere.header("location")).await;
    assert!(page.contains("2 of 2 could not be moved: their mailbox has no such folder."));
    let archived = scene.act("archive", &scene.ids[..1], &[]).await;
    let page = scene.open(archived.header("location")).await;
    assert!(page.contains("the Archive folder of their mailbox is not known yet"));
    assert_eq!(scene.act("flag", &[foreign], &[]).await.status, 404);
}

#[tokio::test]
async fn nothing_goes_for_good_without_being_asked() {
    let scene = scene(Engine::Sqlite, 2).await;
    scene.act("delete", &scene.ids[..1], &[]).await;
    let asked = scene
        .act("delete", &scene.ids, &[("back", "/?q=mail")])
        .await;
    let page = asked.text();
    assert!(
        page.contains("1 of these 2 messages lie in Deleted Items."),
        "{page}"
    );
    assert!(page.contains("name=\"sure\"") && page.contains("href=\"/?q=mail\""));
    assert_eq!(scene.standing().await.len(), 2, "nothing was done yet");
    let done = scene.act("delete", &scene.ids, &[("sure", "yes")]).await;
    assert_eq!(scene.standing().await.len(), 1);
    let path = done.header("location").to_owned();
    scene.undo(&path).await;
    let inbox = scene.folder("inbox").await;
    assert_eq!(scene.standing().await[0].0, inbox, "the other comes back");
    scene.act("delete", &scene.ids[1..], &[]).await;
    let last = scene
        .act("delete", &scene.ids[1..], &[("sure", "yes")])
        .await;
    let page = scene.open(last.header("location")).await;
    assert!(page.contains("Deleted for good.") && !page.contains("name=\"undo\""));
}

#[tokio::test]
async fn what_was_deleted_is_restored() {
    let mut scene = scene(Engine::Sqlite, 2).await;
    let mut draft = mail(7);
    draft.is_draft = Some(true);
    scene
        .ids
        .extend(scene.desk.deliver(scene.mailbox, vec![draft]).await);
    let inbox = scene.folder("inbox").await;
    let list = async |folder: &str| {
        let path = format!("/?mailbox={}&folder={folder}", scene.mailbox);
        scene
            .open(&format!("{path}&message={}", scene.ids[0]))
            .await
    };
    assert!(!list(&inbox).await.contains("value=\"put-back\""));
    scene.act("delete", &scene.ids, &[]).await;
    let deleted = scene.folder("deleted").await;
    let page = list(&deleted).await;
    let buttons = page.matches("value=\"put-back\"").count();
    assert_eq!(buttons, 2, "over the list and over the message: {page}");
    assert!(
        page.contains("data-does=\"put-back\""),
        "and in a row's menu"
    );
    assert!(page.contains("Restore") && !page.contains("value=\"archive\""));
    let done = scene.act("put-back", &scene.ids, &[]).await;
    let path = done.header("location").to_owned();
    let page = scene.open(&path).await;
    assert!(page.contains("2 messages put back."), "{page}");
    let why = "1 of 3 could not be put back: their mailbox has no such folder.";
    assert!(page.contains(why), "a draft is none of the inbox: {page}");
    let folders = async || {
        let standing = scene.standing().await.into_iter();
        standing.map(|(folder, ..)| folder).collect::<Vec<_>>()
    };
    assert_eq!(
        folders().await,
        [&inbox, &inbox, &deleted].map(String::clone)
    );
    scene.undo(&path).await;
    assert_eq!(folders().await, [(); 3].map(|()| deleted.clone()));
}

#[tokio::test]
async fn one_request_has_a_limit_and_a_meaning() {
    let scene = scene(Engine::Sqlite, 1).await;
    let many: Vec<_> = (1..=201).map(MessageId).collect();
    for (deed, ids) in [
        ("flag", &many[..]),
        ("flag", &[]),
        ("explode", &scene.ids),
        ("undo", &scene.ids),
    ] {
        assert_eq!(scene.act(deed, ids, &[]).await.status, 400, "{deed}");
    }
    let odd = scene.act("undo", &[], &[("undo", "odd.x")]).await;
    assert_eq!(odd.status, 400);
    // What is named twice is meant once.
    let twice = [scene.ids[0], scene.ids[0]];
    let flagged = scene.act("flag", &twice, &[]).await;
    let page = scene.open(flagged.header("location")).await;
    assert!(page.contains(">Flagged.<"), "{page}");
    scene.act("unflag", &twice, &[]).await;
    // An address that somebody else has made says nothing and offers nothing.
    let later = scene.folder("later").await;
    let forged = format!("/?done=read&count=1&undo=in-{later}.{}", scene.ids[0]);
    let page = scene.open(&forged).await;
    assert!(!page.contains("Marked as read.") && !page.contains("name=\"undo\""));
    let open = format!("/?mailbox={}&message={}", scene.mailbox, scene.ids[0]);
    let flagged = scene.act("flag", &scene.ids, &[("back", &open)]).await;
    assert!(
        flagged.header("location").starts_with(&open),
        "it stays open"
    );
    let deleted = scene.act("delete", &scene.ids, &[("back", &open)]).await;
    assert!(
        !deleted.header("location").contains("message="),
        "it is closed"
    );
}

// Microsoft's no is said once for all messages it struck, for a minute, and only to who did it.
story!(a_refusal_is_said_with_its_reason, async |engine| {
    let scene = scene(engine, 3).await;
    scene.act("read", &scene.ids, &[]).await;
    let lease = scene.desk.lease(scene.mailbox).await;
    let work = scene.desk.store.work(&lease, scene.desk.now()).await;
    let trouble = maildesk_model::mailbox::Trouble {
        code: "ErrorAccessDenied".into(),
        message: "This mailbox may not be changed.".into(),
        remedy: "Ask its owner.".into(),
    };
    for intent in work.unwrap().intents {
        let no = IntentOutcome::Refused(trouble.clone());
        let settled = scene
            .desk
            .store
            .settle_intent(&lease, intent.id, &no, scene.desk.now());
        settled.await.unwrap();
    }
    scene.desk.release(lease).await;
    let said = "Microsoft refused 3 changes, so they were put back: This mailbox may not be changed. Ask its owner.";
    assert!(scene.open("/").await.contains(said));
    let ben = scene.desk.person("ben", Role::Administrator).await;
    let other = scene.desk.session(&ben).await;
    let call = scene.desk.call("GET", "~/").in_session(&other);
    assert!(!call.send().await.text().contains("Microsoft refused"));
    scene.desk.clock.turn(std::time::Duration::from_secs(61));
    assert!(!scene.open("/").await.contains("Microsoft refused"));
});

/// Days are those of the person's own zone: the clock says 2 March 2026, 14:00 UTC, a Monday.
#[tokio::test]
async fn a_flag_has_a_day_and_says_when_it_is_over() {
    let scene = scene(Engine::Sqlite, 3).await;
    let due = async || {
        let read = scene.desk.store.summaries(SERVER, &scene.ids[..1]).await;
        read.unwrap()[0].due.map(|due| due.to_string())
    };
    for (name, day) in [
        ("today", "2026-03-02T00:00:00Z"),
        ("tomorrow", "2026-03-03T00:00:00Z"),
        ("this-week", "2026-03-06T00:00:00Z"),
        ("2028-02-29", "2028-02-29T00:00:00Z"),
        ("next-week", "2026-03-13T00:00:00Z"),
    ] {
        scene.act("flag", &scene.ids[..1], &[("due", name)]).await;
        assert_eq!(due().await.as_deref(), Some(day), "{name}");
    }
    let page = scene.open("/").await;
    assert!(page.contains("13 Mar"));
    assert!(page.contains("min=\"2025-03-02\" max=\"2036-03-02\""));
    for odd in [
        "2027-02-29",
        "0001-01-01",
        "2036-03-03",
        "13.03.2026",
        "some day",
    ] {
        let refused = scene.act("flag", &scene.ids[..1], &[("due", odd)]).await;
        assert_eq!(refused.status, 400, "{odd}");
    }
    let done = scene.act("complete", &scene.ids[..1], &[]).await;
    assert_eq!(due().await, None);
    scene.undo(done.header("location")).await;
    assert_eq!(due().await.as_deref(), Some("2026-03-13T00:00:00Z"));
    assert!(!scene.open("/").await.contains("overdue since"));
    scene.act("flag", &scene.ids[..1], &[("due", "")]).await;
    assert_eq!(due().await, None, "no date");
    let mut late = mail(9);
    late.flag = Some(Flag::Flagged);
    late.flag_dates = Some(maildesk_model::message::FlagDates {
        due: maildesk_model::Timestamp::parse("2026-03-01T00:00:00Z"),
        ..maildesk_model::message::FlagDates::default()
    });
    scene.desk.deliver(scene.mailbox, vec![late]).await;
    let page = scene.open("/").await;
    assert!(page.contains("overdue since") && page.contains("1 Mar"));
}

#[tokio::test]
async fn categories_are_given_taken_made_and_coloured() {
    let desk = Desk::open(Engine::Sqlite).await;
    let ada = desk.person("ada", Role::User).await;
    let session = desk.session(&ada).await;
    let mailbox = desk.mailbox("One", &[&ada]).await;
    let labelled = |n, names: &[&str]| maildesk_model::message::RemoteMessage {
        categories: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..mail(n)
    };
    let mails = vec![
        labelled(1, &["Red category", "Both"]),
        labelled(2, &["Both"]),
    ];
    let ids = desk.deliver(mailbox, mails).await;
    let scene = Scene {
        desk,
        session,
        mailbox,
        ids,
    };
    let names = async || {
        let read = scene.desk.store.summaries(SERVER, &scene.ids).await;
        let read = read.unwrap().into_iter();
        read.map(|one| one.categories.join(" ")).collect::<Vec<_>>()
    };
    let asked = scene.act("categorise", &scene.ids, &[]).await.text();
    assert!(asked.contains("value=\"Both\" checked"), "{asked}");
    assert!(asked.contains("value=\"Red category\" data-some"));
    // Both goes, Red stays where it is, a new one is everybody's, and gets a colour.
    let form = [("apply", "yes"), ("all", "Both"), ("new", " Made here ")];
    let done = scene.act("categorise", &scene.ids, &form).await;
    let page = scene.open(done.header("location")).await;
    assert!(page.contains("Categories of 2 messages changed."));
    assert_eq!(names().await, ["Red category Made here", "Made here"]);
    let undone = scene.undo(done.header("location")).await;
    let page = scene.open(undone.header("location")).await;
    assert!(page.contains("Taken back for 2 messages."), "{page}");
    assert_eq!(names().await, ["Red category Both", "Both"]);
    let form = [
        ("apply", "yes"),
        ("all", "Both"),
        ("new", "Made here"),
        ("new-colour", "4"),
    ];
    scene.act("categorise", &scene.ids, &form).await;
    let page = scene.open("/").await;
    assert_eq!(page.matches("swatch cat-4").count(), 2, "{page}");
    let form = [
        ("apply", "yes"),
        ("all", "Made here"),
        ("has", "Made here"),
        ("colour.Made here", "9"),
    ];
    scene.act("categorise", &scene.ids, &form).await;
    let page = scene.open("/").await;
    assert_eq!(page.matches("swatch cat-9").count(), 2, "{page}");
    assert_eq!(
        page.matches("swatch cat-0").count(),
        1,
        "Red category is red"
    );
    let only = scene.open("/?category=Red+category").await;
    assert!(only.contains("Category “Red category”"));
    assert_eq!(only.matches("<li data-id").count(), 1);
    let long = "x".repeat(256);
    let form = [("apply", "yes"), ("new", long.as_str())];
    assert_eq!(scene.act("categorise", &scene.ids, &form).await.status, 400);

    // A way back that no address holds is none, and what is done is done.
    let mut offered = Vec::new();
    for n in 0..30 {
        let name = format!("{n:0250}");
        let form = [("apply", "yes"), ("new", name.as_str())];
        let done = scene.act("categorise", &scene.ids[..1], &form).await;
        let path = done.header("location");
        assert!(path.len() < 8_000, "{} bytes", path.len());
        offered.push(path.contains("&undo="));
    }
    assert_eq!((offered[0], offered[29]), (true, false));
}

/// All that is unread in a folder, in as many requests as it takes; what others have is nobody's business.
#[tokio::test]
async fn what_is_unread_in_a_folder_is_marked_and_nothing_else() {
    let scene = scene(Engine::Sqlite, 203).await;
    let inbox = scene.standing().await[0].0.clone();
    let later = scene.folder("later").await;
    let moved = &scene.ids[..1];
    scene.act("move", moved, &[("folder", &later)]).await;
    let all = [("unread-in", inbox.as_str())];
    let offered = format!("name=\"unread-in\" value=\"{inbox}\"");
    let list = format!("/?mailbox={}", scene.mailbox);
    assert!(scene.open(&list).await.contains(&offered));
    let done = scene.act("read", &[], &all).await;
    let path = done.header("location").to_owned();
    let page = scene.open(&path).await;
    assert!(page.contains("200 messages marked as read."), "{page}");
    assert!(page.contains("2 of 202 could not be changed: no more than 200"));
    let unread = async || {
        let folders = scene.desk.store.folders(SERVER, scene.mailbox).await;
        let folders = folders.unwrap().unwrap().into_iter();
        folders.map(|folder| folder.unread).sum::<i64>()
    };
    assert_eq!(unread().await, 3);
    scene.act("read", &[], &all).await;
    assert_eq!(unread().await, 1, "what lies elsewhere is as it was");
    let nothing = scene.act("read", &[], &all).await;
    assert_eq!(nothing.header("location"), "/", "nothing is left");
    scene.undo(&path).await;
    assert_eq!(unread().await, 201);
    // However many folders are named, no more is done than one request takes.
    let several = [("unread-in", inbox.as_str()), ("unread-in", later.as_str())];
    scene.act("read", &[], &several).await;
    assert_eq!(unread().await, 1, "that of the second");
    scene.undo(&path).await;

    let hidden = scene.desk.mailbox("Hidden", &[]).await;
    scene.desk.deliver(hidden, vec![mail(900)]).await;
    let folders = scene.desk.store.folders(SERVER, hidden).await;
    let foreign = folders.unwrap().unwrap()[0].id.to_string();
    let nothing = scene.act("read", &[], &[("unread-in", &foreign)]).await;
    assert_eq!(nothing.header("location"), "/", "as if it did not exist");
    let odd = scene.act("read", &[], &[("unread-in", "x")]).await;
    assert_eq!(odd.status, 404);
}

#[tokio::test]
async fn the_page_knows_how_one_wants_to_work() {
    let scene = scene(Engine::Sqlite, 1).await;
    let page = scene.open("/").await;
    assert!(page.contains("data-mark-read=\"opened\"") && !page.contains("data-no-shortcuts"));
    assert!(page.contains("Turn single keys off") && !page.contains("are turned off"));
    let save = async |fields: &[(&str, &str)]| {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        let call = scene
            .desk
            .call("POST", "~/profile/desk")
            .in_session(&scene.session);
        call.form(Some(&scene.session), &fields).send().await.status
    };
    assert_eq!(save(&[("mark-read", "by-hand")]).await, 303);
    let page = scene.open("/").await;
    assert!(page.contains("data-mark-read=\"by-hand\"") && page.contains("data-no-shortcuts"));
    assert!(page.contains("are turned off") && page.contains("Turn them on in your account"));
    assert_eq!(
        save(&[("mark-read", "later"), ("shortcuts", "yes")]).await,
        303
    );
    let page = scene.open("/").await;
    assert!(page.contains("data-mark-read=\"later\"") && !page.contains("data-no-shortcuts"));
    assert_eq!(save(&[("mark-read", "sometimes")]).await, 400);
}

/// A script asks for as many rows as it has, so that all of them are put right.
#[tokio::test]
async fn a_refresh_has_as_many_rows_as_the_script_has() {
    let scene = scene(Engine::Sqlite, 230).await;
    for (path, rows, goes_on) in [
        ("/?rows=100", 100, true),
        ("/?rows=200", 200, true),
        ("/?rows=250", 230, false),
        ("/?rows=9999", 230, false),
        ("/?rows=0", 50, true),
    ] {
        let page = scene.open(path).await;
        assert_eq!(page.matches("<li data-id").count(), rows, "{path}");
        assert_eq!(page.contains("id=\"older\""), goes_on, "{path}");
    }
}
