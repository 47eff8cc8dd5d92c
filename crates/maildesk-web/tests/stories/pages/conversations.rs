//! Lists of conversations: a row for each, what is done with it, and those who want single messages.

use std::slice;

use maildesk_model::conversation::ThreadId;
use maildesk_model::message::{Address, Flag, RemoteMessage};
use maildesk_model::{MailboxId, MessageId, Role};
use maildesk_store::contract::{DeskStore, MailboxStore};

use crate::support::{Answer, Desk, Engine, SERVER, Session, mail, story};

struct Scene {
    desk: Desk,
    session: Session,
    mailbox: MailboxId,
    ids: Vec<MessageId>,
}

/// The n-th message of a conversation, from somebody.
fn talk(talk: &str, n: i64, name: &str) -> RemoteMessage {
    RemoteMessage {
        conversation: Some(talk.to_owned()),
        from: Some(Some(Address {
            name: name.to_owned(),
            address: format!("{name}@contoso.example"),
        })),
        ..mail(n)
    }
}

/// A mailbox with this mail, shared with the one who is signed in.
async fn scene(engine: Engine, mails: Vec<RemoteMessage>) -> Scene {
    let desk = Desk::open(engine).await;
    let ada = desk.person("ada", Role::User).await;
    let session = desk.session(&ada).await;
    let mailbox = desk.mailbox("One", &[&ada]).await;
    let ids = desk.deliver(mailbox, mails).await;
    Scene {
        desk,
        session,
        mailbox,
        ids,
    }
}

/// Three of one conversation, and another mail after the second of them.
fn three_and_one() -> Vec<RemoteMessage> {
    vec![
        talk("plan", 1, "Ada"),
        talk("plan", 2, "Bo"),
        talk("other", 3, "Cy"),
        talk("plan", 4, "Ada"),
    ]
}

impl Scene {
    async fn open(&self, path: &str) -> String {
        let call = self.desk.call("GET", &format!("~{path}"));
        call.in_session(&self.session).send().await.text()
    }

    async fn post(&self, path: &str, fields: &[(&str, String)]) -> Answer {
        let call = self.desk.call("POST", &format!("~{path}"));
        let call = call.in_session(&self.session);
        call.form(Some(&self.session), fields).send().await
    }

    async fn act(&self, deed: &str, ids: &[String], more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![("do", deed.to_owned())];
        fields.extend(ids.iter().map(|id| ("id", id.clone())));
        let more = more.iter();
        fields.extend(more.map(|(name, value)| (*name, (*value).to_owned())));
        self.post("/messages/act", &fields).await
    }

    /// Presses *Undo* on the page at a path.
    async fn undo(&self, path: &str) -> Answer {
        let page = self.open(path).await;
        let groups = page.split("name=\"undo\" value=\"").skip(1);
        let groups: Vec<_> = groups
            .map(|rest| ("undo", rest.split('"').next().unwrap()))
            .collect();
        assert!(!groups.is_empty(), "there is a way back: {page}");
        self.act("undo", &[], &groups).await
    }

    /// The rows of the list at a path, as they are written.
    async fn rows(&self, path: &str) -> Vec<String> {
        let page = self.open(path).await;
        let list = page.split("id=\"list\"").nth(1).unwrap_or_default();
        let list = list.split("</ol>").next().unwrap_or_default();
        let rows = list.split("<li data-id=\"").skip(1);
        rows.map(str::to_owned).collect()
    }

    /// The threads of these messages, in the inbox.
    async fn threads(&self, ids: &[MessageId]) -> Vec<String> {
        let read = self.desk.store.summaries(SERVER, ids).await.unwrap();
        let threads = read.iter().map(|one| one.thread().to_string());
        threads.collect()
    }

    async fn folder(&self, name: &str) -> String {
        let folders = self.desk.store.folders(SERVER, self.mailbox).await;
        let folders = folders.unwrap().unwrap();
        let folder = folders.iter().find(|folder| folder.name == name).unwrap();
        folder.id.to_string()
    }

    /// For each message: its folder's id, whether it is read, its flag.
    async fn standing(&self) -> Vec<(String, bool, Flag)> {
        let mut standing = Vec::new();
        for ids in self.ids.chunks(200) {
            let read = self.desk.store.summaries(SERVER, ids).await.unwrap();
            let read = read.iter();
            standing.extend(read.map(|one| (one.folder.to_string(), one.is_read, one.flag)));
        }
        standing
    }

