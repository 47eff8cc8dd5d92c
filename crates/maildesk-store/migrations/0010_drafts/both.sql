-- Drafts: what people write here, and how far each is on its way to Graph. A person's words are the row;
-- Graph's draft message is a copy of it, and the columns below the line say how far the copying and the
-- sending are, so that a crash between any two calls leaves a row that says what was asked.
CREATE TABLE draft (
  id {key},
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
  user_id BIGINT NOT NULL,
  kind {text} NOT NULL,
  origin_id BIGINT,                       -- the message it answers or hands on, and Graph's id of it,
  origin_remote_id {text},                -- which outlives its row
  recipients {text} NOT NULL,
  cc {text} NOT NULL,
  bcc {text} NOT NULL,
  subject {text} NOT NULL,
  body {text} NOT NULL,
  quotes BIGINT NOT NULL,
  quoted {bytes},                         -- the original as it goes along, compressed; kept from the beginning on
  importance {text} NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,      -- grows with the text
  edits BIGINT NOT NULL DEFAULT 1,        -- grows with the text and with the files
  state {text} NOT NULL,
  send_at BIGINT,
  trouble {text},
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  settled_at BIGINT,                      -- sent, or gone at Graph too
  -- -------------------------------------------------------------------------------------------------
  marker {text} NOT NULL,                 -- stands in a draft that was just created, to find it by
  creating_at BIGINT,                     -- Graph was asked to create it, and the answer is not known
  remote_id {text},
  saved_edits BIGINT NOT NULL DEFAULT 0,  -- the edits that Graph's copy has
  saved_at BIGINT,                        -- Graph's lastModifiedDateTime of our last change; unknown in between
  files_listed BIGINT NOT NULL DEFAULT 1, -- 0: Graph's list of its files has to be read
  asked_at BIGINT,                        -- Graph was asked to send it
  accepted_at BIGINT,                     -- and said that it would
  looks BIGINT NOT NULL DEFAULT 0,        -- how often we have looked since
  lost_at BIGINT                          -- Graph did not know it any more for the first time
);
CREATE INDEX draft_by_user ON draft (user_id, updated_at, id) WHERE state IN ('writing', 'sending');
CREATE INDEX draft_by_mailbox ON draft (mailbox_id, id);
CREATE UNIQUE INDEX draft_by_remote ON draft (mailbox_id, remote_id)
  WHERE remote_id IS NOT NULL AND settled_at IS NULL;
CREATE INDEX draft_settled ON draft (settled_at) WHERE settled_at IS NOT NULL;

CREATE TABLE draft_file (
  id {key},
  draft_id BIGINT NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
  name {text} NOT NULL,
  content_type {text} NOT NULL,
  size BIGINT NOT NULL,
  received BIGINT NOT NULL DEFAULT 0,
  is_here BIGINT NOT NULL,                -- 0: it lies at Microsoft and goes along from there
  removed BIGINT NOT NULL DEFAULT 0,      -- 1: gone for its author, and to be taken away at Graph
  remote_id {text},
  asked BIGINT NOT NULL DEFAULT 0,        -- 1: Graph may have it although its id is not known
  session {bytes},                        -- the upload's address, which is its own pass: encrypted
  sent BIGINT NOT NULL DEFAULT 0          -- so many bytes have gone into that upload
);
CREATE INDEX draft_file_by_draft ON draft_file (draft_id, id);

-- A piece begins at a byte of its file and has at most 256 KiB.
CREATE TABLE draft_chunk (
  file_id BIGINT NOT NULL REFERENCES draft_file (id) ON DELETE CASCADE,
  at BIGINT NOT NULL,
  bytes {bytes} NOT NULL,
  PRIMARY KEY (file_id, at)
);

-- The keys by which a program that sends twice is found out.
CREATE TABLE submission (
  user_id BIGINT NOT NULL,
  key_hash {bytes} NOT NULL,
  body_hash {bytes} NOT NULL,
  intent_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, key_hash)
);
CREATE INDEX submission_by_time ON submission (created_at);

ALTER TABLE intent ADD COLUMN draft_id BIGINT;
CREATE INDEX intent_by_draft ON intent (draft_id, id) WHERE state = 'waiting';
-- A draft's entries are told to its author alone.
ALTER TABLE journal ADD COLUMN draft_id BIGINT;
ALTER TABLE journal ADD COLUMN user_id BIGINT;

-- Whom a mailbox has written with, for completing addresses: kept up as mail is taken in.
CREATE TABLE correspondent (
  id {key},
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
  address_key {text} NOT NULL,            -- the address in lower case
  name {text} NOT NULL,
  address {text} NOT NULL,
  uses BIGINT NOT NULL,                   -- mails with them; one that was sent to them counts more
  last_at BIGINT NOT NULL,
  UNIQUE (mailbox_id, address_key)
);
-- What they are found by: the address, and each word of the name.
CREATE TABLE correspondent_word (
  mailbox_id BIGINT NOT NULL,
  word {text} NOT NULL,
  correspondent_id BIGINT NOT NULL REFERENCES correspondent (id) ON DELETE CASCADE,
  PRIMARY KEY (mailbox_id, word, correspondent_id)
);
CREATE INDEX correspondent_word_by_correspondent ON correspondent_word (correspondent_id);
