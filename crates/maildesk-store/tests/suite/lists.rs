//! Lists of messages: order, filters, pages, words, and who may see them.

use maildesk_model::access::Viewer;
use maildesk_model::id::MessageId;
use maildesk_model::message::{Flag, MessageSummary, RemoteMessage};
use maildesk_model::search::Search;
use maildesk_store::contract::{Category, DeskStore, MailboxStore, MessageQuery, SyncStore};

use crate::fixture::{ADMIN, Fixture, at, cases, mail, person};

cases!(
    inboxes_of_all_mailboxes_are_one_list,
    pages_follow_one_another_without_gaps,
    filters_combine,
    all_mailboxes_are_merged_by_time,
    words_are_found_wherever_they_stand,
    hits_come_newest_first_in_pages,
    nobody_finds_what_is_not_shared,
    a_folder_of_another_mailbox_lists_nothing,
    a_category_lists_what_has_it,
    categories_are_learned_and_coloured,
);

fn query() -> MessageQuery {
    MessageQuery {
        limit: 200,
        ..MessageQuery::default()
    }
}

async fn listed(desk: &Fixture, viewer: Viewer, query: &MessageQuery) -> Vec<MessageSummary> {
    desk.store.messages(viewer, query).await.unwrap()
}

async fn subjects(desk: &Fixture, viewer: Viewer, query: &MessageQuery) -> Vec<String> {
    let listed = listed(desk, viewer, query).await;
    listed.into_iter().map(|one| one.subject).collect()
}

/// Reads a list page by page and compares it with the list in one piece.
async fn paged(desk: &Fixture, query: &MessageQuery, limit: i64) -> Vec<MessageId> {
    let mut ids = Vec::new();
    let mut after = None;
    loop {
        let page = MessageQuery {
            after,
            limit,
            ..query.clone()
        };
        let page = listed(desk, ADMIN, &page).await;
        let Some(last) = page.last() else { return ids };
        assert!(page.len() as i64 <= limit);
        after = Some((last.received_at, last.id));
        ids.extend(page.iter().map(|one| one.id));
    }
}

async fn pages_follow_one_another_without_gaps(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    // Several in each second: the key decides among those.
    let messages = (0..50)
        .map(|n| mail(&format!("m{n}"), "inbox", n / 7))
        .collect();
    desk.live(&lease, messages).await;
    let inbox = desk.folder(&lease, "inbox").await;
    let scopes = [
        MessageQuery {
            mailbox: Some(mailbox),
            ..query()
        },
        MessageQuery {
            folder: Some(inbox),
            ..query()
        },
        query(),
        MessageQuery {
            search: Some(Search::in_utc("preview")),
            ..query()
        },
    ];
    for scope in scopes {
        let whole = listed(&desk, ADMIN, &scope).await;
        assert_eq!(whole.len(), 50);
        let order = |one: &MessageSummary| (one.received_at, one.id);
        assert!(
            whole
                .windows(2)
                .all(|pair| order(&pair[0]) > order(&pair[1]))
        );
        let ids: Vec<_> = whole.iter().map(|one| one.id).collect();
        for limit in [1, 7, 49, 50, 51] {
            assert_eq!(
                paged(&desk, &scope, limit).await,
                ids,
                "{scope:?} by {limit}"
            );
        }
    }
}

