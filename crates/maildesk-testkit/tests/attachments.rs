//! What comes beside the text of a mail. A large attachment on its way here holds nothing up: mail goes
//! on arriving, clicks go on taking effect, and the download ends well. The original is Microsoft's own,
//! and pictures that lie elsewhere are brought by the desk where it is told to.

use std::time::Duration;

use maildesk_testkit::engine::Engine;
use maildesk_testkit::stack::client;
use maildesk_testkit::valve::Valve;
use maildesk_testkit::world::{ADMINISTRATOR, PASSWORD, World};
use maildesk_testkit::{equal, story, wait};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const ADDRESS: &str = "team@contoso.test";

/// Asks for the attachment's bytes until they are here; 503 while they are on their way.
async fn download(url: &str, token: &str) -> Vec<u8> {
    let http = maildesk_testkit::stack::client();
    wait::within(Duration::from_mins(2), "the attachment is here", || async {
        let answer = http.get(url).bearer_auth(token).send().await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        Some(answer.bytes().await.ok()?.to_vec())
    })
    .await
}

async fn a_download_holds_nothing_up(engine: Engine) {
    let valve = Valve::holding("/$value");
    let more = [("MAILDESK_SYNC_INTERVAL_S", "1")];
    let world = World::behind(&valve, engine, &more).await;
    let mailbox = world.mailbox(ADDRESS).await;
    let mut events = world.desk.events(None).await;
    let bytes = vec![0_u8; 600_000];
    let mail = json!({
        "from": {"name": "Bo", "address": "bo@example.org"},
        "subject": "Plans",
        "text": "see the file",
        "attachments": [{"name": "plans.bin", "contentType": "application/octet-stream", "contentBase64": "AAAA".repeat(bytes.len() / 3)}],
    });
    world.sim.deliver_mail(ADDRESS, mail).await;
    let id = events.next_named("message.created").await.data["id"].clone();
    let path = format!("/messages/{}", id.as_str().expect("an id"));
    let detail = wait::until("the attachment is listed", || async {
        let detail = world.desk.call(Method::GET, &path, None).await;
        detail["attachments"][0]["id"].is_string().then_some(detail)
    })
    .await;
    let file = detail["attachments"][0]["id"].as_str().expect("an id");
    let url = format!("{}/api/v1{path}/attachments/{file}", world.desk.url);
    let token = world.desk.token().to_owned();
    let download = tokio::spawn(async move { download(&url, &token).await });
    valve.holds(1).await;

    world.sim.deliver(ADDRESS, "Meanwhile").await;
    let next = events.next_named("message.created").await;
    let shown = world
        .desk
        .call(
            Method::GET,
            &format!("/messages/{}", next.data["id"].as_str().expect("an id")),
            None,
        )
        .await;
    assert_eq!(shown["subject"], "Meanwhile");
    let read = Some(json!({"isRead": true}));
    let answer: Value = world.desk.call(Method::PATCH, &path, read).await;
    assert_eq!(answer["isRead"], true);
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &mailbox).await;
    assert!(!download.is_finished(), "it is held still");
    assert_eq!(valve.given_up(), 0, "nothing waited for the download's end");

    valve.open();
    assert_eq!(download.await.expect("it ends"), bytes);
    world.stop().await;
}

story!(
    an_attachment_comes_in_beside_everything_else,
    a_download_holds_nothing_up
);

/// A browser of the administrator's, as far as these pages need one.
struct Page {
    http: reqwest::Client,
    desk: String,
    cookie: String,
}

impl Page {
    async fn sign_in(world: &World) -> Self {
        world.give_password(ADMINISTRATOR).await;
        let (http, desk) = (client(), world.desk.url.clone());
        let fields = [("email", ADMINISTRATOR), ("password", PASSWORD)];
        let answer = http.post(format!("{desk}/login")).form(&fields);
        let answer = answer.send().await.expect("the desk answers");
        let cookie = answer.headers().get("set-cookie").expect("signed in");
        let cookie = cookie.to_str().expect("a cookie is text");
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Self { http, desk, cookie }
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        let call = self.http.get(format!("{}{path}", self.desk));
        let answer = call.header("cookie", &self.cookie).send().await;
        answer.expect("the desk answers")
    }
}

/// Delivers a mail; the id of its message at the desk.
async fn arrives(world: &World, mail: Value) -> String {
    let mut events = world.desk.events(None).await;
    world.sim.deliver_mail(ADDRESS, mail).await;
    let event = events.next_named("message.created").await;
    event.data["id"].as_str().expect("an id").to_owned()
}

