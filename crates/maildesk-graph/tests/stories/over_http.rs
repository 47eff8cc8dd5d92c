//! The real transport against a socket that misbehaves.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::Request;
use maildesk_graph::transport::{Patience, ReqwestTransport, Timeouts, Transport, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The transport as the program builds it, but for its limits.
#[expect(
    clippy::disallowed_methods,
    reason = "this test stands where the program does: it builds the client and hands it in"
)]
fn transport(timeouts: Timeouts) -> ReqwestTransport {
    // Another test may have been first; there is one provider either way.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    ReqwestTransport::new(client, timeouts)
}

/// Serves one connection: reads a request, writes `answer`, then holds the socket open.
async fn serve(answer: &'static str) -> (SocketAddr, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let length = socket.read(&mut request).await.unwrap();
        socket.write_all(answer.as_bytes()).await.unwrap();
        let read = String::from_utf8_lossy(&request[..length]).into_owned();
        // Until the other side has seen enough.
        let _ = socket.read(&mut request).await;
        read
    });
    (address, task)
}

fn get(address: SocketAddr) -> Request<Bytes> {
    Request::get(format!("http://{address}/v1.0/me?$skiptoken=s3cr3t"))
        .header("prefer", "x")
        .body(Bytes::new())
        .unwrap()
}

const QUICK: Timeouts = Timeouts {
    head: Duration::from_millis(50),
    idle: Duration::from_millis(50),
};

#[tokio::test]
async fn an_answer_comes_whole_and_a_redirect_is_an_answer() {
    let (address, served) =
        serve("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 2\r\n\r\nhi")
            .await;
    let answer = transport(Timeouts::default())
        .send(get(address))
        .await
        .unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.into_body().collect(10).await.unwrap(), "hi");
    assert!(
        served
            .await
            .unwrap()
            .starts_with("GET /v1.0/me?$skiptoken=s3cr3t HTTP/1.1\r\n")
    );
}

#[tokio::test]
async fn silence_before_or_within_an_answer_ends_in_time() {
    let (address, served) = serve("").await;
    let error = transport(QUICK).send(get(address)).await.unwrap_err();
    assert_eq!(error, TransportError::Timeout);
    served.abort();

    let (address, served) = serve("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    let mut request = get(address);
    request
        .extensions_mut()
        .insert(Patience(Duration::from_mins(1)));
    let mut body = transport(QUICK).send(request).await.unwrap().into_body();
    assert_eq!(body.next().await.unwrap().unwrap(), "half");
    assert_eq!(
        body.next().await.unwrap().unwrap_err(),
        TransportError::Timeout
    );
    assert!(body.next().await.is_none());
    served.abort();
}

#[tokio::test]
async fn a_closed_port_was_certainly_not_reached_and_no_text_holds_the_address() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let error = transport(Timeouts::default())
        .send(get(address))
        .await
        .unwrap_err();
    assert!(matches!(error, TransportError::Connect(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("s3cr3t"));

    let (address, served) = serve("not http at all\r\n\r\n").await;
    let error = transport(Timeouts::default())
        .send(get(address))
        .await
        .unwrap_err();
    assert!(matches!(error, TransportError::Broken(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("s3cr3t"));
    served.abort();
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_not_collected() {
    let (address, served) = serve("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfour").await;
    let answer = transport(Timeouts::default())
        .send(get(address))
        .await
        .unwrap();
    assert_eq!(
        answer.into_body().collect(3).await.unwrap_err(),
        TransportError::TooLarge { max: 3 }
    );
    served.abort();
}
