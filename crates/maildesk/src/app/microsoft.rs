//! The way to Microsoft: hosts, transport, and what is fixed of the app registration.

use std::sync::Arc;

use anyhow::Context;
use maildesk_connect::{AllowList, Connect, Way, certificate_end};
use maildesk_graph::Hosts;
use maildesk_model::microsoft::{CredentialKind, FixedApp};
use maildesk_model::{Cloud, NodeId};
use maildesk_store::Store;

use super::Parts;
use crate::config::Settings;

/// Builds what keeps the tokens and hands out sessions.
pub(super) fn connect<S: Store>(
    settings: &Settings,
    parts: &Parts,
    store: Arc<S>,
    fixed: FixedApp,
    node: NodeId,
) -> anyhow::Result<Connect> {
    let hosts = Hosts::with_overrides(
        Cloud::Global,
        settings.graph_url.as_ref().map(url::Url::as_str),
        settings.login_url.as_ref().map(url::Url::as_str),
    )?;
    if !hosts.is_encrypted() {
        tracing::warn!(
            "Microsoft is reached without encryption: this is for the simulator and nothing else"
        );
    }
    let way = Way {
        transport: parts.transport.clone(),
        hosts,
        limits: maildesk_graph::Settings::default(),
    };
    let allowed_addresses = match &settings.allowed_addresses {
        Some(addresses) => AllowList::only(addresses.iter().cloned()),
        None => AllowList::default(),
    };
    let known = maildesk_connect::Settings {
        node,
        allowed_addresses,
    };
    Ok(Connect::new(
        store,
        way,
        fixed,
        known,
        parts.clock.clone(),
        parts.entropy.clone(),
    ))
}

/// What is fixed, with the end of a certificate read from it; one that cannot be used is said before
/// anything starts.
pub(super) fn fixed_app(settings: &Settings) -> anyhow::Result<FixedApp> {
    let mut fixed = settings.fixed_app.clone();
    let credentials = fixed.registration.iter_mut();
    for credential in credentials.flat_map(|app| &mut app.credentials) {
        if credential.kind == CredentialKind::Certificate {
            let ends = certificate_end(&credential.value)
                .map_err(|trouble| anyhow::anyhow!(trouble.message))
                .context("setting microsoft_certificate")?;
            credential.expires_at = Some(ends);
        }
    }
    Ok(fixed)
}
