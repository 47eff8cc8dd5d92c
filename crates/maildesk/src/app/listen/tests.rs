//! What comes over a socket and takes its time.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::*;
use crate::app::SystemClock;

/// Nothing here takes as long, unless it hangs.
const AT_MOST: Duration = Duration::from_secs(30);
const PATIENT: Limits = Limits {
    all_max: 100,
    each_max: 100,
    first_within: AT_MOST,
    idle_max: AT_MOST,
};
const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: desk\r\n\r\n";

/// A server on a port of its own that answers "here", and at `/later` when it is told to.
struct Scene {
    address: SocketAddr,
    later: Arc<Semaphore>,
    asked_later: Arc<AtomicUsize>,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

async fn scene(limits: Limits) -> Scene {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (later, asked_later) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (told, asked) = (later.clone(), asked_later.clone());
    let router = Router::new().route("/", get(async || "here")).route(
        "/later",
        get(async move || {
            asked.fetch_add(1, Ordering::SeqCst);
            let _told = told.acquire().await;
            "there"
        }),
    );
    let stop = CancellationToken::new();
    let server = Server::new(limits, Trusted::default(), Arc::new(SystemClock::start()));
    let running = tokio::spawn(server.run(listener, router, stop.clone()));
    Scene {
        address,
        later,
        asked_later,
        stop,
        running,
    }
}

impl Scene {
    async fn connect(&self, sent: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        stream
    }
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(AT_MOST / 2, future).await;
    done.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// What comes until the connection ends; a connection that is cut off ends too.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = soon("the end of a connection", stream.read_to_end(&mut bytes)).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn answered(stream: &mut TcpStream, body: &str) {
    let mut text = String::new();
    let mut buffer = [0; 1024];
    while !text.ends_with(body) {
        let n = soon("an answer", stream.read(&mut buffer)).await.unwrap();
        assert!(n > 0, "the connection ended after {text}");
        text.push_str(std::str::from_utf8(&buffer[..n]).unwrap());
    }
}

#[tokio::test]
async fn who_does_not_ask_is_hung_up_on() {
    let scene = scene(Limits {
        first_within: Duration::from_millis(20),
        ..PATIENT
    })
    .await;
    let beginnings: [&[u8]; 4] = [
        b"",
        b"POST /maildesk/push/outlook HTTP/1.1\r\nhost: x\r\nx-a: ",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        b"PRI",
    ];
    for beginning in beginnings {
        let mut stream = scene.connect(beginning).await;
        assert!(!rest(&mut stream).await.contains("here"));
    }
    let mut stream = scene.connect(ASK).await;
    answered(&mut stream, "here").await;
}

#[tokio::test]
async fn a_connection_that_nothing_more_is_asked_through_ends() {
    let scene = scene(Limits {
        idle_max: Duration::from_millis(20),
        ..PATIENT
    })
    .await;
    let mut stream = scene.connect(ASK).await;
    assert!(rest(&mut stream).await.ends_with("here"));
}

#[tokio::test]
async fn the_silent_make_room_for_who_asks() {
    let scene = scene(Limits {
        all_max: 3,
        ..PATIENT
    })
    .await;
    let mut at_work = scene
        .connect(b"GET /later HTTP/1.1\r\nhost: desk\r\n\r\n")
        .await;
    while scene.asked_later.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(scene.connect(b"GET / HTTP/1.1\r\nx: ").await);
    }
    let mut asks = scene.connect(ASK).await;
    answered(&mut asks, "here").await;
    for stream in &mut silent[..4] {
        assert_eq!(rest(stream).await, "", "it made room");
    }
    scene.later.add_permits(1);
    answered(&mut at_work, "there").await;
}

#[tokio::test]
async fn a_server_that_stops_answers_what_was_asked_and_nothing_else() {
    let scene = scene(PATIENT).await;
    let mut at_work = scene
        .connect(b"GET /later HTTP/1.1\r\nhost: desk\r\n\r\n")
        .await;
    let mut idle = scene.connect(ASK).await;
    answered(&mut idle, "here").await;
    let mut silent = scene.connect(b"").await;
    while scene.asked_later.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    scene.stop.cancel();
    assert_eq!(rest(&mut idle).await, "");
    assert_eq!(rest(&mut silent).await, "");
    scene.later.add_permits(1);
    assert!(rest(&mut at_work).await.ends_with("there"));
    soon("the server to end", scene.running).await.unwrap();
}
