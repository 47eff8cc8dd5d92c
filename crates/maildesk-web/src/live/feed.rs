//! One stream's task: reads the journal after its position and hands it on, frame by frame.

use std::time::Duration;

use bytes::Bytes;
use maildesk_model::access::Viewer;
use maildesk_model::client::Place;
use maildesk_model::journal::{JournalEntry, JournalKind};
use maildesk_model::{MessageId, Timestamp, UserId};
use maildesk_store::StoreError;
use maildesk_store::contract::Bell;
use tokio::sync::{mpsc, watch};

use super::position::Start;
use super::{shown, wire};
use crate::app::App;
use crate::auth::credential::Credential;
use crate::error::Chain;

/// Entries read at a time: a frame of some 30 KB at most.
const PAGE: i64 = 200;
/// A comment that often (interfaces.md, "Event stream").
const COMMENT_EVERY: Duration = Duration::from_secs(15);
/// Look that often although no bell rang: notices a revoked token, and a ring that got lost.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// A connection that takes nothing for so long is given up; its reader comes back with its
/// `Last-Event-ID` and misses nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a stream ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// The reader went away.
    Left,
    /// The reader takes nothing any more.
    Stuck,
    /// The credential is not valid any more.
    Revoked,
    /// The server stops.
    Stopped,
}

/// One stream.
pub(super) struct Feed {
    app: App,
    credential: Credential,
    position: i64,
    frames: mpsc::Sender<Bytes>,
    comment_at: Timestamp,
    /// Held as long as the task lives.
    _seat: Place<UserId>,
}

impl Feed {
    /// Starts the task. The receiver gets the frames; one at most waits in it.
    pub(super) fn start(
        app: App,
        credential: Credential,
        start: Start,
        seat: Place<UserId>,
    ) -> mpsc::Receiver<Bytes> {
        let (frames, receiver) = mpsc::channel(1);
        let comment_at = app.clock.now().plus(COMMENT_EVERY);
        let feed = Self {
            app,
            credential,
            position: start.position,
            frames,
            comment_at,
            _seat: seat,
        };
        tokio::spawn(feed.run(start.reset));
        receiver
    }

    async fn run(mut self, reset: bool) {
        let opening = if reset {
            wire::reset(self.position)
        } else {
            wire::opening(self.position)
        };
        let stop = self.app.shutdown.clone();
        let left = self.frames.clone();
        let end = tokio::select! {
            biased;
            () = stop.cancelled() => End::Stopped,
            () = left.closed() => End::Left,
            end = self.go_on(opening) => end,
        };
        tracing::debug!(?end, "event stream ended");
    }

    async fn go_on(&mut self, opening: String) -> End {
        // The bell is taken before the first reading, so that no ring falls in between.
        let mut bell = self.app.store.bell(Bell::Journal);
        if let Err(end) = self.send(opening).await {
            return end;
        }
        loop {
            bell.borrow_and_update();
            match self.catch_up().await {
                Ok(()) => {}
                Err(Trouble::End(end)) => return end,
                // The stream stays open and silent until the database is back.
                Err(Trouble::Store(error)) => {
                    tracing::warn!(error = %Chain(&error), "event stream cannot read the journal");
                }
            }
            if let Err(end) = self.pause(&mut bell).await {
                return end;
            }
        }
    }

    /// Who reads, and with which role, at this moment.
    async fn viewer(&self) -> Result<Viewer, Trouble> {
        let known = self.credential.resolve(&self.app).await?;
        Ok(known.ok_or(Trouble::End(End::Revoked))?.viewer)
    }

    /// Hands on everything there is. Who the viewer is and what they may see is asked again for
    /// every page, so nothing is written on the strength of rights that have been taken away.
    async fn catch_up(&mut self) -> Result<(), Trouble> {
        loop {
            let viewer = self.viewer().await?;
            let page = self
                .app
                .store
                .journal_after(viewer, self.position, PAGE)
                .await?;
            // Once more after reading: rights may have gone, and a message come, in between.
            if !page.entries.is_empty() && self.viewer().await? != viewer {
                continue;
            }
            if page.forgotten {
                self.position = self.app.store.journal_head().await?;
                self.send(wire::reset(self.position)).await?;
                continue;
            }
            let before = std::mem::replace(&mut self.position, page.read_to);
            if !page.entries.is_empty() {
                self.write(&page.entries).await?;
            }
            if page.read_to <= before {
                return Ok(());
            }
        }
    }

    async fn write(&mut self, entries: &[JournalEntry]) -> Result<(), End> {
        let mut text = String::new();
        for entry in entries {
            wire::event(&mut text, entry);
        }
        self.send(text).await?;
        let arrived: Vec<MessageId> = entries
            .iter()
            .filter(|entry| entry.kind == JournalKind::MessageCreated)
            .filter_map(|entry| entry.message)
            .collect();
        shown::note(&self.app, &arrived, self.app.clock.now()).await;
        Ok(())
    }

    /// Waits for the bell, or until it is time to look or to comment.
    async fn pause(&mut self, bell: &mut watch::Receiver<u64>) -> Result<(), End> {
        let clock = &self.app.clock;
        let look_at = clock.now().plus(LOOK_EVERY).min(self.comment_at);
        tokio::select! {
            biased;
            rung = bell.changed() => rung.map_err(|_| End::Stopped)?,
            () = clock.sleep_until(look_at) => {}
        }
        if clock.now() >= self.comment_at {
            self.send(wire::COMMENT.to_owned()).await?;
        }
        Ok(())
    }

    async fn send(&mut self, text: String) -> Result<(), End> {
        let clock = &self.app.clock;
        self.comment_at = clock.now().plus(COMMENT_EVERY);
        tokio::select! {
            biased;
            sent = self.frames.send(text.into()) => sent.map_err(|_| End::Left),
            () = clock.sleep(PATIENCE) => Err(End::Stuck),
        }
    }
}

/// Why a page could not be handed on.
#[derive(Debug)]
enum Trouble {
    End(End),
    Store(StoreError),
}

impl From<End> for Trouble {
    fn from(end: End) -> Self {
        Self::End(end)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
