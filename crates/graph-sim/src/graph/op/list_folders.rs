//! `GET …/mailFolders`, `GET …/mailFolders/{id}/childFolders`: the direct children only, by display name; hidden ones when asked for [facts 7.2].

use crate::answer::{Answer, Outcome, Refusal};
use crate::graph::desk::Desk;
use crate::graph::link;
use crate::graph::render;
use crate::graph::select::unknown_property;
use crate::json::Object;
use crate::mailbox::{Folder, FolderNo, Mailbox, ROOT};

/// Every property of a folder, search folders included.
const PROPERTIES: [&str; 12] = [
    "id",
    "displayName",
    "parentFolderId",
    "childFolderCount",
    "unreadItemCount",
    "totalItemCount",
    "sizeInBytes",
    "isHidden",
    "isSupported",
    "includeNestedFolders",
    "sourceFolderIds",
    "filterQuery",
];
/// Folders on a page when nothing is said.
const PAGE: usize = 10;

/// Which properties a `$select` asks for.
pub(super) fn selected(list: Option<&str>) -> Result<impl Fn(&str) -> bool, Refusal> {
    let names: Option<Vec<String>> = list.map(|list| {
        list.split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect()
    });
    for name in names.iter().flatten() {
        // Often asked for, because beta has it; v1.0 does not [facts 7.2].
        if !PROPERTIES
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
        {
            return Err(unknown_property(name, "MailFolder"));
        }
    }
    Ok(move |name: &str| {
        names
            .as_ref()
            .is_none_or(|names| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
    })
}

/// Lists.
pub(super) fn run(desk: &Desk<'_>, parent: FolderNo) -> Outcome {
    let wanted = selected(desk.call.option("select"))?;
    let (top, skip) = link::folder_window(desk.call, PAGE)?;
    let expand = desk
        .call
        .option("expand")
        .is_some_and(|what| what.to_ascii_lowercase().starts_with("childfolders"));
    desk.read(|mailbox| {
        let children = filtered(desk, mailbox, parent)?;
        let mut json = String::new();
        let mut object = Object::open(&mut json);
        object.text("@odata.context", &context(desk, mailbox, parent, expand));
        if desk
            .call
            .option("count")
            .is_some_and(|count| count.eq_ignore_ascii_case("true"))
        {
            object.number("@odata.count", children.len() as u64);
        }
        object.list(
            "value",
            children.iter().skip(skip).take(top),
            |out, folder| {
                let mut item = Object::open(out);
                render::folder(&mut item, mailbox, folder, &wanted);
                if expand {
                    item.list(
                        "childFolders",
                        mailbox.children(folder.no, hidden_too(desk)),
                        |out, child| {
                            let mut inner = Object::open(out);
                            render::folder(&mut inner, mailbox, child, &wanted);
                            inner.end();
                        },
                    );
                }
                item.end();
            },
        );
        if skip + top < children.len() {
            object.text("@odata.nextLink", &link::next(desk.call, skip + top));
        }
        object.end();
        Ok(Answer::ok(json))
    })
}

/// `…/$count`: a bare number.
pub(super) fn count(desk: &Desk<'_>, parent: FolderNo) -> Answer {
    let count = desk.read(|mailbox| mailbox.children(parent, hidden_too(desk)).len());
    Answer::bytes("text/plain", count.to_string())
}

fn hidden_too(desk: &Desk<'_>) -> bool {
    desk.call
        .option("includeHiddenFolders")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn context(desk: &Desk<'_>, mailbox: &Mailbox, parent: FolderNo, expand: bool) -> String {
    let expanded = if expand { "(childFolders())" } else { "" };
    if parent == ROOT {
        return desk.context(&format!("mailFolders{expanded}"));
    }
    desk.context(&format!(
        "mailFolders('{}')/childFolders{expanded}",
        mailbox.folder_id(parent)
    ))
}

/// `$filter=displayName eq 'x'` is what clients use to find a folder by its name.
fn filtered<'a>(
    desk: &Desk<'_>,
    mailbox: &'a Mailbox,
    parent: FolderNo,
) -> Result<Vec<&'a Folder>, Refusal> {
    let mut children = mailbox.children(parent, hidden_too(desk));
    if let Some(filter) = desk.call.option("filter") {
        let name = filter
            .trim()
            .strip_prefix("displayName eq '")
            .and_then(|rest| rest.strip_suffix('\''));
        let name = name
            .ok_or_else(|| {
                Refusal::new(
                    400,
                    "ErrorInvalidUrlQueryFilter",
                    "The query filter is invalid.",
                )
            })?
            .replace("''", "'");
        children.retain(|folder| folder.display_name.eq_ignore_ascii_case(&name));
    }
    Ok(children)
}
