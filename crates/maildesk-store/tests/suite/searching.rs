//! What can be asked in the search box: operators, phrases, dates, folders; and who finds what.

use std::sync::Arc;

use maildesk_model::access::Viewer;
use maildesk_model::message::{Body, Flag, RemoteMessage};
use maildesk_model::search::Search;
use maildesk_store::contract::{
    COUNT_MAX, DeskStore, Incoming, MailboxStore, MessageQuery, Source,
};
use maildesk_store::{SqlStore, StoreSettings};

use crate::fixture::{ADMIN, Batch, Counting, Fixture, at, cases, key, mail, person};

cases!(
    operators_ask_for_parts_and_marks,
    phrases_are_words_in_a_row,
    dates_bound_what_is_found,
    folders_are_named_in_every_mailbox,
    filters_and_operators_add_up,
    a_common_word_is_found_in_a_small_folder,
    a_phrase_is_found_below_many_that_only_have_its_words,
    a_beginning_is_found_below_many_that_begin_alike,
    a_search_that_takes_too_long_says_where_it_was_ended,
    excerpts_say_why_something_was_found,
    a_category_is_searched,
    what_is_found_is_counted,
    nobody_finds_what_is_not_shared,
);

fn query(typed: &str) -> MessageQuery {
    MessageQuery {
        search: Some(Search::in_utc(typed)),
        limit: 200,
        ..MessageQuery::default()
    }
}

async fn subjects(desk: &Fixture, viewer: Viewer, query: &MessageQuery) -> Vec<String> {
    let found = desk.store.messages(viewer, query).await.unwrap();
    found.into_iter().map(|one| one.subject).collect()
}

/// The subjects of what is found, newest first.
async fn found(desk: &Fixture, typed: &str) -> String {
    subjects(desk, ADMIN, &query(typed)).await.join(" ")
}

/// Everything page by page, two at a time.
async fn paged(desk: &Fixture, typed: &str) -> String {
    let mut subjects = Vec::new();
    let mut after = None;
    loop {
        let page = MessageQuery {
            after,
            limit: 2,
            ..query(typed)
        };
        let page = desk.store.messages(ADMIN, &page).await.unwrap();
        let Some(last) = page.last() else {
            return subjects.join(" ");
        };
        after = Some((last.received_at, last.id));
        subjects.extend(page.into_iter().map(|one| one.subject));
    }
}

async fn expect(desk: &Fixture, cases: &[(&str, &str)]) {
    for (typed, expected) in cases {
        assert_eq!(found(desk, typed).await, *expected, "{typed}");
        assert_eq!(paged(desk, typed).await, *expected, "{typed} in pages");
    }
}

fn with_text(name: &str, folder: &str, second: i64, text: &str) -> RemoteMessage {
    RemoteMessage {
        body: Some(Body {
            is_html: false,
            content: text.into(),
        }),
        ..mail(name, folder, second)
    }
}

async fn some_mail(desk: &Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let by = |name: &str| Some(Some(person(name, &format!("{name}@fabrikam.test"))));
    let messages = vec![
        RemoteMessage {
            from: by("Grace"),
            is_read: Some(true),
            has_attachments: Some(true),
            ..with_text("one", "inbox", 1, "the quarterly report by Grace")
        },
        RemoteMessage {
            from: by("Linus"),
            to: Some(vec![person("Grace", "grace@fabrikam.test")]),
            flag: Some(Flag::Flagged),
            ..with_text("two", "project", 2, "report: quarterly, as ever")
        },
        RemoteMessage {
            subject: Some("three Grace".into()),
            from: by("Edsger"),
            ..with_text("three", "sent", 3, "四半期報告について。 Réport quarterly")
        },
    ];
    desk.live(&lease, messages).await;
}

async fn operators_ask_for_parts_and_marks(desk: Fixture) {
    some_mail(&desk).await;
    expect(
        &desk,
        &[
            ("grace", "three Grace two one"),
            ("from:grace", "one"),
            ("from:gra", "one"),
            ("from:gra report", ""),
            ("to:grace", "two"),
            ("subject:grace", "three Grace"),
            ("FROM:linus@fabrikam.test", "two"),
            ("from:edsger to:bo", "three Grace"),
            ("has:attachment", "one"),
            ("is:read", "one"),
            ("is:unread", "three Grace two"),
            ("is:flagged", "two"),
            ("is:flagged is:read", ""),
            ("report is:unread", "three Grace two"),
            ("fabrikam has:wings", ""),
            ("foo:bar", ""),
            ("…", ""),
        ],
    )
    .await;
}

