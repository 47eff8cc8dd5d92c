//! The way to Microsoft: hosts, transport, app registration.

use std::sync::Arc;

use anyhow::Context;
use maildesk_connect::{AllowList, Connect};
use maildesk_graph::login::{App, Certificate, Credential};
use maildesk_graph::transport::{ReqwestTransport, Timeouts, Transport};
use maildesk_graph::{Graph, Hosts, Login};
use maildesk_model::NodeId;
use maildesk_store::Store;
use maildesk_web::MicrosoftApp;

use super::Parts;
use crate::config::Settings;

/// Builds the clients for Graph and sign-in, and what keeps the tokens.
pub(super) fn connect(
    settings: &Settings,
    parts: &Parts,
    store: Arc<dyn Store>,
    node: NodeId,
) -> anyhow::Result<Connect> {
    let transport: Arc<dyn Transport> = Arc::new(ReqwestTransport::new(
        parts.http.clone(),
        Timeouts::default(),
    ));
    let hosts = Hosts::with_overrides(
        settings.cloud,
        settings.graph_url.as_ref().map(url::Url::as_str),
        settings.login_url.as_ref().map(url::Url::as_str),
    )?;
    if !hosts.is_encrypted() {
        tracing::warn!(
            "Microsoft is reached without encryption: this is for the simulator and nothing else"
        );
    }
    let limits = maildesk_graph::Settings::default();
    let login = match app(settings)? {
        Some(app) => Some(Login::new(
            transport.clone(),
            hosts.clone(),
            app,
            limits.user_agent.clone(),
            parts.clock.clone(),
            parts.entropy.clone(),
        )),
        None => None,
    };
    let graph = Graph::new(
        transport,
        hosts,
        limits,
        parts.clock.clone(),
        parts.entropy.clone(),
    );
    let allowed_addresses = match &settings.allowed_addresses {
        Some(addresses) => AllowList::only(addresses.iter().cloned()),
        None => AllowList::default(),
    };
    let known = maildesk_connect::Settings {
        node,
        cloud: settings.cloud,
        allowed_addresses,
    };
    Ok(Connect::new(
        store,
        graph,
        login,
        known,
        parts.clock.clone(),
        parts.entropy.clone(),
    ))
}

/// The app registration, if one is set.
fn app(settings: &Settings) -> anyhow::Result<Option<App>> {
    let Some(microsoft) = &settings.microsoft else {
        return Ok(None);
    };
    let mut credentials = Vec::new();
    if let Some(pem) = &microsoft.certificate {
        let certificate =
            Certificate::from_pem(pem.expose()).context("setting microsoft_certificate")?;
        credentials.push(Credential::Certificate(Arc::new(certificate)));
    }
    credentials.extend(
        microsoft
            .client_secrets
            .iter()
            .cloned()
            .map(Credential::Secret),
    );
    Ok(Some(App {
        client_id: microsoft.client_id.clone(),
        tenant: settings.tenant.clone(),
        credentials,
    }))
}

/// What administrators see of it on a page.
pub(super) fn shown(settings: &Settings) -> Option<MicrosoftApp> {
    let microsoft = settings.microsoft.as_ref()?;
    Some(MicrosoftApp {
        client_id: microsoft.client_id.clone(),
        tenant: settings.tenant.clone(),
        cloud: settings.cloud.name().to_owned(),
        secrets: microsoft.client_secrets.len(),
        has_certificate: microsoft.certificate.is_some(),
    })
}