async fn filters_combine(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let mut messages = Vec::new();
    for (n, (is_read, flag)) in [
        (true, Flag::None),
        (true, Flag::Flagged),
        (false, Flag::Complete),
        (false, Flag::Flagged),
    ]
    .into_iter()
    .enumerate()
    {
        messages.push(RemoteMessage {
            is_read: Some(is_read),
            flag: Some(flag),
            ..mail(
                &format!("m{n}"),
                if n == 3 { "project" } else { "inbox" },
                n as i64,
            )
        });
    }
    desk.live(&lease, messages).await;
    let filtered = async |unread, flagged, words: Option<&str>| {
        let query = MessageQuery {
            mailbox: Some(mailbox),
            unread,
            flagged,
            search: words.map(Search::in_utc),
            ..query()
        };
        subjects(&desk, ADMIN, &query).await.concat()
    };
    for words in [None, Some("preview")] {
        assert_eq!(filtered(None, None, words).await, "m3m2m1m0");
        assert_eq!(filtered(Some(true), None, words).await, "m3m2");
        assert_eq!(filtered(Some(false), None, words).await, "m1m0");
        assert_eq!(filtered(None, Some(true), words).await, "m3m1");
        assert_eq!(filtered(None, Some(false), words).await, "m2m0");
        assert_eq!(filtered(Some(true), Some(true), words).await, "m3");
        assert_eq!(filtered(Some(false), Some(false), words).await, "m0");
    }
    let project = Some(desk.folder(&lease, "project").await);
    let in_folder = MessageQuery {
        folder: project,
        search: Some(Search::in_utc("preview")),
        ..query()
    };
    assert_eq!(subjects(&desk, ADMIN, &in_folder).await, ["m3"]);
}

async fn all_mailboxes_are_merged_by_time(desk: Fixture) {
    for n in 0..5 {
        let (_, lease) = desk.listed_mailbox(&format!("box{n}@contoso.test")).await;
        let messages = (0..9).map(|m| mail(&format!("{}", m * 5 + n), "inbox", m * 5 + n));
        desk.live(&lease, messages.collect()).await;
    }
    let expected: Vec<String> = (0..45).rev().map(|n| n.to_string()).collect();
    assert_eq!(subjects(&desk, ADMIN, &query()).await, expected);
    assert_eq!(paged(&desk, &query(), 4).await.len(), 45);
    let top = MessageQuery {
        limit: 7,
        ..query()
    };
    assert_eq!(subjects(&desk, ADMIN, &top).await, expected[..7]);
}

async fn words_are_found_wherever_they_stand(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let messages = vec![
        RemoteMessage {
            subject: Some("Quarterly Réport 2026".into()),
            from: Some(Some(person("Łucja Müller", "lucja@fabrikam.test"))),
            preview: Some("the numbers are in".into()),
            ..mail("a", "inbox", 1)
        },
        RemoteMessage {
            subject: Some("四半期報告について".into()),
            to: Some(vec![person("経理部", "keiri@contoso.test")]),
            preview: Some("お世話になっております。".into()),
            ..mail("b", "inbox", 2)
        },
        RemoteMessage {
            subject: Some("Отчёт за квартал".into()),
            preview: Some("It's a test; don't reply-all".into()),
            ..mail("c", "inbox", 3)
        },
    ];
    desk.live(&lease, messages).await;
    let finds = async |words: &str| {
        let query = MessageQuery {
            search: Some(Search::in_utc(words)),
            ..query()
        };
        let found = listed(&desk, ADMIN, &query).await;
        let mut seconds: Vec<_> = found
            .iter()
            .map(|one| one.received_at.since(at(0)).as_secs())
            .collect();
        seconds.sort_unstable();
        seconds
    };
    for (words, expected) in [
        ("report", vec![1]),
        ("quarterly rep", vec![1]),
        ("rep quarterly", vec![]),
        ("REPORT numbers 20", vec![1]),
        ("muller", vec![1]),
        ("lucja@fabrikam.test", vec![1]),
        ("fabrikam", vec![1]),
        ("半期", vec![2]),
        ("報告", vec![2]),
        ("報", vec![2]),
        ("経理部", vec![2]),
        ("отчет", vec![3]),
        ("квартал отчёт", vec![3]),
        ("don't", vec![3]),
        ("reply-all", vec![3]),
        ("contoso", vec![1, 2, 3]),
        ("'\"*()-: OR", vec![]),
        ("b1", vec![]),
        ("AND", vec![]),
        ("nowhere", vec![]),
        ("…", vec![]),
    ] {
        assert_eq!(finds(words).await, expected, "{words}");
    }
    let changed = RemoteMessage {
        subject: Some("Renamed".into()),
        received_at: Some(at(9)),
        ..mail("a", "inbox", 9)
    };
    desk.live(&lease, vec![changed]).await;
    assert_eq!(finds("report").await, [0_u64; 0]);
    assert_eq!(finds("renamed").await, [9]);
    assert!(mailbox.0 > 0);
}

