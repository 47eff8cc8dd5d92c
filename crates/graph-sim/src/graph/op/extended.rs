//! `$expand=singleValueExtendedProperties($filter=id eq '…')`: the three that mail clients ask for, under normalised ids [recorded 7.1].

use crate::clock::wire;
use crate::graph::desk::Desk;
use crate::json::Object;
use crate::mailbox::{Mailbox, MessageNo};

/// Writes those that a message has of what the call asks for.
pub(super) fn write(object: &mut Object<'_>, desk: &Desk<'_>, mailbox: &Mailbox, no: MessageNo) {
    let expand = desk.call.option("expand").unwrap_or_default();
    let name = "singlevalueextendedproperties";
    if !expand.to_ascii_lowercase().contains(name) {
        return;
    }
    let found: Vec<(String, String)> = expand
        .split('\'')
        .skip(1)
        .step_by(2)
        .filter_map(|id| value(mailbox, no, id))
        .collect();
    if found.is_empty() {
        return;
    }
    object.list(
        "singleValueExtendedProperties",
        found,
        |out, (id, value)| {
            let mut one = Object::open(out);
            one.text("id", &id);
            one.text("value", &value);
            one.end();
        },
    );
}

/// The normalised id and the value of a property.
fn value(mailbox: &Mailbox, no: MessageNo, id: &str) -> Option<(String, String)> {
    let (kind, tag) = id.split_once(' ')?;
    let tag = u32::from_str_radix(tag.to_ascii_lowercase().strip_prefix("0x")?, 16).ok()?;
    let content = mailbox.content(no, false)?;
    let value = match tag {
        0x0e06 => wire(content.received),
        0x0e07 => {
            let read = u32::from(mailbox.is_read(no));
            (read | (u32::from(content.is_draft) << 3)).to_string()
        }
        0x0e08 => mailbox.weight(no.0).to_string(),
        _ => return None,
    };
    Some((format!("{kind} 0x{tag:x}"), value))
}
