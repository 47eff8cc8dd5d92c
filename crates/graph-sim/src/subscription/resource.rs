//! What a subscription watches: the `resource` string, in every form that Graph takes for mail [facts 1.3].

use percent_encoding::percent_decode_str;

/// Whose messages are watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// `me/…`: the signed-in person.
    Me,
    /// `users/{id or address}/…`.
    User(String),
}

/// A resource string, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) owner: Owner,
    /// Id or well-known name of the only folder watched; its sub-folders are not. `None` is the whole mailbox.
    pub(crate) folder: Option<String>,
    /// The `$filter`, as written.
    pub(crate) filter: Option<String>,
    /// The `$select`, as written.
    pub(crate) select: Option<String>,
    /// The `$expand`, as written.
    pub(crate) expand: Option<String>,
}

impl Resource {
    /// The same resource with the user's id in place of `me` or an address; a query is kept.
    pub(crate) fn of_user(&self, user_id: &str, written: &str) -> String {
        let folder = self.folder.as_ref();
        let folder = folder.map_or_else(String::new, |name| format!("mailFolders('{name}')/"));
        let query = written.split_once('?');
        let query = query.map_or_else(String::new, |(_, query)| format!("?{query}"));
        format!("users/{user_id}/{folder}messages{query}")
    }

    /// What a rich subscription must and must not ask for; a basic one has nothing to expand [facts 1.3].
    pub(crate) fn check(&self, rich: bool) -> Result<(), BadResource> {
        let parts = |list: &str| -> Vec<String> {
            let names = list.split(',').map(|name| name.trim().to_ascii_lowercase());
            names.collect()
        };
        if let Some(expand) = &self.expand {
            let extended = [
                "singlevalueextendedproperties",
                "multivalueextendedproperties",
            ];
            let name = expand.split('(').next().unwrap_or_default().trim();
            if !rich || !extended.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(BadResource::Option("$expand".into()));
            }
        }
        match &self.select {
            None if rich => Err(BadResource::NoSelect),
            Some(select) if rich => parts(select)
                .into_iter()
                .find(|name| ["body", "uniquebody"].contains(&name.as_str()))
                .map_or(Ok(()), |name| Err(BadResource::Selected(name))),
            _ => Ok(()),
        }
    }
}

/// Why a resource string is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadResource {
    /// The path leads to something that the simulator does not watch.
    #[error("Resource '{0}' is not supported for change notifications.")]
    Unsupported(String),
    /// A query option that a mail subscription must not carry.
    #[error("The query option '{0}' is not supported for this subscription.")]
    Option(String),
    /// A rich subscription selects nothing.
    #[error("A subscription with resource data must carry $select in its resource.")]
    NoSelect,
    /// A rich subscription selects what is too large for a notification.
    #[error("The property '{0}' cannot be selected for a subscription with resource data.")]
    Selected(String),
}

/// Reads a resource string. A leading `/` is optional, names of segments take any case, and ids may be quoted in parentheses.
pub(crate) fn parse(text: &str) -> Result<Resource, BadResource> {
    let (path, query) = text
        .split_once('?')
        .map_or((text, ""), |(path, query)| (path, query));
    let unsupported = || BadResource::Unsupported(text.to_owned());
    let segments = segments(path);
    let mut rest = segments.iter().map(String::as_str);
    let owner = match rest.next() {
        Some(name) if name.eq_ignore_ascii_case("me") => Owner::Me,
        Some(name) if name.eq_ignore_ascii_case("users") => {
            Owner::User(rest.next().ok_or_else(unsupported)?.to_owned())
        }
        _ => return Err(unsupported()),
    };
    let mut folder = None;
    loop {
        match rest.next() {
            Some(name) if name.eq_ignore_ascii_case("messages") => break,
            Some(name) if name.eq_ignore_ascii_case("mailFolders") && folder.is_none() => {
                folder = Some(rest.next().ok_or_else(unsupported)?.to_owned());
            }
            Some(name) if name.eq_ignore_ascii_case("childFolders") && folder.is_some() => {
                folder = Some(rest.next().ok_or_else(unsupported)?.to_owned());
            }
            _ => return Err(unsupported()),
        }
    }
    if rest.next().is_some() {
        return Err(unsupported());
    }
    let mut resource = Resource {
        owner,
        folder,
        filter: None,
        select: None,
        expand: None,
    };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "$filter" => resource.filter = Some(value.into_owned()),
            "$select" => resource.select = Some(value.into_owned()),
            "$expand" => resource.expand = Some(value.into_owned()),
            _ => return Err(BadResource::Option(name.into_owned())),
        }
    }
    Ok(resource)
}

