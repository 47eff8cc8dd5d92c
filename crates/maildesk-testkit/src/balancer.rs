//! One address in front of several nodes, as a load balancer gives it: a connection goes to the next
//! node that is healthy, and ends when that node is not healthy any more.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::program::loopback;
use crate::wait;

/// How often a node is asked whether it is well, and how long it may take to say so.
const ASK_EVERY: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(1);

/// The address, for as long as the story runs.
#[derive(Debug)]
pub struct Balancer {
    /// Its base URL.
    pub url: String,
}

#[derive(Debug)]
struct Place {
    address: SocketAddr,
    is_well: watch::Sender<bool>,
}

impl Balancer {
    /// Stands in front of nodes that listen, or will listen, at these ports.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn before(ports: &[u16]) -> Self {
        let listener = TcpListener::bind(loopback(0))
            .await
            .expect("a port is free");
        let here = listener.local_addr().expect("it has an address");
        let place = |port: &u16| {
            Arc::new(Place {
                address: loopback(*port),
                is_well: watch::Sender::new(false),
            })
        };
        let places: Vec<Arc<Place>> = ports.iter().map(place).collect();
        for place in &places {
            tokio::spawn(watch_over(Arc::clone(place)));
        }
        tokio::spawn(accept(listener, places));
        Self {
            url: format!("http://{here}"),
        }
    }
}

async fn watch_over(place: Arc<Place>) {
    let http = crate::stack::client();
    let url = format!("http://{}/healthz", place.address);
    loop {
        let answer = http.get(&url).timeout(PATIENCE).send().await;
        let is_well = answer.is_ok_and(|answer| answer.status().is_success());
        place.is_well.send_if_modified(|was| {
            let changed = *was != is_well;
            *was = is_well;
            changed
        });
        wait::moment(ASK_EVERY).await;
    }
}

async fn accept(listener: TcpListener, places: Vec<Arc<Place>>) {
    let next = AtomicUsize::new(0);
    while let Ok((stream, _)) = listener.accept().await {
        let first = next.fetch_add(1, Ordering::Relaxed);
        let well = (first..first + places.len())
            .map(|n| &places[n % places.len()])
            .find(|place| *place.is_well.borrow());
        // Where nobody is well the connection ends at once.
        if let Some(place) = well {
            tokio::spawn(carry(stream, place.address, place.is_well.subscribe()));
        }
    }
}

async fn carry(mut from: TcpStream, to: SocketAddr, mut is_well: watch::Receiver<bool>) {
    let Ok(mut to) = TcpStream::connect(to).await else {
        return;
    };
    tokio::select! {
        biased;
        _ = is_well.wait_for(|is_well| !is_well) => {}
        _ = tokio::io::copy_bidirectional(&mut from, &mut to) => {}
    }
}
