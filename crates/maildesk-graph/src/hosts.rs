//! Where Graph and the sign-in service are, and which links may be followed.

use maildesk_model::Cloud;
use url::{Host, Url};

/// The two hosts MailDesk talks to, and the resource its scopes are named after.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hosts {
    cloud: Cloud,
    login: Url,
    graph: Url,
    scope_base: String,
}

/// A host base that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadHost {
    /// It is no absolute `http://` or `https://` address.
    #[error("{0:?} is not an http:// or https:// address")]
    NotAnAddress(String),
    /// It has a path, a query or a user name; only the host base belongs there.
    #[error("{0:?} must be a host base such as https://graph.microsoft.com, without a path")]
    MoreThanAHost(String),
}

impl Hosts {
    /// The hosts of `cloud` (facts.md 8.1).
    pub fn of(cloud: Cloud) -> Self {
        let url = |text: &str| Url::parse(text).expect("the cloud table holds addresses");
        Self {
            cloud,
            login: url(cloud.login_url()),
            graph: url(cloud.graph_url()),
            scope_base: cloud.graph_url().to_owned(),
        }
    }

    /// The hosts of `cloud`, with either replaced by a host base to which `/v1.0` or `/{tenant}`
    /// is appended. Scope strings stay the cloud's. Plain `http` is allowed here, for simulators;
    /// [`Hosts::is_encrypted`] lets the program warn.
    pub fn with_overrides(
        cloud: Cloud,
        graph: Option<&str>,
        login: Option<&str>,
    ) -> Result<Self, BadHost> {
        let mut hosts = Self::of(cloud);
        if let Some(graph) = graph {
            hosts.graph = host_base(graph)?;
        }
        if let Some(login) = login {
            hosts.login = host_base(login)?;
        }
        Ok(hosts)
    }

    /// These hosts for another cloud: what was replaced stays replaced.
    #[must_use]
    pub fn in_cloud(&self, cloud: Cloud) -> Self {
        let (own, mut other) = (Self::of(self.cloud), Self::of(cloud));
        if self.graph != own.graph {
            other.graph = self.graph.clone();
        }
        if self.login != own.login {
            other.login = self.login.clone();
        }
        other
    }

    /// Graph's base, without a trailing slash and without `/v1.0`.
    pub fn graph_base(&self) -> &str {
        self.graph.as_str().trim_end_matches('/')
    }

    /// The sign-in service's base, without a trailing slash and without the tenant.
    pub fn login_base(&self) -> &str {
        self.login.as_str().trim_end_matches('/')
    }

    /// What scope names are prefixed with, without a trailing slash.
    pub fn scope_base(&self) -> &str {
        &self.scope_base
    }

    /// Whether both hosts are reached over TLS.
    pub fn is_encrypted(&self) -> bool {
        self.graph.scheme() == "https" && self.login.scheme() == "https"
    }

    /// Whether the parts of an upload may be sent to `link`, an address that an answer of Graph's held.
    /// It may lead to another host, so no token ever goes there; it must be encrypted, unless Graph
    /// itself is a simulator on this machine or at the same address.
    pub fn may_upload_to(&self, link: &str) -> bool {
        Url::parse(link).is_ok_and(|link| {
            let is_safe = link.scheme() == "https"
                || link.origin() == self.graph.origin()
                || (link.scheme() == "http" && is_local(&link) && is_local(&self.graph));
            is_safe
                && link.host().is_some()
                && link.username().is_empty()
                && link.password().is_none()
        })
    }

    /// Whether `link` points at the Graph host: same scheme, host and port. Links to anywhere
    /// else are never followed, because the token would go with them.
    pub fn is_graph(&self, link: &str) -> bool {
        Url::parse(link).is_ok_and(|link| {
            link.origin() == self.graph.origin()
                && link.username().is_empty()
                && link.password().is_none()
        })
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn host_base(text: &str) -> Result<Url, BadHost> {
    let url = Url::parse(text.trim()).map_err(|_| BadHost::NotAnAddress(text.to_owned()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(BadHost::NotAnAddress(text.to_owned()));
    }
    let more = url.path() != "/"
        || url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some();
    if more {
        return Err(BadHost::MoreThanAHost(text.to_owned()));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_the_same_scheme_host_and_port_are_graph() {
        let hosts = Hosts::of(Cloud::Global);
        assert!(hosts.is_graph("https://graph.microsoft.com/v1.0/me/messages?$skiptoken=a"));
        assert!(hosts.is_graph("https://GRAPH.microsoft.com:443/v1.0/me"));
        for foreign in [
            "http://graph.microsoft.com/v1.0/me",
            "https://graph.microsoft.com:8443/v1.0/me",
            "https://graph.microsoft.com.evil.test/v1.0/me",
            "https://graph.microsoft.com@evil.test/v1.0/me",
            "https://user@graph.microsoft.com/v1.0/me",
            "/v1.0/me",
            "",
        ] {
            assert!(!hosts.is_graph(foreign), "{foreign}");
        }
    }

    #[test]
    fn uploads_go_where_it_is_safe() {
        let hosts = Hosts::of(Cloud::Global);
        assert!(hosts.may_upload_to("https://outlook.office.com/api/v2.0/AttachmentSessions('x')"));
        let sim = |graph| Hosts::with_overrides(Cloud::Global, Some(graph), None).unwrap();
        let local = sim("http://127.0.0.1:8490");
        assert!(local.may_upload_to("http://localhost:8491/upload/x"));
        assert!(sim("http://graph-sim:8490").may_upload_to("http://graph-sim:8490/upload/x"));
        for (hosts, bad) in [
            (&hosts, "http://outlook.office.com/upload"),
            (&hosts, "http://127.0.0.1/upload"),
            (&hosts, "https://user@outlook.office.com/upload"),
            (&hosts, "ftp://outlook.office.com/upload"),
            (&hosts, ""),
            (&local, "http://10.0.0.1/upload"),
        ] {
            assert!(!hosts.may_upload_to(bad), "{bad}");
        }
    }

    #[test]
    fn an_override_moves_the_hosts_and_not_the_scopes() {
        let hosts = Hosts::with_overrides(
            Cloud::UsGov,
            Some("http://127.0.0.1:8490"),
            Some("http://127.0.0.1:8490/"),
        )
        .unwrap();
        assert_eq!(hosts.graph_base(), "http://127.0.0.1:8490");
        assert_eq!(hosts.login_base(), "http://127.0.0.1:8490");
        assert_eq!(hosts.scope_base(), "https://graph.microsoft.us");
        assert!(!hosts.is_encrypted());
        assert!(hosts.is_graph("http://127.0.0.1:8490/v1.0/me"));
        let moved = hosts.in_cloud(Cloud::Global);
        assert_eq!(moved.graph_base(), "http://127.0.0.1:8490");
        assert_eq!(moved.scope_base(), "https://graph.microsoft.com");
        assert_eq!(
            Hosts::of(Cloud::Global).in_cloud(Cloud::UsGov),
            Hosts::of(Cloud::UsGov)
        );
    }

    #[test]
    fn a_host_base_is_a_host_and_nothing_more() {
        for bad in [
            "graph.microsoft.com",
            "ftp://host",
            "https://host/v1.0",
            "https://a@host",
            "https://host?x",
            "data:x",
        ] {
            assert!(
                Hosts::with_overrides(Cloud::Global, Some(bad), None).is_err(),
                "{bad}"
            );
        }
    }
}