/// Splits a path at `/` and at `('…')`; a `/` or a doubled quote within quotes belongs to the id.
fn segments(path: &str) -> Vec<String> {
    let mut segments = vec![String::new()];
    let mut quoted = false;
    let mut letters = path.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' if quoted && letters.peek() == Some(&'\'') => {
                letters.next();
                push(&mut segments, '\'');
            }
            '\'' => quoted = !quoted,
            '/' | '(' if !quoted => segments.push(String::new()),
            ')' if !quoted => {}
            _ => push(&mut segments, letter),
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments
        .into_iter()
        .map(|segment| {
            percent_decode_str(&segment)
                .decode_utf8_lossy()
                .into_owned()
        })
        .collect()
}

fn push(segments: &mut [String], letter: char) {
    if let Some(last) = segments.last_mut() {
        last.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_of(text: &str) -> (Owner, Option<String>) {
        let resource = parse(text).expect(text);
        (resource.owner, resource.folder)
    }

    #[test]
    fn every_form_of_the_same_resource_is_understood() {
        for text in [
            "me/messages",
            "/me/messages",
            "Me/Messages",
            "/me/messages?$filter=isDraft eq false",
        ] {
            assert_eq!(folder_of(text), (Owner::Me, None), "{text}");
        }
        for text in [
            "users/ada@contoso.test/messages",
            "/users/ada%40contoso.test/messages",
            "users('ada@contoso.test')/messages",
        ] {
            assert_eq!(
                folder_of(text),
                (Owner::User("ada@contoso.test".into()), None),
                "{text}"
            );
        }
        for text in [
            "me/mailFolders('inbox')/messages",
            "/me/mailfolders/inbox/messages",
            "me/mailFolders('x')/childFolders('inbox')/messages",
        ] {
            assert_eq!(folder_of(text), (Owner::Me, Some("inbox".into())), "{text}");
        }
    }

    #[test]
    fn a_quoted_id_keeps_its_slash_and_its_apostrophe() {
        assert_eq!(
            folder_of("users('o''hara@contoso.test')/mailFolders('AA/B=')/messages"),
            (
                Owner::User("o'hara@contoso.test".into()),
                Some("AA/B=".into())
            )
        );
    }

    #[test]
    fn the_filter_is_kept_and_other_options_are_refused() {
        let resource =
            parse("me/mailFolders('inbox')/messages?$filter=isRead+eq%20false&$select=subject")
                .expect("mail");
        assert_eq!(resource.filter.as_deref(), Some("isRead eq false"));
        assert_eq!(resource.select.as_deref(), Some("subject"));
        assert_eq!(
            parse("me/messages?$top=5"),
            Err(BadResource::Option("$top".into()))
        );
    }

    #[test]
    fn what_is_not_mail_is_refused() {
        for text in [
            "",
            "me",
            "me/events",
            "users",
            "users/ada",
            "users/ada/messages/1",
            "https://graph.microsoft.com/v1.0/me/messages",
            "me/childFolders/x/messages",
        ] {
            assert!(
                matches!(parse(text), Err(BadResource::Unsupported(_))),
                "{text}"
            );
        }
    }
}