async fn an_original_is_handed_out(engine: Engine) {
    let world = World::start(engine, &[("MAILDESK_SYNC_INTERVAL_S", "1")]).await;
    world.mailbox(ADDRESS).await;
    let mail = json!({
        "from": {"name": "Bo", "address": "bo@example.org"},
        "subject": "Plans: the new year",
        "text": "As we said.",
        "internetMessageId": "<plans-1@example.org>",
        "attachments": [{"name": "plans.txt", "contentType": "text/plain", "contentBase64": "cGxhbnM="}],
    });
    let id = arrives(&world, mail).await;
    let page = Page::sign_in(&world).await;
    let saved = page.get(&format!("/messages/{id}/original")).await;
    assert_eq!(saved.status(), StatusCode::OK);
    let header = |name: &str| saved.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(header("content-type"), "message/rfc822");
    let disposition = header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"Plans- the new year.eml\""),
        "{disposition}"
    );
    let mime = saved.text().await.expect("it can be read");
    for part in [
        "Message-ID: <plans-1@example.org>",
        "Subject: Plans: the new year",
        // The text, as it went over the wire.
        "QXMgd2Ugc2FpZC4=",
        "plans.txt",
        "cGxhbnM=",
    ] {
        assert!(mime.contains(part), "{part}: {mime}");
    }
    world.stop().await;
}

/// A server of pictures that keeps what it hears: `/p.png` is one, `/inside` sends on to a private
/// network, everything else is a page. Its port.
async fn gallery() -> (u16, tokio::sync::mpsc::UnboundedReceiver<String>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0");
    let listener = listener.await.expect("a port is free");
    let port = listener.local_addr().expect("it has an address").port();
    let (tell, heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = [0; 4096];
            let n = stream.read(&mut bytes).await.unwrap_or(0);
            let asked = String::from_utf8_lossy(&bytes[..n]).into_owned();
            let answer: &[u8] = match asked.split(' ').nth(1) {
                Some("/p.png") => b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nset-cookie: seen=1\r\ncontent-length: 12\r\n\r\n\x89PNG\r\n\x1a\n....",
                Some("/inside") => b"HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/p.png\r\ncontent-length: 0\r\n\r\n",
                _ => b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 6\r\n\r\n<html>",
            };
            let _ = tell.send(asked);
            let _ = stream.write_all(answer).await;
        }
    });
    (port, heard)
}

async fn pictures_are_brought(engine: Engine) {
    let world = World::start(engine, &[("MAILDESK_SYNC_INTERVAL_S", "1")]).await;
    world.mailbox(ADDRESS).await;
    world.set_parameter("images.proxy", "true").await;
    let (port, mut heard) = gallery().await;
    let pictures = ["p.png", "inside", "page"]
        .map(|name| format!("<img src=\"http://localhost:{port}/{name}\">"));
    // Numbers are refused as names that lead there are.
    let html = pictures.concat() + "<img src=\"http://192.168.0.1/p.png\">";
    let mail = json!({
        "from": {"name": "Bo", "address": "bo@example.org"}, "subject": "News", "html": html,
    });
    let id = arrives(&world, mail).await;
    let page = Page::sign_in(&world).await;
    let body = page.get(&format!("/messages/{id}/body?images=yes")).await;
    let body = body.text().await.expect("it can be read");
    let paths: Vec<String> = body
        .split("src=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|path| path.replace("&amp;", "&"))
        .collect();
    assert_eq!(paths.len(), 4, "{body}");
    let picture = page.get(&paths[0]).await;
    assert_eq!(picture.status(), StatusCode::OK);
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert!(!picture.headers().contains_key("set-cookie"));
    let asked = heard.recv().await.expect("it was asked");
    let asked = asked.to_ascii_lowercase();
    assert!(asked.starts_with("get /p.png http/1.1"), "{asked}");
    assert!(
        !asked.contains("cookie") && !asked.contains("referer"),
        "{asked}"
    );
    for path in &paths[1..] {
        let refused = page.get(path).await;
        assert_eq!(refused.status(), StatusCode::BAD_GATEWAY, "{path}");
    }
    let forged = paths[0].replace("p.png", "q.png");
    assert_eq!(page.get(&forged).await.status(), StatusCode::NOT_FOUND);
    world.stop().await;
}

story!(an_original_is_microsofts_own, an_original_is_handed_out);
story!(
    pictures_are_brought_from_the_web_and_nowhere_else,
    pictures_are_brought
);
