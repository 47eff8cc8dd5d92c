//! `GET /me`, `GET /users/{id}`.

use crate::answer::{Answer, Outcome};
use crate::graph::desk::{Desk, Need};
use crate::json::Object;

/// Answers with the profile.
pub(super) fn get(desk: &Desk<'_>) -> Outcome {
    desk.may(Need::Profile)?;
    let cell = &desk.cell;
    let (given, family) = cell
        .display_name
        .split_once(' ')
        .unwrap_or((&cell.display_name, ""));
    let wanted: Option<Vec<String>> = desk.call.option("select").map(|list| {
        list.split(',')
            .map(|name| name.trim().to_lowercase())
            .collect()
    });
    let fields = [
        ("id", cell.user_id.as_str()),
        ("displayName", &cell.display_name),
        ("givenName", given),
        ("mail", &cell.address),
        ("preferredLanguage", "en-US"),
        ("surname", family),
        ("userPrincipalName", &cell.address),
    ];
    let mut json = String::new();
    let mut object = Object::open(&mut json);
    object.text(
        "@odata.context",
        &format!("{}/v1.0/$metadata#users/$entity", desk.call.base),
    );
    for (name, value) in fields {
        if wanted
            .as_ref()
            .is_none_or(|wanted| wanted.contains(&name.to_lowercase()))
        {
            object.text(name, value);
        }
    }
    object.end();
    Ok(Answer::ok(json))
}
