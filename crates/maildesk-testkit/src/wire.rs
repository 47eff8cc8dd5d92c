//! A line between a browser and the desk that can be cut and mended, as a train's tunnel does it.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A TCP line to a server, on a port of its own.
#[derive(Debug)]
pub struct Wire {
    /// The server's base URL by way of this line.
    pub url: String,
    whole: watch::Sender<bool>,
}

impl Wire {
    /// A line to a server at a base URL like `http://127.0.0.1:8480`.
    ///
    /// # Panics
    /// When the URL names no address, or no port is free.
    pub async fn to(url: &str) -> Self {
        let server = url.split_once("://").map(|(_, address)| address.parse());
        let server: SocketAddr = server
            .expect("a base URL has a scheme")
            .expect("a base URL names an address and a port");
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let here = listener.local_addr().expect("it has an address");
        let (whole, state) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, server, state.clone()));
            }
        });
        Self {
            url: format!("http://{here}"),
            whole,
        }
    }

    /// Ends all connections and lets no new one through.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn carry(mut from: TcpStream, to: SocketAddr, mut whole: watch::Receiver<bool>) {
    if !*whole.borrow_and_update() {
        return;
    }
    let Ok(mut to) = TcpStream::connect(to).await else {
        return;
    };
    // Either side's end, or the cut, ends both.
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut from, &mut to) => {}
        _ = whole.wait_for(|whole| !whole) => {}
    }
}
