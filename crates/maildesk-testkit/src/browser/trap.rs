//! Where every request ends that leaves this machine's own servers: the browser is told that all
//! other hosts are here, so that whatever a mail makes it load is counted, TLS or not.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A small GIF, so that a picture that was asked for is one.
const PICTURE: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
/// More than any request head or TLS greeting that names its host.
const READ_MAX: usize = 16 * 1024;

/// A listening trap.
#[derive(Clone, Debug)]
pub struct Trap {
    /// Where it listens.
    pub address: SocketAddr,
    caught: Arc<Mutex<Vec<String>>>,
}

impl Trap {
    /// Listens on a free port.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let trap = Self {
            address: listener.local_addr().expect("it has an address"),
            caught: Arc::default(),
        };
        let caught = Arc::clone(&trap.caught);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&caught)));
            }
        });
        trap
    }

    /// What came for a host whose name holds `host`: the beginnings of requests and TLS greetings.
    pub fn caught(&self, host: &str) -> Vec<String> {
        let caught = self.caught.lock().unwrap_or_else(PoisonError::into_inner);
        caught
            .iter()
            .filter(|request| request.contains(host))
            .cloned()
            .collect()
    }
}

async fn answer(mut stream: TcpStream, caught: Arc<Mutex<Vec<String>>>) {
    let mut head = vec![0; READ_MAX];
    let read = stream.read(&mut head).await.unwrap_or(0);
    let request = String::from_utf8_lossy(&head[..read]).into_owned();
    caught
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(request);
    let headers = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        PICTURE.len()
    );
    // Whoever has gone needs no answer.
    let _ = stream.write_all(headers.as_bytes()).await;
    let _ = stream.write_all(PICTURE).await;
}
