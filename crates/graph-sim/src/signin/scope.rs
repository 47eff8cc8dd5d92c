//! What clients may ask for: permissions of Microsoft Graph and of Outlook, and the four of OpenID Connect.

use std::collections::BTreeSet;

use super::problem::Problem;
use crate::fault::Cloud;
use crate::world::{App, World};

/// Graph's host in the global cloud; a scope without a resource is for it.
pub(super) const GRAPH: &str = "graph.microsoft.com";

const GRAPH_HOSTS: [&str; 4] = [
    GRAPH,
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn",
];
const OUTLOOK_HOSTS: [&str; 4] = [
    "outlook.office.com",
    "outlook.office365.com",
    "outlook.office365.us",
    "partner.outlook.cn",
];
const OPENID: [&str; 4] = ["openid", "profile", "email", "offline_access"];
const PERMISSIONS: [&str; 34] = [
    "Mail.Read",
    "Mail.ReadBasic",
    "Mail.ReadBasic.All",
    "Mail.ReadWrite",
    "Mail.Send",
    "Mail.Read.Shared",
    "Mail.ReadBasic.Shared",
    "Mail.ReadWrite.Shared",
    "Mail.Send.Shared",
    "User.Read",
    "User.ReadWrite",
    "User.ReadBasic.All",
    "User.Read.All",
    "Directory.Read.All",
    "Subscription.Read.All",
    "MailboxSettings.Read",
    "MailboxSettings.ReadWrite",
    "MailboxFolder.Read.All",
    "Calendars.Read",
    "Calendars.ReadWrite",
    "Contacts.Read",
    "Contacts.ReadWrite",
    "People.Read",
    "Files.Read",
    "Files.ReadWrite",
    "Tasks.Read",
    "Tasks.ReadWrite",
    "IMAP.AccessAsUser.All",
    "POP.AccessAsUser.All",
    "SMTP.Send",
    "IMAP.AccessAsApp",
    "POP.AccessAsApp",
    "SMTP.SendAsApp",
    "full_access_as_app",
];

/// Whether a permission exists, with or without its resource in front.
pub(crate) fn is_permission(text: &str) -> bool {
    Scope::parse(text).is_ok()
}

/// One scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    /// The resource's host; empty for OpenID Connect.
    pub(super) host: String,
    pub(super) name: String,
    /// As the client wrote it; the answer repeats it so.
    pub(super) written: String,
}

impl Scope {
    /// Reads one scope.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let scope = |host: &str, name: &str| Self {
            host: host.to_owned(),
            name: name.to_owned(),
            written: text.to_owned(),
        };
        let invalid = || {
            Problem::new(
                "invalid_scope",
                70011,
                format!(
                    "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {text} is not valid."
                ),
            )
        };
        if let Some(openid) = OPENID
            .iter()
            .find(|openid| openid.eq_ignore_ascii_case(text))
        {
            return Ok(scope("", openid));
        }
        let (host, name) = match text.strip_prefix("https://") {
            Some(rest) => rest
                .split_once('/')
                .map(|(host, name)| (host.to_ascii_lowercase(), name.trim_start_matches('/')))
                .ok_or_else(invalid)?,
            None => (GRAPH.to_owned(), text),
        };
        let known_host =
            GRAPH_HOSTS.contains(&host.as_str()) || OUTLOOK_HOSTS.contains(&host.as_str());
        let name = if name == ".default" {
            Some(".default")
        } else {
            PERMISSIONS
                .iter()
                .copied()
                .find(|known| known.eq_ignore_ascii_case(name))
        };
        match name {
            Some(name) if known_host => Ok(scope(&host, name)),
            _ => Err(invalid()),
        }
    }

    /// Whether it belongs to no resource.
    pub(super) fn is_openid(&self) -> bool {
        self.host.is_empty()
    }

    /// Whether an app has consent for it: listed with or without its resource.
    pub(super) fn is_consented(&self, app: &App) -> bool {
        let listed = |given: &String| {
            Self::parse(given).is_ok_and(|listed| {
                listed.name == self.name && (listed.host == self.host || !given.contains("://"))
            })
        };
        self.is_openid() || self.name == ".default" || app.delegated.iter().any(listed)
    }
}

