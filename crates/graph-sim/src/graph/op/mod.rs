//! One operation, one file; this one only finds the operation that a path and method mean.

mod attachments;
mod copy_message;
mod create_folder;
mod create_message;
mod delete_message;
mod delta_death;
mod draft;
mod extended;
mod folder;
mod folder_delta;
mod list_folders;
mod list_messages;
mod me;
mod message;
mod message_delta;
mod patch_message;
mod reply;
mod send_mail;
mod translate_ids;
mod upload;

pub(crate) use draft::Draft;
pub(crate) use upload::{UploadRoom, put_chunk};

use http::Method;

use super::desk::{Desk, Need, find_folder};
use crate::answer::{Outcome, Refusal};
use crate::fault::Cloud;
use crate::mailbox::{FolderNo, ROOT};

/// Runs the operation that a call means.
pub(crate) fn run(desk: &Desk<'_>) -> Outcome {
    let rest: Vec<&str> = desk.rest.iter().map(String::as_str).collect();
    if let Some(last) = rest.last().filter(|last| is_missing(desk, last)) {
        return Err(Refusal::unknown_segment(last).struck("cloud"));
    }
    match rest.split_first() {
        None => only(desk, &Method::GET, || me::get(desk)),
        Some((first, rest)) => match first.to_ascii_lowercase().as_str() {
            "mailfolders" => folders(desk, ROOT, rest),
            "messages" => messages(desk, None, rest),
            "sendmail" => post(desk, Need::Send, || send_mail::run(desk)),
            "translateexchangeids" => post(desk, Need::Basic, || translate_ids::run(desk)),
            _ => Err(Refusal::unknown_segment(first)),
        },
    }
}

/// What the schemas of other clouds do not have: purging, and in China delta [facts 5.4, 7.4].
fn is_missing(desk: &Desk<'_>, last: &str) -> bool {
    let cloud = desk.world.faults.now().graph.cloud.unwrap_or(Cloud::Global);
    match last.to_ascii_lowercase().as_str() {
        "delta" => cloud == Cloud::China,
        "permanentdelete" => cloud != Cloud::Global,
        _ => false,
    }
}

fn only(desk: &Desk<'_>, method: &Method, run: impl FnOnce() -> Outcome) -> Outcome {
    if desk.call.method == *method {
        run()
    } else {
        Err(method_not_allowed())
    }
}

fn post(desk: &Desk<'_>, need: Need, run: impl FnOnce() -> Outcome) -> Outcome {
    only(desk, &Method::POST, || {
        desk.may(need)?;
        run()
    })
}

fn method_not_allowed() -> Refusal {
    Refusal::new(
        405,
        "Request_BadRequest",
        "Specified HTTP method is not allowed for the request target.",
    )
    .inner()
}

fn folders(desk: &Desk<'_>, parent: FolderNo, rest: &[&str]) -> Outcome {
    let method = &desk.call.method;
    match rest {
        [] if method == Method::GET => {
            allowed(desk, Need::Basic, || list_folders::run(desk, parent))
        }
        [] if method == Method::POST => {
            allowed(desk, Need::Write, || create_folder::run(desk, parent))
        }
        [] => Err(method_not_allowed()),
        ["delta"] => only(desk, &Method::GET, || {
            allowed(desk, Need::Basic, || folder_delta::run(desk))
        }),
        ["$count"] => only(desk, &Method::GET, || {
            allowed(desk, Need::Basic, || Ok(list_folders::count(desk, parent)))
        }),
        [id, rest @ ..] => {
            // Without permission nobody learns which folders there are.
            desk.may(Need::Basic)?;
            let no = desk.read(|mailbox| find_folder(mailbox, id))?;
            one_folder(desk, no, id, rest)
        }
    }
}

fn one_folder(desk: &Desk<'_>, no: FolderNo, id: &str, rest: &[&str]) -> Outcome {
    let method = &desk.call.method;
    let Some((first, rest)) = rest.split_first() else {
        return match method.as_str() {
            "GET" => folder::get(desk, no),
            "PATCH" => allowed(desk, Need::Write, || folder::patch(desk, no)),
            "DELETE" => allowed(desk, Need::Write, || folder::delete(desk, no)),
            _ => Err(method_not_allowed()),
        };
    };
    match first.to_ascii_lowercase().as_str() {
        "childfolders" => folders(desk, no, rest),
        "messages" => messages(desk, Some((no, id)), rest),
        "move" if rest.is_empty() => post(desk, Need::Write, || folder::move_below(desk, no)),
        "permanentdelete" if rest.is_empty() => {
            post(desk, Need::Write, || folder::delete(desk, no))
        }
        _ => Err(Refusal::unknown_segment(first)),
    }
}

fn allowed(desk: &Desk<'_>, need: Need, run: impl FnOnce() -> Outcome) -> Outcome {
    desk.may(need)?;
    run()
}

fn messages(desk: &Desk<'_>, folder: Option<(FolderNo, &str)>, rest: &[&str]) -> Outcome {
    let method = &desk.call.method;
    match rest {
        [] if method == Method::GET => {
            allowed(desk, Need::Basic, || list_messages::run(desk, folder))
        }
        [] if method == Method::POST => {
            allowed(desk, Need::Write, || create_message::run(desk, folder))
        }
        [] => Err(method_not_allowed()),
        ["delta"] => only(desk, &Method::GET, || {
            allowed(desk, Need::Basic, || match folder {
                Some((no, _)) => message_delta::run(desk, no),
                None => Err(Refusal::new(
                    400,
                    "ErrorInvalidRequest",
                    "Change tracking is not supported against 'microsoft.graph.message' outside of a folder.",
                )),
            })
        }),
        ["$count"] => only(desk, &Method::GET, || {
            allowed(desk, Need::Basic, || list_messages::count(desk, folder))
        }),
        [id] => match method.as_str() {
            "GET" => allowed(desk, Need::Basic, || message::get(desk, folder, id)),
            "PATCH" => allowed(desk, Need::Write, || patch_message::run(desk, id)),
            "DELETE" => allowed(desk, Need::Write, || delete_message::run(desk, id)),
            _ => Err(method_not_allowed()),
        },
        [id, action, rest @ ..] => one_message(desk, id, action, rest),
    }
}

fn one_message(desk: &Desk<'_>, id: &str, action: &str, rest: &[&str]) -> Outcome {
    let lower = action.to_ascii_lowercase();
    match (lower.as_str(), rest) {
        ("$value", []) => only(desk, &Method::GET, || {
            allowed(desk, Need::Read, || message::mime(desk, id))
        }),
        ("move", []) => post(desk, Need::Write, || {
            copy_message::run(desk, id, copy_message::Way::Move)
        }),
        ("copy", []) => post(desk, Need::Write, || {
            copy_message::run(desk, id, copy_message::Way::Copy)
        }),
        ("permanentdelete", []) => post(desk, Need::Write, || delete_message::permanent(desk, id)),
        ("send", []) => post(desk, Need::Send, || send_mail::send_draft(desk, id)),
        ("reply" | "replyall" | "forward", []) => {
            post(desk, Need::Send, || reply::send(desk, id, &lower))
        }
        ("createreply" | "createreplyall" | "createforward", []) => {
            post(desk, Need::Write, || reply::draft(desk, id, &lower[6..]))
        }
        ("attachments", rest) => attachments::route(desk, id, rest),
        _ => Err(Refusal::unknown_segment(action)),
    }
}