    async fn flags(&self) -> Vec<bool> {
        let standing = self.standing().await;
        let flags = standing.iter().map(|one| one.2 == Flag::Flagged);
        flags.collect()
    }
}

story!(a_conversation_of_several_is_one_row, async |engine| {
    let mut mails = three_and_one();
    for read in [0, 2, 3] {
        mails[read].is_read = Some(true);
    }
    mails[0].flag = Some(Flag::Flagged);
    mails[1].has_attachments = Some(true);
    mails[1].categories = Some(vec!["Office".to_owned()]);
    let scene = scene(engine, mails).await;
    let rows = scene.rows("/").await;
    assert_eq!(rows.len(), 2, "{rows:#?}");
    let [plan, other] = &rows[..] else { panic!() };
    let opens = format!("href=\"/?message={}\"", scene.ids[3]);
    for said in [
        "<bdi>\u{2068}Ada\u{2069}, \u{2068}Bo\u{2069}</bdi>",
        "<bdi>Mail 4</bdi>",
        "<bdi>This is mail 4</bdi>",
        "data-total=\"3\"",
        ">3 messages</span>",
        "class=\"message unread\"",
        "class=\"flagged\"",
        ">With an attachment</span>",
        "data-category=\"Office\"",
        opens.as_str(),
    ] {
        assert!(plan.contains(said), "{said}: {plan}");
    }
    assert!(!plan.contains(">Done<") && !plan.contains("overdue"));
    assert!(other.contains("<bdi>Cy</bdi>") && other.contains("class=\"message\""));
    assert!(!other.contains("class=\"count\""), "one needs no count");
    let threads = scene.threads(&scene.ids).await;
    assert!(plan.starts_with(&threads[0]) && other.starts_with(&threads[2]));

    // A filter asks whether one of them is so.
    for (filter, found) in [("unread", 1), ("flagged", 1), ("attachments", 1)] {
        let rows = scene.rows(&format!("/?filter={filter}")).await;
        assert_eq!(rows.len(), found, "{filter}");
        assert!(rows[0].contains("data-total=\"3\""), "{filter}: all of it");
    }
    // What is looked for is found message by message.
    assert_eq!(scene.rows("/?q=mail").await.len(), 4);
    let office = scene.rows("/?category=Office").await;
    assert_eq!(office.len(), 1);
    assert!(office[0].starts_with(&scene.ids[1].to_string()));

    // Somebody else wants single messages.
    let off = [("mark-read", "opened".to_owned())];
    assert_eq!(scene.post("/profile/desk", &off).await.status, 303);
    let rows = scene.rows("/").await;
    assert_eq!(rows.len(), 4);
    assert!(rows[0].starts_with(&scene.ids[3].to_string()));
    assert!(
        scene
            .open("/profile")
            .await
            .contains("name=\"group\" value=\"yes\">")
    );
    let on = [
        ("mark-read", "opened".to_owned()),
        ("group", "yes".to_owned()),
    ];
    scene.post("/profile/desk", &on).await;
    assert_eq!(scene.rows("/").await.len(), 2);
    assert!(
        scene
            .open("/profile")
            .await
            .contains("name=\"group\" value=\"yes\" checked>")
    );
});

story!(
    what_is_done_with_a_row_is_done_with_all_of_it,
    async |engine| {
        let scene = scene(engine, three_and_one()).await;
        let later = scene.folder("later").await;
        let threads = scene.threads(&scene.ids).await;
        let (plan, other) = (threads[0].clone(), threads[2].clone());
        let before = scene.standing().await;
        for (deed, said) in [
            ("delete", "3 messages moved to Deleted Items."),
            ("move", "3 messages moved to "),
            ("read", "3 messages marked as read."),
        ] {
            let done = scene
                .act(deed, slice::from_ref(&plan), &[("folder", &later)])
                .await;
            assert_eq!(done.status, 303, "{deed}");
            let path = done.header("location").to_owned();
            assert!(scene.open(&path).await.contains(said), "{deed}");
            let after = scene.standing().await;
            for n in [0, 1, 3] {
                assert_ne!(after[n], before[n], "{deed}");
            }
            assert_eq!(after[2], before[2], "{deed}: another conversation");
            let undone = scene.undo(&path).await;
            let page = scene.open(undone.header("location")).await;
            assert!(page.contains("Taken back for 3 messages."));
            assert_eq!(scene.standing().await, before, "{deed}");
        }
        // Chosen rows together: threads, and a message that stands for itself.
        let chosen = [other, plan.clone()];
        let done = scene.act("move", &chosen, &[("folder", &later)]).await;
        let page = scene.open(done.header("location")).await;
        assert!(page.contains("4 messages moved to "), "{page}");
        // Of a thread that is elsewhere now nothing is there.
        let gone = scene.act("move", &[plan], &[("folder", &later)]).await;
        assert_eq!(gone.status, 404);
        let path = format!("/?mailbox={}&folder={later}", scene.mailbox);
        assert_eq!(scene.rows(&path).await.len(), 2);
    }
);

