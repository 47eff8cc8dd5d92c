//! `GET …/messages`: of the whole mailbox (deleted items and hidden folders too, never the recoverable ones) or of one folder.

use std::borrow::Cow;

use crate::answer::{Answer, Outcome, Refusal};
use crate::graph::desk::{Desk, Need};
use crate::graph::filter::{Field, Filter};
use crate::graph::link;
use crate::graph::order::Order;
use crate::graph::render::{self, BodyForm, Style};
use crate::graph::search::Search;
use crate::graph::select::{Property, Select};
use crate::json::Object;
use crate::mailbox::{FolderKind, FolderNo, Mailbox, MessageNo};

/// Messages on a page when nothing is said [facts 7.1].
const PAGE: usize = 10;

/// What a list asks for.
struct Query {
    filter: Option<Filter>,
    search: Option<Search>,
    order: Order,
    top: usize,
    skip: usize,
    count: bool,
}

/// How messages in the answer to a call are written.
pub(in crate::graph) fn style(desk: &Desk<'_>) -> Result<Style, Refusal> {
    let select = desk
        .call
        .option("select")
        .map_or(Ok(Select::all()), Select::parse)?;
    let basic = desk.may(Need::Read).is_err();
    let expand = desk
        .call
        .option("expand")
        .unwrap_or_default()
        .to_ascii_lowercase();
    for what in split_outside(&expand) {
        let name = what.split('(').next().unwrap_or_default().trim();
        if !matches!(
            name,
            "" | "attachments"
                | "singlevalueextendedproperties"
                | "multivalueextendedproperties"
                | "extensions"
        ) {
            return Err(crate::graph::select::unknown_property(name, "Message"));
        }
    }
    let attachments = split_outside(&expand)
        .iter()
        .any(|what| what.trim().starts_with("attachments"));
    if attachments && basic {
        return Err(Refusal::access_denied());
    }
    let body = match desk.call.preference("outlook.body-content-type").as_deref() {
        Some("text") => BodyForm::Text,
        Some("html") => BodyForm::Html,
        _ if desk.world.faults.strikes(
            "htmlBodies",
            &desk.cell.user_id,
            desk.world.faults.now().mail.html_bodies,
        ) =>
        {
            BodyForm::Html
        }
        _ => BodyForm::Own,
    };
    Ok(Style {
        select: if basic { select.basic() } else { select },
        immutable: desk.immutable,
        body,
        attachments,
        derived: desk.call.option("select").is_none(),
        typed: false,
    })
}

/// Splits a list at commas outside of parentheses.
fn split_outside(list: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    list.split(|letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        letter == ',' && depth == 0
    })
    .collect()
}

fn query(desk: &Desk<'_>, mailbox: &Mailbox) -> Result<Query, Refusal> {
    let call = desk.call;
    let (top, skip) = link::message_window(call, PAGE)?;
    let filter = call
        .option("filter")
        .map(|text| Filter::parse(text, mailbox))
        .transpose()?;
    let given = call.option("orderby").map(Order::parse).transpose()?;
    let count = call
        .option("count")
        .is_some_and(|count| count.eq_ignore_ascii_case("true"));
    let search = call.option("search").map(Search::parse).transpose()?;
    if search.is_some() && (given.is_some() || count || call.option("skip").is_some()) {
        return Err(Refusal::new(
            400,
            "SearchWithOrderBy",
            "The query parameters '$orderby', '$count' and '$skip' are not supported with '$search'.",
        ));
    }
    let faults = &desk.world.faults;
    let stale = faults.now().mail.stale_search;
    if search.is_some() && faults.strikes("staleSearch", &desk.cell.user_id, stale) {
        let message = "The search results are stale; search again.";
        let refusal = Refusal::new(409, "ErrorExecuteSearchStaleData", message);
        return Err(refusal.struck("staleSearch"));
    }
    // The pages of a search go on by a token of their own.
    let skip = match (&search, call.option("skiptoken")) {
        (Some(_), Some(token)) => token.parse().unwrap_or(0),
        _ => skip,
    };
    if let (Some(filter), Some(order)) = (&filter, &given) {
        order.check(filter)?;
    }
    Ok(Query {
        filter,
        search,
        order: given.unwrap_or_default(),
        top,
        skip,
        count,
    })
}

/// Lists.
pub(super) fn run(desk: &Desk<'_>, folder: Option<(FolderNo, &str)>) -> Outcome {
    let style = style(desk)?;
    desk.read(|mailbox| {
        let query = query(desk, mailbox)?;
        let most = desk.world.faults.now().graph.bodies_above;
        if most.is_some_and(|most| query.top as u64 > most) && style.select.has(Property::Body) {
            let refusal = Refusal::new(504, "GatewayTimeout", "The operation timed out.");
            return Err(refusal.struck("bodiesAbove"));
        }
        let found = find(desk, mailbox, folder.map(|(no, _)| no), &query);
        let mut json = String::with_capacity(found.page.len() * 600);
        let mut object = Object::open(&mut json);
        object.text("@odata.context", &context(desk, folder.map(|(_, id)| id)));
        if query.count {
            object.number("@odata.count", found.total as u64);
        }
        object.list("value", found.page, |out, no| {
            let mut item = Object::open(out);
            render::message(&mut item, mailbox, no, style);
            item.end();
        });
        if found.more {
            object.text(
                "@odata.nextLink",
                &link::next(desk.call, query.skip + query.top),
            );
        }
        object.end();
        Ok(preferences(desk, Answer::ok(json)))
    })
}