async fn hits_come_newest_first_in_pages(desk: Fixture) {
    let (one, lease) = desk.listed_mailbox("one@contoso.test").await;
    desk.live(
        &lease,
        (0..20)
            .map(|n| mail(&format!("one{n}"), "inbox", n))
            .collect(),
    )
    .await;
    let (_, lease) = desk.listed_mailbox("two@contoso.test").await;
    desk.live(
        &lease,
        (0..20)
            .map(|n| mail(&format!("two{n}"), "inbox", n))
            .collect(),
    )
    .await;
    let all = MessageQuery {
        search: Some(Search::in_utc("preview")),
        ..query()
    };
    let ids = paged(&desk, &all, 7).await;
    assert_eq!(ids.len(), 40);
    let one = MessageQuery {
        mailbox: Some(one),
        ..all
    };
    assert_eq!(subjects(&desk, ADMIN, &one).await[..2], ["one19", "one18"]);
    assert_eq!(paged(&desk, &one, 3).await.len(), 20);
}

async fn nobody_finds_what_is_not_shared(desk: Fixture) {
    let (one, lease) = desk.listed_mailbox("one@contoso.test").await;
    let seen = desk
        .live(&lease, vec![mail("seen", "inbox", 1)])
        .await
        .arrived[0];
    let (other, lease) = desk.listed_mailbox("other@contoso.test").await;
    let hidden = desk
        .live(&lease, vec![mail("hidden", "inbox", 2)])
        .await
        .arrived[0];
    let inbox = desk.folder(&lease, "inbox").await;
    let bo = desk.user("bo@contoso.test").await;
    assert!(subjects(&desk, bo, &query()).await.is_empty());
    desk.store
        .set_access(ADMIN, one, &[bo.user], at(1))
        .await
        .unwrap();
    let words = MessageQuery {
        search: Some(Search::in_utc("preview")),
        ..query()
    };
    assert_eq!(subjects(&desk, bo, &query()).await, ["seen"]);
    assert_eq!(subjects(&desk, bo, &words).await, ["seen"]);
    for scope in [query(), words] {
        let named = MessageQuery {
            mailbox: Some(other),
            ..scope.clone()
        };
        assert!(subjects(&desk, bo, &named).await.is_empty());
        let named = MessageQuery {
            folder: Some(inbox),
            ..scope
        };
        assert!(subjects(&desk, bo, &named).await.is_empty());
    }
    assert!(desk.store.message(bo, seen).await.unwrap().is_some());
    assert!(desk.store.message(bo, hidden).await.unwrap().is_none());
    desk.store
        .remove_mailbox(ADMIN, other, at(5))
        .await
        .unwrap();
    assert_eq!(subjects(&desk, ADMIN, &query()).await, ["seen"]);
    assert!(desk.store.message(ADMIN, hidden).await.unwrap().is_none());
}

async fn a_folder_of_another_mailbox_lists_nothing(desk: Fixture) {
    let (one, lease) = desk.listed_mailbox("one@contoso.test").await;
    desk.live(&lease, vec![mail("m1", "inbox", 1)]).await;
    let inbox = Some(desk.folder(&lease, "inbox").await);
    let other = desk.mailbox("other@contoso.test").await;
    let named = |mailbox| MessageQuery {
        mailbox: Some(mailbox),
        folder: inbox,
        ..query()
    };
    assert_eq!(subjects(&desk, ADMIN, &named(one)).await, ["m1"]);
    assert!(subjects(&desk, ADMIN, &named(other)).await.is_empty());
}