/// What of a conversation lies in another folder is another row, and nothing is done with it.
#[tokio::test]
async fn two_folders_have_each_their_part() {
    let scene = scene(Engine::Sqlite, three_and_one()).await;
    let later = scene.folder("later").await;
    let first = scene.ids[0].to_string();
    scene.act("move", &[first], &[("folder", &later)]).await;
    let path = format!("/?mailbox={}&folder={later}", scene.mailbox);
    let there = scene.rows(&path).await;
    assert_eq!(there.len(), 1);
    assert!(there[0].contains("data-total=\"1\""));
    let here = scene.rows("/").await;
    assert!(here[0].contains("data-total=\"2\""));
    let inbox = scene.threads(&scene.ids[1..2]).await;
    scene.act("read", &inbox, &[]).await;
    let read: Vec<_> = scene.standing().await.iter().map(|one| one.1).collect();
    assert_eq!(read, [false, true, false, true]);
    // Opened it is one conversation, and the row is that of this list whichever card is opened.
    let page = scene
        .rows(&format!("{path}&message={}", scene.ids[3]))
        .await;
    assert!(
        page[0].contains("class=\"message unread current\""),
        "{}",
        page[0]
    );
}

/// A flag is something to do, once: it goes where there is one, else to the newest.
#[tokio::test]
async fn a_flag_is_set_once_and_taken_off_wherever_it_is() {
    let scene = scene(Engine::Sqlite, three_and_one()).await;
    let plan = scene.threads(&scene.ids[..1]).await;
    let done = scene.act("flag", &plan, &[]).await;
    assert_eq!(scene.flags().await, [false, false, false, true]);
    scene.undo(done.header("location")).await;
    assert_eq!(scene.flags().await, [false; 4]);
    for id in &scene.ids[..2] {
        scene.act("flag", &[id.to_string()], &[]).await;
    }
    scene.act("flag", &plan, &[("due", "tomorrow")]).await;
    assert_eq!(scene.flags().await, [true, true, false, false]);
    assert!(scene.rows("/").await[0].contains("3 Mar"));
    let done = scene.act("complete", &plan, &[]).await;
    let states: Vec<_> = scene.standing().await.iter().map(|one| one.2).collect();
    let wanted = [Flag::Complete, Flag::Complete, Flag::None, Flag::None];
    assert_eq!(states, wanted);
    scene.undo(done.header("location")).await;
    scene.act("unflag", &plan, &[]).await;
    assert_eq!(scene.flags().await, [false; 4]);
}

