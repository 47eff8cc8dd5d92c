//! Over a real connection: what only sockets can show.

use maildesk_model::Role;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::support::{Desk, Engine, Person, mail, soon};

/// Serves the desk until its stop signal.
async fn serve(desk: &Desk) -> (TcpStream, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (web, stop) = (desk.web.clone(), desk.shutdown.clone());
    let server = tokio::spawn(async move {
        let serve = axum::serve(listener, web);
        let serve = serve.with_graceful_shutdown(stop.cancelled_owned());
        serve.await.unwrap();
    });
    (TcpStream::connect(address).await.unwrap(), server)
}

fn head(method: &str, path: &str, person: &Person, more: &str) -> String {
    let token = &person.token;
    format!(
        "{method} /api/v1{path} HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {token}\r\n{more}\r\n"
    )
}

async fn read_until(connection: &mut TcpStream, wanted: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    soon("more from the connection", async {
        while !text.contains(wanted) {
            let n = connection.read(&mut buffer).await.unwrap();
            assert!(n > 0, "the connection ended after {text}");
            text.push_str(std::str::from_utf8(&buffer[..n]).unwrap());
        }
    })
    .await;
    text
}

#[tokio::test]
async fn a_server_stops_with_streams_open() {
    let desk = Desk::open(Engine::Sqlite).await;
    let user = desk.person("user", Role::User).await;
    let id = desk.mailbox("Support", &[&user]).await;
    let (mut connection, server) = serve(&desk).await;
    let request = head("GET", "/events", &user, "");
    connection.write_all(request.as_bytes()).await.unwrap();
    read_until(&mut connection, "retry: 2000").await;
    desk.deliver(id, vec![mail(1)]).await;
    read_until(&mut connection, "event: message.created").await;
    desk.shutdown.cancel();
    soon("the server to stop", server).await.unwrap();
    let mut rest = Vec::new();
    soon("the connection to end", connection.read_to_end(&mut rest))
        .await
        .unwrap();
}

#[tokio::test]
async fn the_sender_of_five_megabytes_sees_why_they_are_refused() {
    let desk = Desk::open(Engine::Sqlite).await;
    let admin = desk.person("admin", Role::Administrator).await;
    let (mut connection, _server) = serve(&desk).await;
    let body = "x".repeat(5 * 1024 * 1024);
    let length = body.len();
    let more = format!("content-type: application/json\r\ncontent-length: {length}\r\n");
    let request = head("POST", "/mailboxes", &admin, &more) + &body;
    connection.write_all(request.as_bytes()).await.unwrap();
    let answer = read_until(&mut connection, "body_too_large").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_head_request_has_no_body_and_leaves_no_stream_behind() {
    let desk = Desk::with(Engine::Sqlite, |settings| settings.streams_max = 1).await;
    let user = desk.person("user", Role::User).await;
    let (mut connection, _server) = serve(&desk).await;
    let request = head("HEAD", "/events", &user, "");
    connection.write_all(request.as_bytes()).await.unwrap();
    let answer = read_until(&mut connection, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    soon("the place of the stream", async {
        while desk.get("/events").by(&user).start().await.status() != 200 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
