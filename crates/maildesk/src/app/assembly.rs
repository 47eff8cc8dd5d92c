//! What a running MailDesk is put together from: workers and routers around one store. The program
//! serves it on its listeners; the simulation drives it without any.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::Next;
use maildesk_alert::Alerts;
use maildesk_model::base_url::BaseUrlRules;
use maildesk_model::microsoft::FixedApp;
use maildesk_model::{Entropy, NodeId};
use maildesk_push::{Push, hook};
use maildesk_store::Store;
use maildesk_sync::Sync;
use maildesk_web::{Web, WebParts, WebSettings};
use tokio_util::sync::CancellationToken;

use super::{Parts, door, guarded, metrics, microsoft, proxy};
use crate::config::Settings;

/// Workers and routers of one node. Nothing runs until [`Sync::run`], [`Push::run`] and the routers
/// are given something to do.
#[derive(Debug)]
pub struct Assembly {
    /// Makes the store equal to the mailboxes.
    pub sync: Sync,
    /// Keeps subscriptions healthy.
    pub push: Push,
    /// Tells people what needs them.
    pub alerts: Alerts,
    /// What people and programs ask.
    pub public: Router,
    /// What Microsoft alone asks: the webhook, where this server has push.
    pub provider: Router,
    /// Whose word counts on where a request comes from.
    pub(super) trusted: proxy::Trusted,
}

impl Assembly {
    /// Puts a node together, under a name that no other start of the program has. Event streams end
    /// with `stop`.
    pub fn of<S: Store>(
        settings: &Settings,
        parts: &Parts,
        store: Arc<S>,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let node = node(&*parts.entropy);
        let fixed = microsoft::fixed_app(settings)?;
        let connect =
            microsoft::connect(settings, parts, store.clone(), fixed.clone(), node.clone())?;
        let shared: Arc<dyn Store> = store;
        let push = Push::new(
            shared.clone(),
            connect.clone(),
            parts.clock.clone(),
            parts.entropy.clone(),
            push_settings(settings, node.clone()),
        );
        let sync = Sync::new(
            shared.clone(),
            connect.clone(),
            parts.clock.clone(),
            parts.entropy.clone(),
            node.clone(),
            maildesk_sync::Settings {
                interval: settings.sync_interval,
                workers: settings.sync_workers,
                ..maildesk_sync::Settings::default()
            },
        );
        let alerts = Alerts::new(
            shared.clone(),
            connect.clone(),
            Arc::new(guarded(settings, parts)?),
            parts.clock.clone(),
            maildesk_alert::Settings {
                node,
                fixed_app: fixed.clone(),
            },
        );
        let doors = Doors {
            connect,
            fixed_app: fixed,
            alerts: alerts.clone(),
        };
        let (public, provider) = routers(settings, parts, &shared, doors, stop)?;
        let trusted = proxy::Trusted::parse(&settings.trusted_proxies)?;
        let mark = |router: Router| {
            let trusted = trusted.clone();
            router.layer(axum::middleware::from_fn(
                move |request: Request, next: Next| next.run(trusted.mark(request)),
            ))
        };
        Ok(Self {
            sync,
            push,
            alerts,
            public: mark(public),
            provider: mark(provider),
            trusted,
        })
    }
}

/// A name that no other start of the program has.
fn node(entropy: &dyn Entropy) -> NodeId {
    let mut bytes = [0_u8; 8];
    entropy.fill(&mut bytes);
    NodeId(format!("{:016x}", u64::from_le_bytes(bytes)))
}

fn push_settings(settings: &Settings, node: NodeId) -> maildesk_push::Settings {
    maildesk_push::Settings {
        node,
        enabled: settings.push_enabled,
        rules: base_url_rules(settings),
    }
}

fn base_url_rules(settings: &Settings) -> BaseUrlRules {
    BaseUrlRules {
        allow_loopback: settings.allow_loopback_base_url,
    }
}

fn guarded(settings: &Settings, parts: &Parts) -> anyhow::Result<guarded::Guarded> {
    guarded::Guarded::new(parts.clock.clone(), settings.allow_loopback_base_url)
}

/// What the web reaches the outside by.
struct Doors {
    connect: maildesk_connect::Connect,
    fixed_app: FixedApp,
    alerts: Alerts,
}

/// The routers for people and programs, and for Microsoft alone.
fn routers(
    settings: &Settings,
    parts: &Parts,
    store: &Arc<dyn Store>,
    doors: Doors,
    stop: &CancellationToken,
) -> anyhow::Result<(Router, Router)> {
    let Doors {
        connect,
        fixed_app,
        alerts,
    } = doors;
    let web = Web::new(WebParts {
        store: store.clone(),
        clock: parts.clock.clone(),
        entropy: parts.entropy.clone(),
        settings: WebSettings {
            push_enabled: settings.push_enabled,
            sync_interval: settings.sync_interval,
            allow_loopback: settings.allow_loopback_base_url,
            fixed_app,
            ..WebSettings::default()
        },
        microsoft: Arc::new(door::Door::new(connect.clone(), store.clone())),
        address: Arc::new(door::Address {
            store: store.clone(),
            outside: guarded(settings, parts)?,
            rules: base_url_rules(settings),
            parts: parts.clone(),
        }),
        alerts: Arc::new(door::Told(alerts)),
        elsewhere: Arc::new(guarded(settings, parts)?),
        metrics_render: metrics::render(),
        metrics_token: settings.metrics_token.clone(),
        shutdown: stop.clone(),
    });
    let public = web
        .router()
        .merge(web.beside(maildesk_connect::callback::router(connect)));
    let provider = if settings.push_enabled {
        web.beside(hook::router(hook::HookParts {
            store: store.clone(),
            clock: parts.clock.clone(),
        }))
    } else {
        Router::new()
    };
    Ok((public, provider))
}
