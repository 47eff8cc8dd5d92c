//! Reading an event stream as a client does.

use axum::body::{Body, BodyDataStream};
use futures::StreamExt;
use serde_json::Value;

use super::{Call, soon};

/// One event.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Event {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// An open stream.
pub(crate) struct Stream {
    body: BodyDataStream,
    text: String,
    /// The last id that was read, as a browser keeps it.
    pub(crate) last_id: i64,
}

impl Stream {
    /// Opens it; the head is there when this returns.
    pub(crate) async fn open(call: Call<'_>) -> Self {
        let response = call.start().await;
        assert_eq!(response.status(), 200);
        let headers = response.headers();
        assert_eq!(headers["content-type"], "text/event-stream");
        assert_eq!(headers["x-accel-buffering"], "no");
        Self::new(response.into_body())
    }

    fn new(body: Body) -> Self {
        Self {
            body: body.into_data_stream(),
            text: String::new(),
            last_id: -1,
        }
    }

    /// The next block of lines; `None` at the end of the stream.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block = self.text.drain(..end + 2).collect::<String>();
                return Some(block.trim_end().to_owned());
            }
            let bytes = soon("something on the stream", self.body.next()).await?;
            self.text
                .push_str(std::str::from_utf8(&bytes.unwrap()).unwrap());
        }
    }

    /// The next event; what carries no data raises none.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| {
                let lines = block.lines();
                let mut values =
                    lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                values.next().map(str::to_owned)
            };
            if let Some(id) = field("id") {
                self.last_id = id.parse().unwrap();
            }
            if let Some(data) = field("data") {
                return Some(Event {
                    id: self.last_id,
                    name: field("event").unwrap_or_else(|| "message".to_owned()),
                    data: serde_json::from_str(&data).unwrap(),
                });
            }
        }
    }

    /// The next event of a name; others are passed over.
    pub(crate) async fn next_of(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if event.name == name {
                return event;
            }
        }
    }

    /// The next block as it is written, comments too.
    pub(crate) async fn raw(&mut self) -> String {
        self.block().await.expect("the stream goes on")
    }
}