/// Reads a list of scopes in the cloud where the simulator stands: a scope without a resource is for that cloud's Graph, and other clouds' are not found.
pub(super) fn read(world: &World, text: &str) -> Result<Vec<Scope>, Problem> {
    let mut list = parse_list(text)?;
    let Some(own) = world.faults.now().graph.cloud.map(graph_host) else {
        return Ok(list);
    };
    for scope in list.iter_mut().filter(|scope| scope.host.contains("graph")) {
        if !scope.written.starts_with("https://") {
            own.clone_into(&mut scope.host);
        } else if scope.host != own {
            let message = format!(
                "The resource principal named https://{} was not found in the tenant.",
                scope.host
            );
            return Err(Problem::new("invalid_resource", 500_011, message).struck("cloud"));
        }
    }
    Ok(list)
}

/// The host of a cloud's Graph [facts 8.1].
pub(crate) const fn graph_host(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Global => GRAPH,
        Cloud::UsGov => "graph.microsoft.us",
        Cloud::UsDod => "dod-graph.microsoft.us",
        Cloud::China => "microsoftgraph.chinacloudapi.cn",
    }
}

/// Reads a list of scopes.
fn parse_list(text: &str) -> Result<Vec<Scope>, Problem> {
    let list = text
        .split_whitespace()
        .map(Scope::parse)
        .collect::<Result<Vec<_>, _>>()?;
    let named = |scope: &Scope| !scope.is_openid() && scope.name != ".default";
    if list.iter().any(|scope| scope.name == ".default") && list.iter().any(named) {
        return Err(Problem::new(
            "invalid_scope",
            70011,
            format!(
                "The provided value for the input parameter 'scope' is not valid. The scope {text} is not valid. .default scope can't be combined with resource-specific scopes."
            ),
        ));
    }
    Ok(list)
}

/// The resources in a list, in their order.
pub(super) fn resources(list: &[Scope]) -> Vec<&str> {
    let mut hosts: Vec<&str> = Vec::new();
    for scope in list.iter().filter(|scope| !scope.is_openid()) {
        if !hosts.contains(&scope.host.as_str()) {
            hosts.push(&scope.host);
        }
    }
    hosts
}

/// The permissions that a token for one resource gets out of a list; `.default` means all that the app has consent for.
pub(super) fn granted(app: &App, list: &[Scope], host: &str) -> BTreeSet<String> {
    let here = list.iter().filter(|scope| scope.host == host);
    if here.clone().any(|scope| scope.name == ".default") {
        let all = app
            .delegated
            .iter()
            .filter_map(|text| Scope::parse(text).ok());
        return all
            .filter(|scope| scope.host == host)
            .map(|scope| scope.name)
            .collect();
    }
    here.filter(|scope| scope.is_consented(app))
        .map(|scope| scope.name.clone())
        .collect()
}

/// The `scope` of an answer: what was granted, as it was written, and the OpenID scopes but for `offline_access`.
pub(super) fn answer(app: &App, list: &[Scope], host: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut add = |word: &str| {
        if !words.iter().any(|there| there == word) {
            words.push(word.to_owned());
        }
    };
    for scope in list {
        if scope.name == ".default" && scope.host == host {
            for name in &granted(app, list, host) {
                add(name);
            }
        } else if (scope.host == host && scope.is_consented(app))
            || (scope.is_openid() && scope.name != "offline_access")
        {
            add(&scope.written);
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_know_their_resource() {
        let list = parse_list(
            "openid offline_access Mail.Read https://outlook.office.com/IMAP.AccessAsUser.All",
        )
        .expect("known");
        assert_eq!(resources(&list), [GRAPH, "outlook.office.com"]);
        assert!(parse_list("Mail.Everything").is_err());
        assert!(parse_list("https://example.test/Mail.Read").is_err());
        assert!(parse_list("https://graph.microsoft.com/.default Mail.Read").is_err());
    }
}
