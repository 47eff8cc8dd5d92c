//! The client for addresses of anybody's choice: it follows no redirects, waits a bounded time, and
//! reaches no private address, whatever a name resolves to at the moment of the call. It tests the public
//! address, sends alerts, and looks for the pictures of mail.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use maildesk_alert::{Beyond, Unsent};
use maildesk_graph::login::certificate_ends_at;
use maildesk_model::Clock;
use maildesk_model::base_url::is_private;
use maildesk_push::{Outside, Seen, Unreached};
use maildesk_web::{Elsewhere, NoPicture, Sight};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION, USER_AGENT};
use reqwest::tls::TlsInfo;
use rustls::CertificateError;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a call may take in all: as long as Microsoft's second try waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// As much of a body as is looked at.
const BODY_MAX: usize = 4096;

/// The guarded client.
#[derive(Debug)]
pub(super) struct Guarded {
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    /// This machine itself may be reached: for the simulator and nothing else.
    allow_loopback: bool,
}

impl Guarded {
    /// Builds it. `allow_loopback` is `MAILDESK_ALLOW_LOOPBACK_BASE_URL`.
    #[expect(
        clippy::disallowed_methods,
        reason = "the program builds the clients that are handed in"
    )]
    pub(super) fn new(clock: Arc<dyn Clock>, allow_loopback: bool) -> anyhow::Result<Self> {
        // A second installation only says that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(Fence { allow_loopback }))
            // A proxy would resolve names beyond the fence.
            .no_proxy()
            // Each call tells of itself: a connection that is kept has been checked before.
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT)
            .timeout(PATIENCE)
            .tls_info(true)
            .build()
            .context("cannot build the guarded HTTP client")?;
        Ok(Self {
            client,
            clock,
            allow_loopback,
        })
    }

    /// Whether an address that is written as a number, and so never resolved, may be called.
    fn check(&self, url: &str) -> Result<(), Unreached> {
        let literal = url::Url::parse(url).ok().and_then(|url| match url.host() {
            Some(url::Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(url::Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            _ => None,
        });
        if literal.is_some_and(|ip| is_fenced(ip, self.allow_loopback)) {
            return Err(Unreached::Private);
        }
        Ok(())
    }

    async fn ask(&self, url: &str) -> Result<Seen, Unreached> {
        let began = self.clock.monotonic();
        let sent = self.client.post(url).body("").send().await;
        let mut answer = sent.map_err(|error| why(&error))?;
        let text = |name| {
            let value: Option<&reqwest::header::HeaderValue> = answer.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let (content_type, location) = (text(CONTENT_TYPE), text(LOCATION));
        let certificate = answer.extensions().get::<TlsInfo>();
        let certificate = certificate.and_then(TlsInfo::peer_certificate);
        let certificate_ends_at = certificate.and_then(certificate_ends_at);
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| why(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() >= BODY_MAX {
                body.truncate(BODY_MAX);
                break;
            }
        }
        Ok(Seen {
            status,
            content_type,
            location,
            body,
            took: self.clock.monotonic().saturating_sub(began),
            certificate_ends_at,
        })
    }
}

#[async_trait]
impl Outside for Guarded {
    async fn post(&self, url: &str) -> Result<Seen, Unreached> {
        self.check(url)?;
        self.ask(url).await
    }
}

#[async_trait]
impl Beyond for Guarded {
    async fn post_json(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<u16, Unsent> {
        self.check(url).map_err(unsent)?;
        let mut call = self.client.post(url).body(body);
        call = call.header(CONTENT_TYPE, "application/json");
        call = call.header(USER_AGENT, concat!("MailDesk/", env!("CARGO_PKG_VERSION")));
        for (name, value) in headers {
            call = call.header(*name, value);
        }
        let answer = call.send().await.map_err(|error| unsent(why(&error)))?;
        // What the answer says is of no interest, however long it is.
        Ok(answer.status().as_u16())
    }
}

const fn unsent(why: Unreached) -> Unsent {
    match why {
        Unreached::NoSuchName => Unsent::NoSuchName,
        Unreached::Private => Unsent::Private,
        Unreached::Refused => Unsent::Refused,
        Unreached::TimedOut => Unsent::TimedOut,
        Unreached::CertificateExpired
        | Unreached::CertificateName
        | Unreached::CertificateIssuer
        | Unreached::Tls => Unsent::Certificate,
        Unreached::Broken => Unsent::Broken,
    }
}

#[async_trait]
impl Elsewhere for Guarded {
    async fn look(&self, url: &str, most: usize) -> Result<Sight, NoPicture> {
        self.check(url).map_err(no_picture)?;
        let broken = |error: reqwest::Error| no_picture(why(&error));
        let call = self.client.get(url);
        let call = call.header(USER_AGENT, concat!("MailDesk/", env!("CARGO_PKG_VERSION")));
        let call = call.header(ACCEPT, "image/avif,image/webp,image/*;q=0.8");
        let mut answer = call.send().await.map_err(broken)?;
        let location = answer.headers().get(LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        let location = location.map(str::to_owned);
        let status = answer.status().as_u16();
        let mut bytes = Vec::new();
        // Only of what is there it is of interest what it is.
        if answer.status().is_success() {
            let said = answer.content_length().unwrap_or_default();
            if said > most as u64 {
                return Err(NoPicture::TooLarge);
            }
            while let Some(chunk) = answer.chunk().await.map_err(broken)? {
                if bytes.len() + chunk.len() > most {
                    return Err(NoPicture::TooLarge);
                }
                bytes.extend_from_slice(&chunk);
            }
        }
        Ok(Sight {
            status,
            location,
            bytes,
        })
    }
}

const fn no_picture(why: Unreached) -> NoPicture {
    match why {
        Unreached::Private => NoPicture::Private,
        Unreached::TimedOut => NoPicture::TimedOut,
        _ => NoPicture::Unreached,
    }
}

fn is_fenced(ip: IpAddr, allow_loopback: bool) -> bool {
    is_private(ip) && !(allow_loopback && ip.to_canonical().is_loopback())
}

/// Resolves names and keeps the public addresses.
#[derive(Debug)]
struct Fence {
    allow_loopback: bool,
}

/// Why a name leads nowhere; told apart again in [`why`].
#[derive(Clone, Copy, Debug, thiserror::Error)]
enum Unresolved {
    #[error("the name has no address")]
    Nothing,
    #[error("the name leads to private addresses only")]
    Private,
}

impl Resolve for Fence {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_loopback = self.allow_loopback;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found: Vec<SocketAddr> = found.map_err(|_| Unresolved::Nothing)?.collect();
            if found.is_empty() {
                return Err(Unresolved::Nothing.into());
            }
            let public = found
                .into_iter()
                .filter(|address| !is_fenced(address.ip(), allow_loopback));
            let public: Vec<SocketAddr> = public.collect();
            if public.is_empty() {
                return Err(Unresolved::Private.into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

/// The causes of an error, from the outside in; what an I/O error wraps is among them.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let this = next?;
        let wrapped = this.downcast_ref::<std::io::Error>();
        next = match wrapped.and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => this.source(),
        };
        Some(this)
    })
}

/// Why a call got no answer.
fn why(error: &reqwest::Error) -> Unreached {
    for cause in causes(error) {
        if let Some(unresolved) = cause.downcast_ref::<Unresolved>() {
            return match unresolved {
                Unresolved::Nothing => Unreached::NoSuchName,
                Unresolved::Private => Unreached::Private,
            };
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return why_no_tls(tls);
        }
    }
    if error.is_timeout() {
        Unreached::TimedOut
    } else if error.is_connect() {
        Unreached::Refused
    } else {
        Unreached::Broken
    }
}

fn why_no_tls(error: &rustls::Error) -> Unreached {
    match error {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Unreached::CertificateExpired,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Unreached::CertificateName
            }
            _ => Unreached::CertificateIssuer,
        },
        _ => Unreached::Tls,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::app::SystemClock;

    fn client(allow_loopback: bool) -> Guarded {
        Guarded::new(Arc::new(SystemClock::start()), allow_loopback).unwrap()
    }

    /// A server that says one thing to everybody; its port.
    async fn server(says: &'static [u8]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut heard = [0; 2048];
                let _ = stream.read(&mut heard).await;
                let _ = stream.write_all(says).await;
            }
        });
        port
    }

    #[tokio::test]
    async fn what_is_private_is_not_reached_by_number_or_by_name() {
        let port = server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let fenced = client(false);
        for host in ["127.0.0.1", "[::1]", "localhost", "10.0.0.1"] {
            let url = format!("http://{host}:{port}/");
            assert_eq!(fenced.post(&url).await, Err(Unreached::Private), "{host}");
            let told = fenced.post_json(&url, &[], Vec::new()).await;
            assert_eq!(told, Err(Unsent::Private), "{host}");
        }
        let open = client(true);
        let seen = open.post(&format!("http://localhost:{port}/")).await;
        assert_eq!(seen.unwrap().status, 200);
        for host in ["10.0.0.1", "169.254.169.254", "[fd00::1]"] {
            let url = format!("http://{host}:{port}/");
            assert_eq!(open.post(&url).await, Err(Unreached::Private), "{host}");
        }
    }

    #[tokio::test]
    async fn what_comes_back_is_told() {
        let redirect = b"HTTP/1.1 302 Found\r\nlocation: https://login.test/\r\ncontent-type: text/html\r\ncontent-length: 3\r\n\r\n<a>";
        let port = server(redirect).await;
        let open = client(true);
        let seen = open.post(&format!("http://127.0.0.1:{port}/")).await;
        let seen = seen.unwrap();
        assert_eq!((seen.status, seen.body.as_slice()), (302, &b"<a>"[..]));
        assert_eq!(seen.location.as_deref(), Some("https://login.test/"));
        assert_eq!(seen.content_type.as_deref(), Some("text/html"));
    }

    /// A server that keeps what it hears and answers as `says`; its port.
    async fn hearing(says: Vec<u8>) -> (u16, tokio::sync::mpsc::UnboundedReceiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, heard) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = [0; 2048];
                let n = stream.read(&mut bytes).await.unwrap_or(0);
                let _ = tell.send(String::from_utf8_lossy(&bytes[..n]).into_owned());
                let _ = stream.write_all(&says).await;
            }
        });
        (port, heard)
    }

    #[tokio::test]
    async fn a_picture_is_asked_for_as_nobody_and_held_up_to_its_limit() {
        let body = "x".repeat(1000);
        let long =
            format!("HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 1000\r\n\r\n{body}");
        let (port, mut heard) = hearing(long.into_bytes()).await;
        let open = client(true);
        let url = format!("http://localhost:{port}/p.png?for=ada");
        for _ in 0..2 {
            let seen = open.look(&url, 1000).await.unwrap();
            assert_eq!((seen.status, seen.bytes.len()), (200, 1000));
            let asked = heard.recv().await.unwrap().to_ascii_lowercase();
            assert!(
                asked.starts_with("get /p.png?for=ada http/1.1\r\n"),
                "{asked}"
            );
            for told in ["cookie", "referer", "authorization", "accept-language"] {
                assert!(!asked.contains(told), "{asked}");
            }
        }
        assert!(matches!(
            open.look(&url, 999).await,
            Err(NoPicture::TooLarge)
        ));
        // One that does not say beforehand how long it is.
        let endless = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}");
        let (port, _heard) = hearing(endless.into_bytes()).await;
        let url = format!("http://localhost:{port}/");
        assert!(matches!(
            open.look(&url, 999).await,
            Err(NoPicture::TooLarge)
        ));
    }

    #[tokio::test]
    async fn a_picture_is_looked_for_on_no_private_network_and_nothing_is_followed() {
        let on = "HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\ncontent-length: 3\r\n\r\n<a>";
        let (port, _heard) = hearing(on.into()).await;
        let fenced = client(false);
        for host in [
            "127.0.0.1",
            "[::1]",
            "localhost",
            "10.0.0.1",
            "169.254.169.254",
        ] {
            let seen = fenced.look(&format!("http://{host}:{port}/"), 1000).await;
            assert!(matches!(seen, Err(NoPicture::Private)), "{host}: {seen:?}");
        }
        let open = client(true);
        let seen = open.look(&format!("http://localhost:{port}/"), 1000).await;
        let seen = seen.unwrap();
        assert_eq!((seen.status, seen.bytes.len()), (302, 0));
        assert_eq!(seen.location.as_deref(), Some("http://10.0.0.1/"));
        let seen = open.look("http://10.0.0.1/", 1000).await;
        assert!(matches!(seen, Err(NoPicture::Private)), "{seen:?}");
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_told_apart() {
        for (wrong, said) in [
            (CertificateError::Expired, Unreached::CertificateExpired),
            (CertificateError::NotValidYet, Unreached::CertificateExpired),
            (
                CertificateError::NotValidForName,
                Unreached::CertificateName,
            ),
            (
                CertificateError::UnknownIssuer,
                Unreached::CertificateIssuer,
            ),
            (CertificateError::BadSignature, Unreached::CertificateIssuer),
        ] {
            let error = rustls::Error::InvalidCertificate(wrong);
            assert_eq!(why_no_tls(&error), said, "{error}");
        }
        let error = rustls::Error::HandshakeNotComplete;
        assert_eq!(why_no_tls(&error), Unreached::Tls);
    }

    #[tokio::test]
    async fn a_certificate_nobody_signed_is_seen_through_all_layers() {
        let open = client(true);
        let pem = include_bytes!("../../../maildesk-graph/tests/data/test-certificate.pem");
        let key = PrivateKeyDer::from_pem_slice(pem).unwrap();
        let chain = CertificateDer::pem_slice_iter(pem);
        let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
        let config = rustls::ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(chain, key).unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = acceptor.accept(stream).await;
        });
        let answer = open.post(&format!("https://localhost:{port}/")).await;
        assert_eq!(answer, Err(Unreached::CertificateIssuer));
    }

    #[tokio::test]
    async fn each_way_to_fail_is_told_apart() {
        let open = client(true);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let free = listener.local_addr().unwrap().port();
        drop(listener);
        let nobody = open.post(&format!("http://127.0.0.1:{free}/")).await;
        assert_eq!(nobody, Err(Unreached::Refused));
        let nameless = open.post("http://no-such-name.invalid/").await;
        assert_eq!(nameless, Err(Unreached::NoSuchName));
        let port = server(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n").await;
        let broken = open.post(&format!("http://127.0.0.1:{port}/")).await;
        assert_eq!(broken, Err(Unreached::Broken));
        // What speaks no TLS, called by https.
        let no_tls = open.post(&format!("https://127.0.0.1:{port}/")).await;
        assert_eq!(no_tls, Err(Unreached::Tls));
    }
}