async fn phrases_are_words_in_a_row(desk: Fixture) {
    some_mail(&desk).await;
    expect(
        &desk,
        &[
            ("quarterly report", "three Grace two one"),
            ("\"quarterly report\"", "one"),
            ("\"report quarterly\"", "three Grace two"),
            ("“Réport Quarterly”", "three Grace two"),
            ("\"report quarterly\" ever", "two"),
            ("\"四半期報告\"", "three Grace"),
            ("\"半期告\"", ""),
            ("\"quarterly report\" from:linus", ""),
            ("subject:\"three grace\"", "three Grace"),
            ("from:\"three grace\"", ""),
            ("\"grace grace\"", "two one"),
            ("\"one the\"", ""),
        ],
    )
    .await;
}

async fn dates_bound_what_is_found(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    // The fixture begins at 2027-01-15T08:00:00Z.
    let day = 86_400;
    let days = (0..4).map(|n| mail(&format!("day{n}"), "inbox", n * day));
    let midnight = mail("midnight", "inbox", 16 * 3600);
    desk.live(&lease, days.chain([midnight]).collect()).await;
    for word in ["", "preview "] {
        for (dates, expected) in [
            ("after:2027-01-16", "day3 day2 day1 midnight"),
            ("before:2027-01-16", "day0"),
            ("after:2027-01-16 before:2027-01-18", "day2 day1 midnight"),
            ("after:2027-01-17 before:2027-01-17", ""),
            ("after:2027", "day3 day2 day1 midnight day0"),
            ("before:2027", ""),
            ("after:2027-02", ""),
        ] {
            let typed = format!("{word}{dates}");
            expect(&desk, &[(&*typed, expected)]).await;
        }
    }
    assert_eq!(found(&desk, "before:soon").await, "");
    assert_eq!(found(&desk, "day3 before:soon").await, "day3");
}

async fn folders_are_named_in_every_mailbox(desk: Fixture) {
    some_mail(&desk).await;
    let (_, lease) = desk.listed_mailbox("bo@contoso.test").await;
    let messages = vec![
        mail("four", "project", 4),
        mail("five", "inbox", 5),
        mail("six", "sent", 6),
    ];
    desk.live(&lease, messages).await;
    expect(
        &desk,
        &[
            ("in:project", "four two"),
            ("in:PROJECT report", "two"),
            ("in:inbox in:sent", "six five three Grace one"),
            ("in:sentitems", "six three Grace"),
            ("in:\"Sent Items\"", "six three Grace"),
            ("in:nowhere", ""),
        ],
    )
    .await;
    let project = desk.folder(&lease, "project").await;
    let there = |typed| MessageQuery {
        folder: Some(project),
        ..query(typed)
    };
    let one = async |typed| subjects(&desk, ADMIN, &there(typed)).await.join(" ");
    assert_eq!(one("in:project").await, "four");
    assert_eq!(one("in:inbox").await, "");
    assert_eq!(one("four").await, "four");
}

async fn filters_and_operators_add_up(desk: Fixture) {
    some_mail(&desk).await;
    let unread = |typed| MessageQuery {
        unread: Some(true),
        ..query(typed)
    };
    let one = async |typed| subjects(&desk, ADMIN, &unread(typed)).await.join(" ");
    assert_eq!(one("report").await, "three Grace two");
    assert_eq!(one("is:flagged").await, "two");
    assert_eq!(one("is:unread").await, "three Grace two");
    assert_eq!(one("is:read").await, "");
    let inboxes = MessageQuery {
        inboxes: true,
        ..query("has:attachment")
    };
    assert_eq!(subjects(&desk, ADMIN, &inboxes).await, ["one"]);
}

async fn a_common_word_is_found_in_a_small_folder(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let old = (0..3).map(|n| mail(&format!("old{n}"), "project", n));
    desk.live(&lease, old.collect()).await;
    let many = (0..600).map(|n| mail(&format!("new{n}"), "inbox", 100 + n));
    desk.live(&lease, many.collect()).await;
    expect(&desk, &[("preview in:project", "old2 old1 old0")]).await;
    expect(&desk, &[("preview of old in:project", "old2 old1 old0")]).await;
    expect(&desk, &[("absent in:project", "")]).await;
}