async fn inboxes_of_all_mailboxes_are_one_list(desk: Fixture) {
    let mut mailboxes = Vec::new();
    for name in ["one", "two", "three"] {
        let (id, lease) = desk.listed_mailbox(&format!("{name}@contoso.test")).await;
        let mails = (0..5).flat_map(|n| {
            let kept = mail(
                &format!("{name}{n}"),
                "inbox",
                n * 10 + mailboxes.len() as i64,
            );
            [kept, mail(&format!("{name}-away{n}"), "sent", n * 10 + 5)]
        });
        desk.live(&lease, mails.collect()).await;
        mailboxes.push(id);
    }
    let all = MessageQuery {
        inboxes: true,
        ..query()
    };
    assert_eq!(paged(&desk, &all, 4).await.len(), 15);
    let listed = subjects(&desk, ADMIN, &all).await;
    assert_eq!(listed[..4], ["three4", "two4", "one4", "three3"]);
    let one = MessageQuery {
        mailbox: Some(mailboxes[0]),
        ..all
    };
    assert_eq!(
        subjects(&desk, ADMIN, &one).await,
        ["one4", "one3", "one2", "one1", "one0"]
    );
}

/// A mail with categories.
fn labelled(id: &str, folder: &str, second: i64, names: &[&str]) -> RemoteMessage {
    RemoteMessage {
        categories: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..mail(id, folder, second)
    }
}

async fn a_category_lists_what_has_it(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let (_, other) = desk.listed_mailbox("other@contoso.test").await;
    let many = (0..20).map(|n| labelled(&format!("m{n}"), "inbox", n / 3, &["Red", "Blue"]));
    desk.live(&lease, many.collect()).await;
    let more = vec![
        labelled("p", "project", 90, &["Red"]),
        labelled("plain", "inbox", 91, &[]),
    ];
    desk.live(&lease, more).await;
    desk.live(&other, vec![labelled("o", "inbox", 92, &["Red"])])
        .await;
    let red = MessageQuery {
        category: Some("Red".into()),
        ..query()
    };
    assert_eq!(listed(&desk, ADMIN, &red).await.len(), 22);
    let here = MessageQuery {
        mailbox: Some(mailbox),
        ..red.clone()
    };
    let all = listed(&desk, ADMIN, &here).await;
    assert_eq!(all.len(), 21);
    let ids: Vec<_> = all.iter().map(|one| one.id).collect();
    assert_eq!(paged(&desk, &here, 4).await, ids, "page by page");
    let inboxes = MessageQuery {
        inboxes: true,
        ..red.clone()
    };
    assert_eq!(listed(&desk, ADMIN, &inboxes).await.len(), 21);
    let unread = MessageQuery {
        unread: Some(true),
        ..here.clone()
    };
    assert_eq!(listed(&desk, ADMIN, &unread).await.len(), 21);
    // What leaves the category, the folder or the mailbox leaves the list.
    desk.live(&lease, vec![labelled("m1", "inbox", 0, &["Blue"])])
        .await;
    desk.store
        .forget_messages(&lease, &["m2".into()], at(300))
        .await
        .unwrap();
    assert_eq!(listed(&desk, ADMIN, &here).await.len(), 19);
    let bo = desk.user("bo@contoso.test").await;
    assert!(listed(&desk, bo, &red).await.is_empty(), "not shared");
}

async fn categories_are_learned_and_coloured(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let bo = desk.user("bo@contoso.test").await;
    let known = async |viewer| desk.store.categories(viewer, mailbox).await.unwrap();
    assert_eq!(known(ADMIN).await.unwrap(), []);
    desk.live(&lease, vec![labelled("m", "inbox", 1, &["Red", "Blue"])])
        .await;
    let category = |name: &str, colour| Category {
        name: name.to_owned(),
        colour,
    };
    let learned = [category("Blue", None), category("Red", None)];
    assert_eq!(known(ADMIN).await.unwrap(), learned);
    assert_eq!(known(bo).await, None);
    for (viewer, done) in [(bo, false), (ADMIN, true)] {
        for name in ["Red", "Made here"] {
            let category = category(name, Some(4));
            let set = desk.store.set_category(viewer, mailbox, &category);
            assert_eq!(set.await.unwrap(), done);
        }
    }
    let now = known(ADMIN).await.unwrap();
    let wanted = [
        category("Blue", None),
        category("Made here", Some(4)),
        category("Red", Some(4)),
    ];
    assert_eq!(now, wanted);
    // Mail that has it does not take the colour away.
    desk.live(&lease, vec![labelled("n", "inbox", 2, &["Red"])])
        .await;
    assert_eq!(known(ADMIN).await.unwrap(), wanted);
}
