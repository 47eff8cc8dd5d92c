//! `GET …/mailFolders/{id}/messages/delta`: rounds over one folder [facts 5, recorded 5.1].

use std::cell::Cell;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::delta_death::survive;
use super::list_messages::{preferences, style};
use crate::answer::{Answer, Outcome, Refusal};
use crate::graph::desk::{Desk, Need};
use crate::graph::filter::instant;
use crate::graph::render::{self, Style};
use crate::graph::select::{Property, Select};
use crate::graph::{link, token};
use crate::hash::Hash;
use crate::json::Object;
use crate::mailbox::{Ask, FolderNo, Item, Mailbox, MessageNo, Page, Place, field};

mod twist;

use twist::{is_emptied, shorten, twist};

/// A fault that struck a page, for the journal.
type Noted = Cell<Option<&'static str>>;

/// Items on a page when nothing is said [recorded 5.1].
const PAGE: usize = 10;
/// The most that a filtered round returns [facts 5.1].
const FILTERED: usize = 5_000;

/// A round under way, or (as a delta link) the end of one.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Round {
    folder: FolderNo,
    place: Place,
    /// Changes after this are left to the next round; in a delta link, what the client has seen.
    upto: u64,
    /// What was asked at the beginning and is baked into every link.
    select: Option<String>,
    since: Option<i64>,
    kind: Option<String>,
    /// Items left before the round ends early (`$top`, or the limit of filtered rounds).
    left: Option<usize>,
    /// How many pages this round had.
    page: u32,
    /// The page before was emptied by a fault.
    emptied: bool,
    /// When the link was given out, in seconds since 1970; only while links have an age, for tokens follow from the seed otherwise.
    given_at: Option<i64>,
    /// Whether `$orderby` was asked for.
    ordered: bool,
    /// Whether attachments were asked for.
    #[serde(default)]
    expand: Option<String>,
    /// Whether this call tells changes again.
    #[serde(skip)]
    replayed: bool,
}

/// Answers with a page.
pub(super) fn run(desk: &Desk<'_>, folder: FolderNo) -> Outcome {
    let sealed = desk
        .call
        .option("skiptoken")
        .or_else(|| desk.call.option("deltatoken"));
    match sealed {
        Some(sealed) => {
            only_the_token(desk)?;
            let round = resume(desk, folder, sealed)?;
            page(desk, round)
        }
        None => page(desk, begin(desk, folder)?),
    }
}

/// Changes up to here are visible now: late ones come later (`lateMs`), and what cannot be read yet is not announced either.
fn visible(desk: &Desk<'_>, mailbox: &Mailbox, folder: FolderNo) -> u64 {
    let faults = desk.world.faults.now();
    let lag = faults.delta.late_ms.max(faults.graph.readable_after_ms);
    if lag == 0 {
        mailbox.seq()
    } else {
        mailbox.seq_at(folder, desk.now - Duration::from_millis(lag))
    }
}

/// Links are followed as they are: what a round began with is baked into its tokens [facts 5.1].
fn only_the_token(desk: &Desk<'_>) -> Result<(), Refusal> {
    let is_token = |name: &str| matches!(name, "$skiptoken" | "$deltatoken");
    match desk.call.query.iter().find(|(name, _)| !is_token(name)) {
        Some((name, _)) => Err(Refusal::new(
            400,
            "ErrorInvalidUrlQuery",
            format!("The parameter '{name}' cannot be changed within a round."),
        )),
        None => Ok(()),
    }
}

fn begin(desk: &Desk<'_>, folder: FolderNo) -> Result<Round, Refusal> {
    let call = desk.call;
    for (name, _) in &call.query {
        let bare = name.trim_start_matches('$').to_ascii_lowercase();
        if !matches!(
            bare.as_str(),
            "select" | "top" | "expand" | "filter" | "orderby" | "changetype"
        ) {
            return Err(Refusal::new(
                400,
                "ErrorInvalidUrlQuery",
                format!(
                    "The following parameters are not supported with change tracking over the 'Messages' resource: '{name}'."
                ),
            ));
        }
    }
    if call
        .option("orderby")
        .is_some_and(|order| !order.trim().eq_ignore_ascii_case("receivedDateTime desc"))
    {
        return Err(Refusal::new(
            400,
            "ErrorInvalidUrlQuery",
            "The '$orderby' parameter value is not supported for 'Messages' resource; only a value of 'receivedDateTime desc' is supported.",
        ));
    }
    let since = call.option("filter").map(|text| since(desk, text));
    let since = since.transpose()?;
    let faults = &desk.world.faults;
    let ignored = faults.strikes(
        "ignoreTop",
        &desk.cell.user_id,
        faults.now().delta.ignore_top,
    );
    let top = link::top(call)?.filter(|_| !ignored);
    let kind = call.option("changeType").map(str::to_ascii_lowercase);
    if kind
        .as_deref()
        .is_some_and(|kind| !matches!(kind, "created" | "updated" | "deleted"))
    {
        return Err(Refusal::new(
            400,
            "ErrorInvalidUrlQuery",
            "The value of the parameter 'changeType' is not supported.",
        ));
    }
    style(desk)?;
    let upto = desk.read(|mailbox| visible(desk, mailbox, folder));
    let left = match (top, since) {
        (Some(top), Some(_)) => Some(top.min(FILTERED)),
        (None, Some(_)) => Some(FILTERED),
        (top, None) => top,
    };
    let select = call.option("select").map(str::to_owned);
    Ok(Round {
        folder,
        place: Place::First(None),
        upto,
        select,
        since,
        kind,
        left,
        page: 0,
        emptied: false,
        given_at: stamped(desk),
        ordered: call.option("orderby").is_some(),
        expand: call.option("expand").map(str::to_owned),
        replayed: false,
    })
}