/// The toolbar is about the whole thread, and about one message where somebody says so.
#[tokio::test]
async fn the_buttons_above_are_about_the_conversation_or_one_of_it() {
    let scene = scene(Engine::Sqlite, three_and_one()).await;
    let plan = scene.threads(&scene.ids[..1]).await.remove(0);
    let toolbar = |page: &str| {
        let form = page.split("class=\"toolbar\"").nth(1).unwrap_or_default();
        form.split("</form>").next().unwrap_or_default().to_owned()
    };
    let path = format!("/?message={}", scene.ids[3]);
    let page = scene.open(&path).await;
    assert!(toolbar(&page).contains(&format!("name=\"id\" value=\"{plan}\"")));
    assert!(toolbar(&page).contains("value=\"read\""), "one is unread");
    let said = ">All 3 messages of this conversation in this folder<";
    assert!(toolbar(&page).contains(said), "it says so");
    assert_eq!(
        page.matches(">File this one alone</a>").count(),
        3,
        "each alone"
    );
    let alone = format!("/?message={}&alone=yes", scene.ids[1]);
    assert!(page.contains(&alone.replace('&', "&#38;")), "{page}");
    let page = scene.open(&alone).await;
    let named = format!("name=\"id\" value=\"{}\"", scene.ids[1]);
    assert!(toolbar(&page).contains(&named));
    assert!(
        toolbar(&page).contains(">Only the message of "),
        "it says so"
    );
    assert!(toolbar(&page).contains(">The whole conversation</a>"));
    let single = scene.open(&format!("/?message={}", scene.ids[2])).await;
    assert!(
        !single.contains(">File this one alone</a>"),
        "it is all there is"
    );
    // Archived it is closed, and the way back brings all of it back.
    let done = scene.act("delete", &[plan], &[("back", &path)]).await;
    let path = done.header("location").to_owned();
    assert!(!path.contains("message="), "{path}");
    assert_eq!(scene.rows("/").await.len(), 1);
    scene.undo(&path).await;
    assert_eq!(scene.rows("/").await.len(), 2);
}

#[tokio::test]
async fn one_request_does_no_more_than_it_can_take_back() {
    let mails = (0..230).map(|n| talk("long", n, "Ada")).collect();
    let scene = scene(Engine::Sqlite, mails).await;
    let long = scene.threads(&scene.ids[..1]).await;
    let done = scene.act("read", &long, &[]).await;
    let path = done.header("location").to_owned();
    assert!(
        path.len() < 4000,
        "an address that every proxy lets through"
    );
    let page = scene.open(&path).await;
    for said in [
        "200 messages marked as read.",
        "30 of 230 could not be changed: no more than 200 messages are done with in one go. Do it again for the rest.",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let unread = scene.standing().await.iter().filter(|one| !one.1).count();
    assert_eq!(unread, 30);
    scene.undo(&path).await;
    let unread = scene.standing().await.iter().filter(|one| !one.1).count();
    assert_eq!(unread, 230);
    // A flag is one message's, however many there are.
    let done = scene.act("flag", &long, &[]).await;
    let page = scene.open(done.header("location")).await;
    assert!(page.contains("Flagged.") && !page.contains("could not be changed"));
}

#[tokio::test]
async fn a_thread_of_others_is_not_there() {
    let scene = scene(Engine::Sqlite, three_and_one()).await;
    let hidden = scene.desk.mailbox("Hidden", &[]).await;
    let foreign = scene.desk.deliver(hidden, vec![mail(9)]).await;
    let foreign = scene.threads(&foreign).await.remove(0);
    assert!(ThreadId::parse(&foreign).is_some());
    assert_eq!(
        scene
            .act("read", slice::from_ref(&foreign), &[])
            .await
            .status,
        404
    );
    let plan = scene.threads(&scene.ids[..1]).await.remove(0);
    let done = scene.act("read", &[plan, foreign], &[]).await;
    let page = scene.open(done.header("location")).await;
    assert!(page.contains("3 messages marked as read."));
    assert!(page.contains("1 of 4 could not be changed: they are not there any more."));
    assert_eq!(
        scene.act("read", &["c-f".to_owned()], &[]).await.status,
        404
    );
}

#[tokio::test]
async fn a_list_of_conversations_is_read_page_by_page() {
    let mails = (0..180).map(|n| talk(&format!("talk{}", n / 3), n, "Ada"));
    let scene = scene(Engine::Sqlite, mails.collect()).await;
    let mut path = "/".to_owned();
    let mut seen = Vec::new();
    for rows in [50, 10] {
        let page = scene.rows(&path).await;
        assert_eq!(page.len(), rows, "{path}");
        seen.extend(
            page.iter()
                .map(|row| row.split('"').next().unwrap().to_owned()),
        );
        let page = scene.open(&path).await;
        let older = page.split("id=\"older\"").nth(1).unwrap_or_default();
        let href = older.split("href=\"").nth(1).unwrap_or_default();
        path = href
            .split('"')
            .next()
            .unwrap_or_default()
            .replace("&#38;", "&");
        assert_eq!(path.is_empty(), rows == 10);
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), all), (60, 60), "each once");
    assert_eq!(scene.rows("/?rows=100").await.len(), 60);
}
