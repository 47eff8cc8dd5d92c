//! Searching at the desk: what was looked for is marked, what was taken otherwise is said, and what to try
//! where nothing is found.

use maildesk_model::message::{Body, Flag, RemoteMessage};
use maildesk_model::{MailboxId, MessageId, Role};

use maildesk_model::folder::WellKnown;
use maildesk_store::contract::{FolderChanges, MailboxStore, RemoteFolder, SyncStore};
use serde_json::json;

use crate::support::{Desk, Engine, Person, SERVER, Session, mail, story};

struct Searcher {
    desk: Desk,
    ada: Person,
    session: Session,
    id: MailboxId,
}

impl Searcher {
    async fn new(engine: Engine) -> Self {
        Self::at(Desk::open(engine).await).await
    }

    async fn at(desk: Desk) -> Self {
        let ada = desk.person("ada", Role::User).await;
        let session = desk.session(&ada).await;
        let id = desk.mailbox("Support", &[&ada]).await;
        Self {
            desk,
            ada,
            session,
            id,
        }
    }

    async fn open(&self, path: &str) -> String {
        let call = self.desk.get(&format!("~{path}"));
        call.in_session(&self.session).send().await.text()
    }

    /// The inbox searched for these words.
    async fn search(&self, typed: &str) -> String {
        self.open(&format!("/?{}", asked(&[("q", typed)]))).await
    }

    async fn deliver(&self, mails: Vec<RemoteMessage>) -> Vec<MessageId> {
        self.desk.deliver(self.id, mails).await
    }
}