/// `receivedDateTime ge {instant}` is all that Outlook takes here; `gt` is documented too [facts 5.1].
fn since(desk: &Desk<'_>, filter: &str) -> Result<i64, Refusal> {
    let mut words = filter.split_whitespace();
    let faults = &desk.world.faults;
    let rate = faults.now().delta.gt_filter;
    let later = filter.contains(" gt ") && faults.strikes("gtFilter", &desk.cell.user_id, rate);
    let found = match (words.next(), words.next(), words.next(), words.next()) {
        (Some(field), Some(than), Some(value), None)
            if field.eq_ignore_ascii_case("receivedDateTime") && (than == "ge" || later) =>
        {
            instant(value)
        }
        _ => None,
    };
    let found = found.map(|instant| instant.as_second() + i64::from(later));
    found.ok_or_else(|| {
        Refusal::new(400, "ErrorInvalidUrlQuery", "The '$filter' parameter value is not supported for 'Messages' resource; only a value of 'receivedDateTime ge value' is supported.")
    })
}

fn owner(desk: &Desk<'_>) -> u64 {
    Hash::new(desk.world.seed)
        .text("delta")
        .text(&desk.cell.user_id)
        .finish()
}

/// Goes on where a link stopped. A delta link begins a new round.
fn resume(desk: &Desk<'_>, folder: FolderNo, sealed: &str) -> Result<Round, Refusal> {
    let mut round: Round = token::open(owner(desk), sealed)
        .filter(|round: &Round| round.folder == folder)
        .ok_or_else(|| {
            Refusal::new(
                400,
                "InvalidSyncStateData",
                "The sync state data is invalid.",
            )
        })?;
    let is_next = desk.call.option("skiptoken").is_some();
    survive(desk, folder, sealed, round.given_at.filter(|_| is_next))?;
    if desk.call.option("deltatoken").is_some() {
        let seen = round.upto;
        let faults = &desk.world.faults;
        let replay = faults.strike("replay", sealed, faults.now().delta.replay);
        desk.read(|mailbox| {
            round.replayed = replay.is_some();
            let from = replay.map_or(seen, |draw| {
                mailbox.seq_before(folder, seen, 1 + (draw.finish() % 20) as usize)
            });
            round.place = Place::Later {
                from,
                entry: 0,
                offset: 0,
            };
            round.upto = visible(desk, mailbox, folder).max(seen);
        });
        (round.page, round.emptied, round.left) = (0, false, None);
    }
    Ok(round)
}

/// How the items of a round are written: with the selection that it began with.
fn style_of(desk: &Desk<'_>, round: &Round) -> Result<Style, Refusal> {
    let begun = round.select.as_deref();
    let select = begun.map_or(Ok(Select::all()), Select::parse)?;
    let basic = desk.may(Need::Read).is_err();
    let select = if basic { select.basic() } else { select };
    let expand = round.expand.as_deref().unwrap_or_default();
    let attachments = expand.to_ascii_lowercase().contains("attachments");
    Ok(Style {
        select,
        attachments: attachments && !basic,
        derived: begun.is_none(),
        typed: true,
        ..style(desk)?
    })
}

/// The instant that a link carries, where links have an age.
fn stamped(desk: &Desk<'_>) -> Option<i64> {
    let life = desk.world.faults.now().delta.next_link_life_s;
    life.map(|_| desk.now.as_second())
}