/// `…/$count`: a bare number.
pub(super) fn count(desk: &Desk<'_>, folder: Option<(FolderNo, &str)>) -> Outcome {
    desk.read(|mailbox| {
        let query = Query {
            count: true,
            top: 1,
            ..query(desk, mailbox)?
        };
        let found = find(desk, mailbox, folder.map(|(no, _)| no), &query);
        Ok(Answer::bytes("text/plain", found.total.to_string()))
    })
}

/// `Preference-Applied` for what was asked and done.
pub(in crate::graph) fn preferences(desk: &Desk<'_>, answer: Answer) -> Answer {
    let mut applied = Vec::new();
    if desk.immutable {
        applied.push("IdType=ImmutableId".to_owned());
    }
    if let Some(form) = desk.call.preference("outlook.body-content-type") {
        applied.push(format!("outlook.body-content-type=\"{form}\""));
    }
    if applied.is_empty() {
        answer
    } else {
        answer.with("Preference-Applied", applied.join(", "))
    }
}

fn context(desk: &Desk<'_>, folder: Option<&str>) -> String {
    let select = desk
        .call
        .option("select")
        .map(|list| format!("({list})"))
        .unwrap_or_default();
    match folder {
        Some(id) => desk.context(&format!("mailFolders('{id}')/messages{select}")),
        None => desk.context(&format!("messages{select}")),
    }
}

/// What a list found: the page, how many there are in all (when that was asked), and whether more follow.
struct Found {
    page: Vec<MessageNo>,
    total: usize,
    more: bool,
}

fn find(desk: &Desk<'_>, mailbox: &Mailbox, folder: Option<FolderNo>, query: &Query) -> Found {
    let candidates = candidates(mailbox, folder, query);
    let lagging = desk.world.faults.now().graph.readable_after_ms > 0;
    if query.order.by_received() && query.filter.is_none() && query.search.is_none() && !lagging {
        return window(&candidates, query);
    }
    let filtered = |no| {
        let filter = query.filter.as_ref();
        filter.is_none_or(|filter| filter.passes(mailbox, no))
    };
    let searched = |no| {
        let search = query.search.as_ref();
        search.is_none_or(|search| search.passes(mailbox, no))
    };
    let passes = |no: &MessageNo| {
        filtered(*no) && searched(*no) && (!lagging || desk.readable(mailbox, *no))
    };
    let oldest_first = candidates.iter().map(|no| MessageNo(*no));
    if !query.order.by_received() {
        let mut all: Vec<MessageNo> = oldest_first.filter(passes).collect();
        query.order.sort(mailbox, &mut all);
        return take(all.into_iter(), query);
    }
    if query.order.newest_first() {
        take(oldest_first.rev().filter(passes), query)
    } else {
        take(oldest_first.filter(passes), query)
    }
}

/// The page of an index in its own order or backwards, without looking at any other message.
fn window(index: &[u32], query: &Query) -> Found {
    let total = index.len();
    let end = (query.skip + query.top).min(total);
    let begin = query.skip.min(end);
    let page: Vec<MessageNo> = if query.order.newest_first() {
        let backwards = index[total - end..total - begin].iter().rev();
        backwards.map(|no| MessageNo(*no)).collect()
    } else {
        index[begin..end].iter().map(|no| MessageNo(*no)).collect()
    };
    let more = end < total;
    Found { page, total, more }
}

/// The page of messages that come in the order asked for.
fn take(mut passing: impl Iterator<Item = MessageNo>, query: &Query) -> Found {
    let skipped = passing.by_ref().take(query.skip).count();
    let page: Vec<MessageNo> = passing.by_ref().take(query.top).collect();
    // Counting walks the whole rest, so it is done only for those who ask.
    let rest = if query.count {
        passing.count()
    } else {
        usize::from(passing.next().is_some())
    };
    let total = skipped + page.len() + rest;
    let more = rest > 0;
    Found { page, total, more }
}

/// The messages that can pass, oldest first: as few as index and filter allow.
fn candidates<'a>(mailbox: &'a Mailbox, folder: Option<FolderNo>, query: &Query) -> Cow<'a, [u32]> {
    let filter = query.filter.as_ref();
    if let Some(id) = filter.and_then(Filter::internet_message_id) {
        let within = |no: &MessageNo| {
            mailbox
                .state(*no)
                .is_some_and(|state| folder.is_none_or(|folder| folder == state.folder))
        };
        return mailbox
            .by_internet_message_id(id)
            .into_iter()
            .filter(within)
            .map(|no| no.0)
            .collect::<Vec<_>>()
            .into();
    }
    let named = folder.or_else(|| filter.and_then(|filter| filter.folder(mailbox)));
    let (index, unread_only) = match named.and_then(|no| mailbox.folder(no)) {
        None => (mailbox.all(), false),
        Some(folder) => match folder.kind {
            FolderKind::Mail => (folder.index.as_slice(), false),
            FolderKind::Search(source) => (
                mailbox
                    .folder(source)
                    .map_or(&[] as &[u32], |source| source.index.as_slice()),
                true,
            ),
        },
    };
    let (since, until) = filter.map(Filter::received_bounds).unwrap_or_default();
    let begin = since.map_or(0, |since| mailbox.position_at(index, since));
    let end = until
        .map_or(index.len(), |until| mailbox.position_at(index, until + 1))
        .max(begin);
    let within = &index[begin..end];
    if unread_only {
        within
            .iter()
            .copied()
            .filter(|no| !mailbox.is_read(MessageNo(*no)))
            .collect::<Vec<_>>()
            .into()
    } else {
        within.into()
    }
}

impl Order {
    /// Whether the index already has this order.
    pub(crate) fn by_received(&self) -> bool {
        matches!(self.fields(), [(Field::Received, _)])
    }
}