fn asked(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

fn with_text(n: i64, content: &str) -> RemoteMessage {
    RemoteMessage {
        body: Some(Body {
            is_html: false,
            content: content.to_owned(),
        }),
        ..mail(n)
    }
}

/// What is said above the results, without its tags.
fn notes(page: &str) -> String {
    let notes = page.split(" said-of\"").nth(1).unwrap_or_default();
    let notes = notes.split("</div>").next().unwrap_or_default();
    let text = notes.split('<').filter_map(|piece| piece.split_once('>'));
    let text: Vec<_> = text.map(|(_, text)| text.trim()).collect();
    let text = text
        .join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    text.replace("&#34;", "\"")
}

/// Where a link with these words leads.
fn way(page: &str, words: &str) -> String {
    let before = page.split(&format!(">{words}</a>")).next().unwrap();
    assert_ne!(before.len(), page.len(), "a link {words} in {page}");
    let href = before.rsplit("href=\"").next().unwrap();
    href.split('"').next().unwrap().replace("&#38;", "&")
}

story!(what_was_looked_for_is_marked, async |engine| {
    let searcher = Searcher::new(engine).await;
    let long = format!(
        "{}the CAFÉ <b> closes{}",
        "hay ".repeat(300),
        " straw".repeat(300)
    );
    let mut html = mail(2);
    html.subject = Some("Café & more".to_owned());
    html.body = Some(Body {
        is_html: true,
        content: "<p title=\"a café\">Our <b>Café</b> opens <a href=\"https://cafe.example/\">here</a></p>".to_owned(),
    });
    let ids = searcher
        .deliver(vec![with_text(1, &long), html, mail(3)])
        .await;
    let page = searcher.search("cafe").await;
    assert_eq!(page.matches("<li data-id").count(), 2, "{page}");
    assert!(
        page.contains("<bdi><mark>Café</mark> &#38; more</bdi>"),
        "{page}"
    );
    let excerpt = "<bdi>… hay hay hay the <mark>CAFÉ</mark> &#60;b&#62; closes straw";
    assert!(page.contains(excerpt) && page.contains("<bdi>… "), "{page}");
    // The beginning of a text is shown where it has the words, and where nothing is looked for.
    let beginning = searcher.search("mail 3").await;
    assert!(
        beginning.contains("<bdi>This is <mark>mail</mark> <mark>3</mark></bdi>"),
        "{beginning}"
    );
    let plain = searcher.open("/").await;
    assert!(!plain.contains("<mark>") && plain.contains("<bdi>This is mail 1</bdi>"));
    let by = searcher.search("from:grace is:unread").await;
    assert!(by.contains("<bdi><mark>Grace</mark></bdi>"), "{by}");

    let open = searcher.open(&format!("/?q=cafe&message={}", ids[1])).await;
    assert!(
        open.contains("<h2><bdi><mark>Café</mark> &#38; more</bdi></h2>"),
        "{open}"
    );
    let body = format!("/messages/{}/body?q=cafe", ids[1]);
    assert!(open.contains(&format!("src=\"{body}\"")), "{open}");
    let read = searcher.open(&body).await;
    assert!(read.contains("<p title=\"a café\">Our <b><mark class=\"found\">Café</mark></b> opens <a href=\"https://cafe.example/\""), "{read}");
    assert_eq!(read.matches("<mark").count(), 1, "{read}");
    let text = searcher
        .open(&format!("/messages/{}/body?q=cafe", ids[0]))
        .await;
    assert!(
        text.contains("the <mark class=\"found\">CAFÉ</mark> &lt;b&gt;"),
        "{text}"
    );
    let unmarked = searcher.open(&format!("/messages/{}/body", ids[1])).await;
    assert!(!unmarked.contains("<mark"));
    let pictures = format!("/messages/{}/body?images=yes&#38;q=cafe", ids[1]);
    assert!(open.contains(&pictures), "{open}");
});

story!(
    what_was_taken_otherwise_is_said_with_a_way_to_put_it_right,
    async |engine| {
        let searcher = Searcher::new(engine).await;
        searcher.deliver(vec![mail(1)]).await;
        assert_eq!(notes(&searcher.search("mail").await), "");
        let page = searcher.search("form:grace mail").await;
        let said =
            "“form:grace” is looked for as words: there is no such operator. Search for from:grace";
        assert_eq!(notes(&page), said);
        let right = way(&page, "Search for from:grace");
        assert_eq!(right, "/?q=from%3Agrace+mail");
        let right = searcher.open(&right).await;
        assert_eq!(notes(&right), "");
        assert_eq!(right.matches("<li data-id").count(), 1, "{right}");
        for (typed, said, instead) in [
            (
                "mail after:3/1/2026",
                "“after:3/1/2026” is left out: a date is written",
                Some(("Search for after:2026-03-01", "/?q=mail+after%3A2026-03-01")),
            ),
            (
                "is:starred",
                "“is:starred” is looked for as words: there is nothing of that kind.",
                Some(("Search for is:flagged", "/?q=is%3Aflagged")),
            ),
            (
                "from: grace",
                "In “from: grace” the operator is looked for as a word",
                Some(("Search for from:grace", "/?q=from%3Agrace")),
            ),
            (
                "mail in:inbxo",
                "There is no folder as in “in:inbxo”",
                Some(("Search for in:inbox", "/?q=mail+in%3Ainbox")),
            ),
            (
                "mail in:nowhere",
                "There is no folder as in “in:nowhere”",
                None,
            ),
            (
                "after:2027 before:2026",
                "leaves no time between them",
                None,
            ),
            ("is:unread is:read", "“is:unread” is left out", None),
        ] {
            let page = searcher.search(typed).await;
            let notes = notes(&page);
            assert!(notes.contains(said), "{typed}: {notes}");
            if let Some((words, path)) = instead {
                assert_eq!(way(&page, words), path, "{typed}");
            } else {
                assert!(!notes.contains("Search for"), "{typed}: {notes}");
            }
        }
        // A folder of another mailbox is one, unless one mailbox is searched.
        let other = searcher.desk.mailbox("Sales", &[&searcher.ada]).await;
        searcher.desk.mailbox("Hidden", &[]).await;
        assert_eq!(notes(&searcher.search("mail in:later").await), "");
        let there = format!("/?mailbox={other}&q=mail+in%3Anowhere");
        let page = searcher.open(&there).await;
        assert!(notes(&page).contains("There is no folder"), "{page}");
        assert!(
            page.contains("aria-label=\"How to search\"")
                && page.contains("<code>has:attachment</code>")
        );
    }
);

story!(
    where_nothing_is_found_there_is_something_to_try,
    async |engine| {
        let searcher = Searcher::new(engine).await;
        searcher.deliver(vec![mail(1)]).await;
        let other = searcher.desk.mailbox("Sales", &[&searcher.ada]).await;
        let nothing = searcher
            .open(&format!("/?mailbox={other}&filter=flagged&q=%22mail+is%22"))
            .await;
        let (id, q) = (other, "q=%22mail+is%22");
        for (words, path) in [
            ("Search without the filter", format!("/?mailbox={id}&{q}")),
            ("Search all mailboxes", format!("/?filter=flagged&{q}")),
            (
                "Search for the words, not in a row",
                format!("/?mailbox={id}&filter=flagged&q=mail+is"),
            ),
        ] {
            assert_eq!(way(&nothing, words), path);
        }
        assert!(!nothing.contains("Search the whole mailbox"));
        let folders = searcher
            .desk
            .get(&format!("/mailboxes/{}/folders", searcher.id));
        let folders = folders.by(&searcher.ada).send().await.expect(200);
        let items = folders["items"].as_array().unwrap();
        let later = items.iter().find(|one| one["name"] == "later").unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let page = searcher
            .open(&format!("/?mailbox={}&folder={later}&q=mail", searcher.id))
            .await;
        let wider = way(&page, "Search the whole mailbox");
        let expected = format!("/?mailbox={}&q=mail&begun={later}", searcher.id);
        assert_eq!(wider, expected);
        assert!(searcher.open(&wider).await.contains("<li data-id"));
        // Where something is found, and where nothing is looked for, there is nothing to try.
        for path in ["/?q=mail".to_owned(), format!("/?mailbox={other}")] {
            assert!(
                !searcher.open(&path).await.contains("class=\"tries\""),
                "{path}"
            );
        }
    }
);

/// A field of the search form that nobody sees.
fn hidden(page: &str, name: &str, value: &str) -> bool {
    let field = format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
    page.split("role=\"search\"")
        .nth(1)
        .unwrap()
        .contains(&field)
}

story!(
    a_search_keeps_what_the_list_was_confined_to,
    async |engine| {
        let searcher = Searcher::new(engine).await;
        let red = |n| RemoteMessage {
            categories: Some(vec!["Red".to_owned()]),
            ..mail(n)
        };
        let flagged = RemoteMessage {
            flag: Some(Flag::Flagged),
            ..red(1)
        };
        searcher.deliver(vec![flagged, red(2), mail(3)]).await;
        let id = searcher.id;
        let list = format!("/?mailbox={id}&filter=flagged&category=Red");
        let page = searcher.open(&list).await;
        for (name, value) in [
            ("mailbox", &*id.to_string()),
            ("filter", "flagged"),
            ("category", "Red"),
        ] {
            assert!(hidden(&page, name, value), "{name}: {page}");
        }
        let found = searcher.open(&format!("{list}&q=mail")).await;
        assert_eq!(found.matches("<li data-id").count(), 1, "{found}");
        assert!(found.contains("1 found"));
        let all = way(&found, "All");
        assert_eq!(all, format!("/?mailbox={id}&q=mail&category=Red"));
        assert!(searcher.open(&all).await.contains("2 found"));
        assert_eq!(way(&found, "Clear search"), list);
    }
);

story!(a_search_says_where_it_looks_and_lets_go, async |engine| {
    let searcher = Searcher::new(engine).await;
    let id = searcher.id;
    let later = RemoteMessage {
        folder: Some("later".to_owned()),
        ..mail(2)
    };
    searcher.deliver(vec![mail(1), later]).await;
    let folders = searcher
        .desk
        .store
        .folders(SERVER, id)
        .await
        .unwrap()
        .unwrap();
    let later = folders.iter().find(|one| one.name == "later").unwrap().id;
    let list = format!("/?mailbox={id}&folder={later}");
    assert!(hidden(
        &searcher.open(&list).await,
        "begun",
        &later.to_string()
    ));

    let begun = format!("/?mailbox={id}&q=%22this+is%22&begun={later}");
    let page = searcher.open(&begun).await;
    let heading = |page: &str, text: &str| {
        let text = format!("<h2 id=\"heading\">{text}</h2>");
        assert!(page.contains(&text), "{page}");
    };
    heading(&page, "Search in Support: &#34;this is&#34;");
    assert_eq!(page.matches("<li data-id").count(), 2, "{page}");
    let badge = "<span class=\"badge\"><bdi>later</bdi></span>";
    assert_eq!(page.matches(badge).count(), 1, "{page}");
    assert!(hidden(&page, "begun", &later.to_string()));
    assert_eq!(way(&page, "Clear search"), list);
    let only = way(&page, "Only in later");
    assert_eq!(only, format!("{list}&q=%22this+is%22"));

    let page = searcher.open(&only).await;
    heading(&page, "Search in later: &#34;this is&#34;");
    assert!(page.contains("1 found") && !page.contains(badge), "{page}");
    assert!(hidden(&page, "folder", &later.to_string()));
    assert_eq!(way(&page, "Search the whole mailbox"), begun);
    // Without words one is in the folder again.
    let cleared = searcher
        .open(&format!("/?mailbox={id}&q=&begun={later}"))
        .await;
    heading(&cleared, "later");
    assert!(!cleared.contains("Clear search"));

    let everywhere = searcher.search("this").await;
    heading(&everywhere, "Search in all mailboxes: this");
    assert_eq!(way(&everywhere, "Clear search"), "/");
});

story!(
    mail_of_ones_own_is_found_by_whom_it_went_to,
    async |engine| {
        let searcher = Searcher::new(engine).await;
        let folder = RemoteFolder {
            remote_id: "sent".to_owned(),
            parent: None,
            name: "Sent Items".to_owned(),
            well_known: Some(WellKnown::SentItems),
            unread: 0,
            total: 0,
        };
        let changes = FolderChanges {
            changed: vec![folder],
            removed: Vec::new(),
            whole: false,
            link: None,
        };
        let desk = &searcher.desk;
        let lease = desk.lease(searcher.id).await;
        let applied = desk.store.apply_folders(&lease, &changes, desk.now()).await;
        applied.unwrap();
        desk.release(lease).await;
        let sent = RemoteMessage {
            folder: Some("sent".to_owned()),
            ..mail(1)
        };
        searcher.deliver(vec![sent, mail(2)]).await;
        let page = searcher.search("mail").await;
        assert!(page.contains("<bdi>To: Support</bdi>"), "{page}");
        assert!(page.contains("<bdi>Sent Items</bdi>"), "{page}");
        assert!(page.contains("<bdi>Grace</bdi>"), "{page}");
    }
);

story!(what_a_search_found_is_counted, async |engine| {
    let searcher = Searcher::new(engine).await;
    searcher.deliver((1..=60).map(mail).collect()).await;
    let page = searcher.search("mail").await;
    assert!(page.contains(">at least 50 found<"), "{page}");
    let ask = "data-ask=\"/found?q=mail\"";
    assert!(page.contains(ask), "{page}");
    assert_eq!(searcher.open("/found?q=mail").await, "60 found");
    // Where the list ends on its first page the page knows, and nobody has to ask.
    let page = searcher.search("subject:7").await;
    assert!(
        page.contains(">1 found<") && !page.contains("data-ask"),
        "{page}"
    );
    // A program is told by the same parameters that list.
    let count = async |query: &str| {
        let call = searcher.desk.get(&format!("/messages/count?{query}"));
        call.by(&searcher.ada).send().await.expect(200)
    };
    let sixty = json!({"count": 60, "isAtLeast": false});
    assert_eq!(count("q=mail&unread=true&limit=5").await, sixty);
    assert_eq!(count("").await, sixty);
    let none = json!({"count": 0, "isAtLeast": false});
    assert_eq!(count("q=mail&flagged=true").await, none);
    searcher.deliver((100..1_100).map(mail).collect()).await;
    assert_eq!(
        searcher.open("/found?q=mail").await,
        "more than 1,000 found"
    );
    assert_eq!(
        count("q=mail").await,
        json!({"count": 1000, "isAtLeast": true})
    );
});

story!(what_was_found_is_within_sight, async |engine| {
    let searcher = Searcher::new(engine).await;
    let preview = format!("{}the wrong VAT number again", "Dear all, ".repeat(12));
    let long = RemoteMessage {
        preview: Some(preview),
        ..mail(1)
    };
    searcher.deliver(vec![long]).await;
    let page = searcher.search("\"wrong vat\"").await;
    let line = "<bdi>… all, Dear all, the <mark>wrong VAT</mark> number again</bdi>";
    assert!(page.contains(line), "{page}");
});

story!(
    a_search_that_was_ended_says_so_and_goes_on,
    async |engine| {
        let searcher = Searcher::at(Desk::hasty(engine).await).await;
        searcher.deliver(vec![with_text(1, "red green")]).await;
        let many = (100..2_500).map(|n| with_text(n, "green red"));
        let lease = searcher.desk.lease(searcher.id).await;
        searcher
            .desk
            .apply(
                &lease,
                many.collect(),
                None,
                maildesk_store::contract::Source::Live,
            )
            .await;
        searcher.desk.release(lease).await;
        let mut path = "/?q=%22red+green%22".to_owned();
        let mut pages = 0;
        loop {
            let page = searcher.open(&path).await;
            pages += 1;
            assert!(pages < 50, "it ends");
            let has_it = page.contains("<li data-id");
            if !notes(&page).contains("so much mail that only what came after") {
                assert!(has_it, "{page}");
                break;
            }
            assert!(!page.contains("id=\"older\""), "{page}");
            path = way(&page, "Search older mail");
        }
        assert!(pages > 1);
        // A program is led on, too.
        let (mut cursor, mut items) = (String::new(), 0);
        loop {
            let path = format!(
                "/messages?{}",
                asked(&[("q", "\"red green\""), ("cursor", &cursor)])
            );
            let page = searcher
                .desk
                .get(&path)
                .by(&searcher.ada)
                .send()
                .await
                .expect(200);
            items += page["items"].as_array().unwrap().len();
            match page["nextCursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        assert_eq!(items, 1);
    }
);