fn page(desk: &Desk<'_>, round: Round) -> Outcome {
    let style = style_of(desk, &round)?;
    let emptied = is_emptied(desk, &round);
    let size = link::page_size(desk.call).unwrap_or(PAGE);
    let (size, shortened) = shorten(desk, &round, size);
    let limit = size.min(round.left.unwrap_or(usize::MAX));
    let noted = Cell::new(round.replayed.then_some("replay").or(shortened));
    desk.read(|mailbox| {
        if visible(desk, mailbox, round.folder) < mailbox.seq() {
            noted.set(Some("lateMs"));
        }
        let page = if emptied {
            let (items, next) = (Vec::new(), Some(round.place));
            Page { items, next }
        } else {
            next_page(desk, mailbox, &round, limit, &noted)
        };
        let mut items = wanted(&round, style.select, page.items);
        let left = round.left.map(|left| left.saturating_sub(items.len()));
        let next = page.next.filter(|_| left != Some(0));
        let twisted = twist(desk, mailbox, &round, &mut items);
        let following = Round {
            place: next.unwrap_or(Place::First(None)),
            left,
            page: round.page + 1,
            emptied,
            given_at: stamped(desk),
            ..round.clone()
        };
        let sealed = token::seal(owner(desk), &following);
        let context = format!("{}/v1.0/$metadata#Collection(message)", desk.call.base);
        let mut json = String::with_capacity(items.len() * 700);
        let mut out = Object::open(&mut json);
        out.text("@odata.context", &context);
        link::write_delta(&mut out, desk.call, next.is_some(), &sealed);
        out.list("value", items, |out, item| {
            write_item(desk, mailbox, out, item, style, &noted);
        });
        out.end();
        let struck = emptied.then_some("emptyPages").or(twisted);
        let answer = preferences(desk, Answer::ok(json)).struck(struck.or(noted.get()));
        Ok(answer.with("Preference-Applied", "odata.track-changes"))
    })
}

fn next_page(
    desk: &Desk<'_>,
    mailbox: &Mailbox,
    round: &Round,
    limit: usize,
    noted: &Noted,
) -> Page {
    let faults = &desk.world.faults;
    let rate = faults.now().delta.aba_loss;
    let loses = |no: MessageNo| {
        let id = mailbox.immutable_id(no);
        let draw = Hash::new(faults.now().seed).text("abaLoss").text(&id);
        let lost = rate.on() && draw.fraction() < rate.0;
        if lost {
            noted.set(Some("abaLoss"));
        }
        lost
    };
    let ask = Ask {
        folder: round.folder,
        place: round.place,
        upto: round.upto,
        limit,
        since: round.since,
        immutable: desk.immutable,
        back_is_told: faults.now().delta.twice.on(),
        loses: &loses,
    };
    mailbox.delta_page(&ask)
}

/// Drops what the round did not ask for: other kinds of change, and changes of fields that are not selected.
fn wanted(round: &Round, select: Select, items: Vec<Item>) -> Vec<Item> {
    let first = matches!(round.place, Place::First(_));
    let kind = round.kind.as_deref().filter(|_| !first);
    let wanted = |item: &Item| match item {
        Item::New(_) => kind.is_none_or(|kind| kind == "created"),
        Item::Removed(..) => kind.is_none_or(|kind| kind == "deleted"),
        Item::Changed(_, fields) => {
            kind.is_none_or(|kind| kind == "updated")
                && (fields & field::CONTENT != 0 || changed(*fields).and(select) != Select::none())
        }
    };
    items.into_iter().filter(wanted).collect()
}

/// The properties behind the bits of the log.
fn changed(fields: u8) -> Select {
    let bits = [
        (field::READ, Property::IsRead),
        (field::FLAG, Property::Flag),
        (field::CATEGORIES, Property::Categories),
        (field::IMPORTANCE, Property::Importance),
        (field::INFERENCE, Property::InferenceClassification),
    ];
    bits.into_iter()
        .filter(|(bit, _)| fields & bit != 0)
        .fold(Select::none(), |select, (_, property)| {
            select.with(property)
        })
}

fn write_item(
    desk: &Desk<'_>,
    mailbox: &Mailbox,
    out: &mut String,
    item: Item,
    style: Style,
    noted: &Noted,
) {
    let mut object = Object::open(out);
    match item {
        Item::Removed(no, moves) => {
            object.text("@odata.type", "#microsoft.graph.message");
            object.text("id", &mailbox.message_id(no, moves, desk.immutable));
            object.object("@removed", |inner| inner.text("reason", "deleted"));
        }
        Item::Changed(no, fields) if is_sparse(desk, mailbox, no, fields) => {
            if fields != field::READ {
                noted.set(Some("sparse"));
            }
            let fields = changed(fields)
                .with(Property::ParentFolderId)
                .and(style.select);
            render::sparse_message(&mut object, mailbox, no, fields, style.immutable);
        }
        Item::New(no) | Item::Changed(no, _) => {
            render::message(&mut object, mailbox, no, style);
        }
    }
    object.end();
}

/// A read toggle is always sparse [facts 5.1b]; other changes when the fault says so; rewritten content never.
fn is_sparse(desk: &Desk<'_>, mailbox: &Mailbox, no: MessageNo, fields: u8) -> bool {
    let faults = &desk.world.faults;
    fields == field::READ
        || (fields & field::CONTENT == 0
            && faults.strikes(
                "sparse",
                &mailbox.immutable_id(no),
                faults.now().delta.sparse,
            ))
}
