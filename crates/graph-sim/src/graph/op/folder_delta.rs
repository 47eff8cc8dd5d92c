//! `GET …/mailFolders/delta`: folders added, changed and removed anywhere below the root [facts 5.3].

use serde::{Deserialize, Serialize};

use super::delta_death::survive;
use super::list_folders::selected;
use crate::answer::{Answer, Outcome, Refusal};
use crate::graph::desk::Desk;
use crate::graph::{link, render, token};
use crate::hash::Hash;
use crate::json::Object;
use crate::mailbox::{Folder, Mailbox, ROOT};

/// Items on a page when nothing is said.
const PAGE: usize = 10;

/// A round under way, or (as a delta link) the end of one.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Round {
    /// What the client has seen; `None` in a first round.
    from: Option<u64>,
    upto: u64,
    /// The place of the last folder given out: its number in a first round, the position of its change in a later one.
    after: Option<u64>,
    select: Option<String>,
}

impl Round {
    /// Where a folder stands in the order of the round.
    fn place(&self, folder: &Folder) -> u64 {
        if self.from.is_none() {
            u64::from(folder.no.0)
        } else {
            folder.seq
        }
    }

    /// Whether the round still has to report a folder. One that changes meanwhile is left to the next round.
    fn wants(&self, folder: &Folder) -> bool {
        let in_round = match self.from {
            None => !folder.deleted,
            Some(from) => folder.seq > from && folder.seq <= self.upto,
        };
        in_round && self.after.is_none_or(|after| self.place(folder) > after)
    }
}

fn owner(desk: &Desk<'_>) -> u64 {
    Hash::new(desk.world.seed)
        .text("folders")
        .text(&desk.cell.user_id)
        .finish()
}

/// The round behind a link, unless its token is dead.
fn alive(desk: &Desk<'_>, sealed: &str) -> Result<Round, Refusal> {
    let message = "The sync state data is invalid.";
    let round = token::open::<Round>(owner(desk), sealed);
    let round = round.ok_or_else(|| Refusal::new(400, "InvalidSyncStateData", message))?;
    survive(desk, ROOT, sealed, None)?;
    Ok(round)
}

/// The round that a call begins or goes on with.
fn round(desk: &Desk<'_>) -> Result<Round, Refusal> {
    let open = |sealed: &str| alive(desk, sealed);
    let upto = desk.read(Mailbox::seq);
    let token = |name| desk.call.option(name);
    match (token("skiptoken"), token("deltatoken")) {
        (Some(sealed), _) => open(sealed),
        (None, Some(sealed)) => {
            let ended = open(sealed)?;
            let from = Some(ended.upto);
            let after = None;
            Ok(Round {
                from,
                upto,
                after,
                ..ended
            })
        }
        (None, None) => Ok(Round {
            from: only_select(desk)?,
            upto,
            after: None,
            select: desk.call.option("select").map(str::to_owned),
        }),
    }
}

/// Nothing but `$select` is taken at the beginning; the answer is the position of a first round [facts 5.3].
fn only_select(desk: &Desk<'_>) -> Result<Option<u64>, Refusal> {
    let is_select = |name: &str| name.trim_start_matches('$').eq_ignore_ascii_case("select");
    match desk.call.query.iter().find(|(name, _)| !is_select(name)) {
        Some((name, _)) => Err(Refusal::new(
            400,
            "ErrorInvalidUrlQuery",
            format!(
                "The following parameters are not supported with change tracking over the 'MailFolders' resource: '{name}'."
            ),
        )),
        None => Ok(None),
    }
}

/// Answers with a page.
pub(super) fn run(desk: &Desk<'_>) -> Outcome {
    let round = round(desk)?;
    let wanted = selected(round.select.as_deref())?;
    let limit = link::page_size(desk.call).unwrap_or(PAGE);
    desk.read(|mailbox| {
        let mut folders = reported(mailbox, &round);
        let goes_on = folders.len() > limit;
        folders.truncate(limit);
        let after = folders
            .last()
            .map_or(round.after, |last| Some(round.place(last)));
        let sealed = token::seal(
            owner(desk),
            &Round {
                after,
                ..round.clone()
            },
        );
        let context = format!("{}/v1.0/$metadata#Collection(mailFolder)", desk.call.base);
        let mut json = String::new();
        let mut out = Object::open(&mut json);
        out.text("@odata.context", &context);
        link::write_delta(&mut out, desk.call, goes_on, &sealed);
        out.list("value", folders, |out, folder| {
            write_item(mailbox, out, folder, &wanted);
        });
        out.end();
        Ok(Answer::ok(json).with("Preference-Applied", "odata.track-changes"))
    })
}

/// The folders below the root that a round still has to report, in its order.
fn reported<'a>(mailbox: &'a Mailbox, round: &Round) -> Vec<&'a Folder> {
    let below_root = |folder: &&Folder| folder.no != ROOT && mailbox.is_below(folder.no, ROOT);
    let all = mailbox.folders().iter().filter(below_root);
    let mut folders: Vec<&Folder> = all.filter(|folder| round.wants(folder)).collect();
    folders.sort_by_key(|folder| round.place(folder));
    folders
}

fn write_item(mailbox: &Mailbox, out: &mut String, folder: &Folder, wanted: &dyn Fn(&str) -> bool) {
    let mut object = Object::open(out);
    if folder.deleted {
        object.text("@odata.type", "#microsoft.graph.mailFolder");
        object.text("id", &mailbox.folder_id(folder.no));
        object.object("@removed", |inner| inner.text("reason", "deleted"));
    } else {
        render::folder(&mut object, mailbox, folder, wanted);
    }
    object.end();
}