async fn a_phrase_is_found_below_many_that_only_have_its_words(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let deep = (0..3).map(|n| with_text(&format!("deep{n}"), "inbox", n, "red green blue"));
    desk.live(&lease, deep.collect()).await;
    let many = (0..600).map(|n| with_text(&format!("m{n}"), "inbox", 100 + n, "green red blue"));
    desk.live(&lease, many.collect()).await;
    expect(&desk, &[("\"red green\"", "deep2 deep1 deep0")]).await;
}

async fn a_beginning_is_found_below_many_that_begin_alike(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let deep = (0..3).map(|n| with_text(&format!("deep{n}"), "inbox", n, "interlaken"));
    desk.live(&lease, deep.collect()).await;
    let many = (0..2_100).map(|n| mail(&format!("intern{n}"), "inbox", 100 + n));
    desk.live(&lease, many.collect()).await;
    expect(&desk, &[("interl", "deep2 deep1 deep0")]).await;
    expect(&desk, &[("interl before:2026", "")]).await;
    let typed = "preview inte";
    assert_eq!(found(&desk, typed).await.split(' ').count(), 200);
}

async fn a_search_that_takes_too_long_says_where_it_was_ended(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let deep = (0..3).map(|n| with_text(&format!("deep{n}"), "inbox", n, "red green blue"));
    desk.live(&lease, deep.collect()).await;
    let many = (0..2_400).map(|n| with_text(&format!("m{n}"), "inbox", 100 + n, "green red blue"));
    desk.live(&lease, many.collect()).await;
    let whole = desk
        .store
        .find(ADMIN, &query("\"red green\""))
        .await
        .unwrap();
    assert_eq!((whole.messages.len(), whole.ended_at), (3, None));
    let settings = StoreSettings {
        search_turns: 1,
        ..StoreSettings::default()
    };
    let hasty = SqlStore::open(&desk.url, key(), Arc::new(Counting), settings).await;
    let hasty = hasty.unwrap();
    let counted = hasty.count(ADMIN, &query("\"red green\"")).await.unwrap();
    assert_eq!((counted.count, counted.is_at_least), (0, true));
    let (mut found, mut after, mut asked) = (Vec::new(), None, 0);
    loop {
        let page = MessageQuery {
            after,
            ..query("\"red green\"")
        };
        let same = hasty.messages(ADMIN, &page).await.unwrap();
        let page = hasty.find(ADMIN, &page).await.unwrap();
        assert_eq!(same, page.messages);
        found.extend(page.messages);
        asked += 1;
        assert!(asked < 50, "it ends");
        let Some(ended_at) = page.ended_at else { break };
        assert!(after.is_none_or(|after| ended_at < after), "it goes on");
        after = Some(ended_at);
    }
    assert!(asked > 1, "it was ended before");
    assert_eq!(found, whole.messages);
    // Nothing is ended where a page is full or nothing is left.
    let common = hasty.find(ADMIN, &query("green")).await.unwrap();
    assert_eq!((common.messages.len(), common.ended_at), (200, None));
    let absent = hasty.find(ADMIN, &query("absent")).await.unwrap();
    assert_eq!((absent.messages.len(), absent.ended_at), (0, None));
}

async fn excerpts_say_why_something_was_found(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let html = |name: &str, second, text: &str| {
        let content = format!("<p>{text}</p>");
        let body = Some(Body {
            is_html: true,
            content,
        });
        let message = RemoteMessage {
            body,
            ..mail(name, "inbox", second)
        };
        Incoming {
            message,
            text: Some(text.to_owned()),
        }
    };
    let long = format!("{}needle{}", "hay ".repeat(2_000), " straw".repeat(2_000));
    let beyond = format!("{}needle", "hay ".repeat(5_000));
    let batch = Batch::live(vec![
        with_text("plain", "inbox", 1, &long),
        with_text("none", "inbox", 3, "nothing of the kind"),
        with_text("beyond", "inbox", 4, &beyond),
        mail("bodyless", "inbox", 5),
    ]);
    desk.apply(&lease, batch).await;
    desk.apply(
        &lease,
        Batch::incoming(vec![html("html", 2, "Un Café & a needle")], Source::Live),
    )
    .await;
    let mut ids = Vec::new();
    for subject in ["plain", "html", "none", "beyond", "bodyless"] {
        ids.push(desk.message(mailbox, subject).await);
    }
    let excerpts = async |viewer, typed| {
        let search = Search::in_utc(typed);
        desk.store.excerpts(viewer, &search, &ids).await.unwrap()
    };
    let found = excerpts(ADMIN, "needle").await;
    assert_eq!(found.len(), 2, "{found:?}");
    let plain = &found[&ids[0]];
    assert!(
        plain.contains("hay needle straw") && plain.len() < 400,
        "{plain}"
    );
    assert_eq!(found[&ids[1]], "Un Café & a needle");
    assert_eq!(excerpts(ADMIN, "cafe").await.len(), 1);
    assert!(excerpts(ADMIN, "subject:needle is:unread").await.is_empty());
    let bo = desk.user("bo@contoso.test").await;
    assert!(excerpts(bo, "needle").await.is_empty(), "not theirs");
}

