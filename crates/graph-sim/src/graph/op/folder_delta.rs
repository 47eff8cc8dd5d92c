//! `GET …/mailFolders/delta`: folders added, changed and removed anywhere below the root [facts 5.3].

use serde::{Deserialize, Serialize};

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
    /// Folders given out so far.
    done: usize,
    select: Option<String>,
}

/// Answers with a page.
pub(super) fn run(desk: &Desk<'_>) -> Outcome {
    let owner = Hash::new(desk.world.seed)
        .text("folders")
        .text(&desk.cell.user_id)
        .finish();
    let open = |sealed: &str| {
        token::open::<Round>(owner, sealed).ok_or_else(|| {
            Refusal::new(
                400,
                "InvalidSyncStateData",
                "The sync state data is invalid.",
            )
        })
    };
    let seq = desk.read(Mailbox::seq);
    let round = match (
        desk.call.option("skiptoken"),
        desk.call.option("deltatoken"),
    ) {
        (Some(sealed), _) => open(sealed)?,
        (None, Some(sealed)) => {
            let round = open(sealed)?;
            Round {
                from: Some(round.upto),
                upto: seq,
                done: 0,
                ..round
            }
        }
        (None, None) => Round {
            from: None,
            upto: seq,
            done: 0,
            select: desk.call.option("select").map(str::to_owned),
        },
    };
    let wanted = selected(round.select.as_deref())?;
    let limit = link::page_size(desk.call).unwrap_or(PAGE);
    desk.read(|mailbox| {
        let folders = changed(mailbox, &round);
        let done = (round.done + limit).min(folders.len());
        let more = done < folders.len();
        let mut json = String::new();
        let mut out = Object::open(&mut json);
        out.text(
            "@odata.context",
            &format!("{}/v1.0/$metadata#Collection(mailFolder)", desk.call.base),
        );
        let (name, option) = if more {
            ("@odata.nextLink", "$skiptoken")
        } else {
            ("@odata.deltaLink", "$deltatoken")
        };
        let sealed = token::seal(
            owner,
            &Round {
                done,
                ..round.clone()
            },
        );
        out.text(
            name,
            &format!(
                "{}/v1.0/{}?{option}={sealed}",
                desk.call.base, desk.call.path
            ),
        );
        out.list(
            "value",
            &folders[round.done.min(done)..done],
            |out, folder| write_item(mailbox, out, folder, &wanted),
        );
        out.end();
        Ok(Answer::ok(json).with("Preference-Applied", "odata.track-changes"))
    })
}

/// The folders that a round reports, in the order of their changes: those that changed again meanwhile come at the end or in the next round.
fn changed<'a>(mailbox: &'a Mailbox, round: &Round) -> Vec<&'a Folder> {
    let below_root = |folder: &&Folder| folder.no != ROOT && mailbox.is_below(folder.no, ROOT);
    let in_round = |folder: &&Folder| match round.from {
        None => !folder.deleted,
        Some(from) => folder.seq > from && folder.seq <= round.upto,
    };
    let mut folders: Vec<&Folder> = mailbox
        .folders()
        .iter()
        .filter(below_root)
        .filter(in_round)
        .collect();
    folders.sort_by_key(|folder| (if round.from.is_some() { folder.seq } else { 0 }, folder.no));
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