async fn a_category_is_searched(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let labelled = |name: &str, folder: &str, second, label: &str| RemoteMessage {
        categories: Some(vec![label.to_owned()]),
        ..with_text(name, folder, second, "The quarterly plan")
    };
    let mails = vec![
        labelled("red", "inbox", 1, "Red"),
        labelled("blue", "inbox", 2, "Blue"),
        labelled("away", "project", 3, "Red"),
        with_text("plain", "inbox", 4, "The quarterly plan"),
        RemoteMessage {
            categories: Some(vec!["Red".to_owned()]),
            ..with_text("other", "inbox", 5, "Nothing of it")
        },
    ];
    desk.live(&lease, mails).await;
    let found = async |typed: &str| {
        let red = MessageQuery {
            category: Some("Red".to_owned()),
            ..query(typed)
        };
        let count = desk.store.count(ADMIN, &red).await.unwrap().count;
        let subjects = subjects(&desk, ADMIN, &red).await;
        assert_eq!(count, subjects.len() as i64, "{typed}");
        subjects.join(" ")
    };
    assert_eq!(found("quarterly").await, "away red");
    assert_eq!(found("\"quarterly plan\"").await, "away red");
    assert_eq!(found("quarterly in:project").await, "away");
    assert_eq!(found("is:unread in:inbox").await, "other red");
    assert_eq!(found("nothing quarterly").await, "");
}

async fn what_is_found_is_counted(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let (_, other) = desk.listed_mailbox("other@contoso.test").await;
    let many = (0..COUNT_MAX + 5).map(|n| with_text(&format!("m{n}"), "inbox", n, "Common"));
    desk.live(&lease, many.collect()).await;
    let rare = |n| with_text(&format!("r{n}"), "project", n, "Common and rare");
    desk.live(&other, (0..300).map(rare).collect()).await;
    let counted = async |viewer, typed: &str| {
        let counted = desk.store.count(viewer, &query(typed)).await.unwrap();
        (counted.count, counted.is_at_least)
    };
    assert_eq!(counted(ADMIN, "common").await, (COUNT_MAX, true));
    assert_eq!(counted(ADMIN, "is:unread").await, (COUNT_MAX, true));
    assert_eq!(counted(ADMIN, "rare").await, (300, false));
    assert_eq!(
        counted(ADMIN, "\"and rare\" in:project").await,
        (300, false)
    );
    assert_eq!(counted(ADMIN, "in:project").await, (300, false));
    assert_eq!(counted(ADMIN, "unheard").await, (0, false));
    let bo = desk.user("bo@contoso.test").await;
    assert_eq!(counted(bo, "rare").await, (0, false), "not shared");
}

async fn nobody_finds_what_is_not_shared(desk: Fixture) {
    some_mail(&desk).await;
    let (other, lease) = desk.listed_mailbox("bo@contoso.test").await;
    desk.live(
        &lease,
        vec![with_text("mine", "inbox", 9, "quarterly report")],
    )
    .await;
    let bo = desk.user("bo@contoso.test").await;
    let asked = [
        "report",
        "\"quarterly report\"",
        "is:unread",
        "in:inbox",
        "after:2020",
    ];
    for typed in asked {
        assert!(subjects(&desk, bo, &query(typed)).await.is_empty());
    }
    desk.store
        .set_access(ADMIN, other, &[bo.user], at(1))
        .await
        .unwrap();
    for typed in asked {
        assert_eq!(
            subjects(&desk, bo, &query(typed)).await,
            ["mine"],
            "{typed}"
        );
    }
}
