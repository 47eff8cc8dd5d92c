-- The beginning: everything one mail needs on its way, and the people who read it.
--
-- Instants are microseconds since 1970 in UTC, truth values are 0 and 1, lists are JSON text that only
-- the program reads. {key}, {bytes} and {text} stand for what the two engines call differently.

CREATE TABLE mailbox (
  id {key},
  name {text} NOT NULL,
  address {text} NOT NULL,
  address_key {text} NOT NULL,            -- the address in lower case: one address, one mailbox
  connection {text} NOT NULL,
  state {text} NOT NULL,
  trouble {text},
  created_at BIGINT NOT NULL,
  connected_at BIGINT,
  removed_at BIGINT,                      -- the tombstone: gone for everybody, rows follow in batches
  reachable BIGINT NOT NULL,              -- 0 while somebody has to sign in: nothing is due then
  last_sync_at BIGINT,
  next_sweep_at BIGINT,
  not_before BIGINT NOT NULL DEFAULT 0,   -- Microsoft asked us to wait until then
  failures BIGINT NOT NULL DEFAULT 0,
  folders_link {text},
  select_version BIGINT NOT NULL DEFAULT 0,
  sync_owner {text},
  sync_epoch BIGINT NOT NULL DEFAULT 0,
  sync_until BIGINT NOT NULL DEFAULT 0,
  sweep_due_at BIGINT NOT NULL DEFAULT 0, -- these three are what claiming looks at: the time something
  intent_due_at BIGINT,                   -- of that kind is due, never before not_before
  backlog_due_at BIGINT,
  expected BIGINT NOT NULL DEFAULT 0,     -- messages by Graph's count
  listed BIGINT NOT NULL DEFAULT 0,       -- message rows
  bodies BIGINT NOT NULL DEFAULT 0        -- body rows
);
CREATE UNIQUE INDEX mailbox_by_address ON mailbox (address_key) WHERE removed_at IS NULL;
CREATE INDEX mailbox_by_name ON mailbox (name, id) WHERE removed_at IS NULL;
CREATE INDEX mailbox_by_sweep ON mailbox (sweep_due_at) WHERE removed_at IS NULL AND reachable = 1;
CREATE INDEX mailbox_by_intent ON mailbox (intent_due_at)
  WHERE removed_at IS NULL AND reachable = 1 AND intent_due_at IS NOT NULL;
CREATE INDEX mailbox_by_backlog ON mailbox (backlog_due_at)
  WHERE removed_at IS NULL AND reachable = 1 AND backlog_due_at IS NOT NULL;
CREATE INDEX mailbox_removed ON mailbox (removed_at) WHERE removed_at IS NOT NULL;

-- The newest tokens of a mailbox, encrypted, and the right to refresh them.
CREATE TABLE connection (
  mailbox_id BIGINT PRIMARY KEY REFERENCES mailbox (id) ON DELETE CASCADE,
  graph_user {text},
  refresh_token {bytes},
  access_token {bytes},
  access_until BIGINT,
  scope {text},
  version BIGINT NOT NULL DEFAULT 0,
  refresh_owner {text},
  refresh_until BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE sign_in (
  state_hash {bytes} PRIMARY KEY,
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
  user_id BIGINT NOT NULL,
  verifier {bytes} NOT NULL,
  cookie_hash {bytes} NOT NULL,
  redirect_uri {text} NOT NULL,
  until_at BIGINT NOT NULL
);
CREATE INDEX sign_in_by_mailbox ON sign_in (mailbox_id);
CREATE INDEX sign_in_by_until ON sign_in (until_at);

CREATE TABLE folder (
  id {key},
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
  remote_id {text} NOT NULL,
  parent_remote_id {text},                -- Graph's id: a child may be told before its parent
  name {text} NOT NULL,
  well_known {text},
  rank BIGINT NOT NULL,                   -- the order folders are imported in: inbox first
  g_unread BIGINT NOT NULL,               -- Graph's counts
  g_total BIGINT NOT NULL,
  counts_at BIGINT NOT NULL,              -- when Graph's counts last changed here
  unread BIGINT NOT NULL DEFAULT 0,       -- our counts of what is shown, kept up with every write
  total BIGINT NOT NULL DEFAULT 0,
  cursor_state {text} NOT NULL DEFAULT 'start',
  cursor_link {text},
  generation BIGINT NOT NULL DEFAULT 0,   -- grows when the listing begins anew
  reconciling BIGINT NOT NULL DEFAULT 0,  -- 1 while messages of older generations are still to be marked
  visited_at BIGINT,
  gone_at BIGINT,                         -- Graph does not have it any more; kept until its messages are found
  UNIQUE (mailbox_id, remote_id)
);
CREATE INDEX folder_unfinished ON folder (mailbox_id, rank, g_total)
  WHERE gone_at IS NULL AND cursor_state <> 'done';
CREATE INDEX folder_reconciling ON folder (mailbox_id) WHERE reconciling = 1;
CREATE INDEX folder_gone ON folder (mailbox_id) WHERE gone_at IS NOT NULL;

CREATE TABLE conversation (
  id {key},
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
  remote_id {text} NOT NULL,
  total BIGINT NOT NULL,
  unread BIGINT NOT NULL,
  newest_at BIGINT NOT NULL,
  UNIQUE (mailbox_id, remote_id)
);

-- Columns named g_ are Graph's word; is_read, flag, categories and folder_id are what people see:
-- the same with waiting intents laid over it, written in the same transaction.
CREATE TABLE message (
  id {key},
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
  remote_id {text} NOT NULL,
  conversation_id BIGINT NOT NULL REFERENCES conversation (id),
  g_folder_id BIGINT NOT NULL,
  g_is_read BIGINT NOT NULL,
  g_flag {text} NOT NULL,
  g_categories {text} NOT NULL,
  folder_id BIGINT REFERENCES folder (id), -- NULL: hidden, a waiting intent deletes it
  is_read BIGINT NOT NULL,
  flag {text} NOT NULL,
  categories {text} NOT NULL,
  overlaid BIGINT NOT NULL DEFAULT 0,     -- 1 while intents wait that change what is shown
  subject {text} NOT NULL,
  author {text},
  sender {text},
  recipients {text} NOT NULL,
  cc {text} NOT NULL,
  bcc {text} NOT NULL,
  reply_to {text} NOT NULL,
  received_at BIGINT NOT NULL,
  sent_at BIGINT,
  modified_at BIGINT,
  preview {text} NOT NULL,
  is_draft BIGINT NOT NULL,
  flag_start_at BIGINT,
  flag_due_at BIGINT,
  flag_done_at BIGINT,
  importance {text} NOT NULL,
  is_other BIGINT NOT NULL,
  has_attachments BIGINT NOT NULL,
  internet_message_id {text} NOT NULL,
  web_link {text} NOT NULL,
  body_state BIGINT NOT NULL DEFAULT 0,   -- 0 not here yet, 1 here, 2 cannot be had
  attachments_known BIGINT NOT NULL DEFAULT 0,
  missing_since BIGINT,                   -- its folder said it was removed; it is being looked for
  seen_generation BIGINT NOT NULL,        -- the generation of its folder's listing that last had it
  UNIQUE (mailbox_id, remote_id)
);
-- Every list is read backwards along one of these; is_read and flag stand in them so that a filter
-- need not touch the rows it skips.
CREATE INDEX message_by_mailbox ON message (mailbox_id, received_at, id, is_read, flag);
CREATE INDEX message_by_folder ON message (folder_id, received_at, id, is_read, flag);
CREATE INDEX message_unread_by_mailbox ON message (mailbox_id, received_at, id) WHERE is_read = 0;
CREATE INDEX message_unread_by_folder ON message (folder_id, received_at, id) WHERE is_read = 0;
CREATE INDEX message_flagged_by_mailbox ON message (mailbox_id, received_at, id) WHERE flag = 'flagged';
CREATE INDEX message_flagged_by_folder ON message (folder_id, received_at, id) WHERE flag = 'flagged';
CREATE INDEX message_by_conversation ON message (conversation_id, received_at, id);
CREATE INDEX message_bodyless ON message (mailbox_id, received_at) WHERE body_state = 0;
CREATE INDEX message_missing ON message (mailbox_id, missing_since) WHERE missing_since IS NOT NULL;
CREATE INDEX message_overlaid ON message (mailbox_id, g_folder_id) WHERE overlaid = 1;

-- Compressed; the digest tells an unchanged body from a new one without unpacking it.
CREATE TABLE body (
  message_id BIGINT PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
  is_html BIGINT NOT NULL,
  digest {bytes} NOT NULL,
  content {bytes} NOT NULL,
  plain {bytes}                           -- the text of it; NULL where the content is the text
);

CREATE TABLE attachment (
  id {key},
  message_id BIGINT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
  remote_id {text} NOT NULL,
  name {text} NOT NULL,
  content_type {text} NOT NULL,
  size BIGINT NOT NULL,
  is_inline BIGINT NOT NULL,
  content_id {text},
  kind {text} NOT NULL,
  UNIQUE (message_id, remote_id)
);

CREATE TABLE blob (
  attachment_id BIGINT PRIMARY KEY REFERENCES attachment (id) ON DELETE CASCADE,
  size BIGINT NOT NULL,
  chunks BIGINT NOT NULL,
  complete BIGINT NOT NULL,
  used_at BIGINT NOT NULL
);
CREATE INDEX blob_by_use ON blob (used_at, attachment_id) WHERE complete = 1;

CREATE TABLE blob_chunk (
  attachment_id BIGINT NOT NULL REFERENCES blob (attachment_id) ON DELETE CASCADE,
  n BIGINT NOT NULL,
  bytes {bytes} NOT NULL,
  PRIMARY KEY (attachment_id, n)
);

-- One stamp for each mailbox, and the message ids that were hinted.
CREATE TABLE stamp (
  mailbox_id BIGINT PRIMARY KEY REFERENCES mailbox (id) ON DELETE CASCADE,
  version BIGINT NOT NULL DEFAULT 0,
  all_version BIGINT,                     -- the version "everything is due" was last said at
  cause {text} NOT NULL,
  due_at BIGINT,
  overflow_at BIGINT                      -- when more ids were announced than are kept
);
CREATE INDEX stamp_by_due ON stamp (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE hint (
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
  remote_id {text} NOT NULL,
  version BIGINT NOT NULL,
  hinted_at BIGINT NOT NULL,
  notified_at BIGINT,                     -- when a notification first named it
  attempts BIGINT NOT NULL DEFAULT 0,
  due_at BIGINT NOT NULL,
  wants_folder {text},                    -- Graph's id of a folder we did not know when it was read
  PRIMARY KEY (mailbox_id, remote_id)
);
CREATE INDEX hint_by_due ON hint (mailbox_id, due_at);

CREATE TABLE intent (
  id {key},
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
  lane {text} NOT NULL,
  user_id BIGINT,
  kind {text} NOT NULL,
  message_id BIGINT,
  attachment_id BIGINT,
  is_read BIGINT,
  flag {text},
  categories {text},
  folder_id BIGINT,
  state {text} NOT NULL,
  trouble {text},
  attempts BIGINT NOT NULL DEFAULT 0,
  not_before BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  settled_at BIGINT
);
CREATE INDEX intent_waiting ON intent (mailbox_id, lane, not_before) WHERE state = 'waiting';
CREATE INDEX intent_by_message ON intent (message_id, id) WHERE state = 'waiting';
CREATE INDEX intent_by_attachment ON intent (attachment_id) WHERE state = 'waiting';
CREATE INDEX intent_settled ON intent (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX intent_by_mailbox ON intent (mailbox_id, id);

-- The one row whose lock gives out positions, as the last act of a transaction.
CREATE TABLE journal_head (
  id BIGINT PRIMARY KEY,
  position BIGINT NOT NULL,
  forgotten BIGINT NOT NULL               -- entries up to this position are no longer kept
);
INSERT INTO journal_head (id, position, forgotten) VALUES (1, 0, 0);

CREATE TABLE journal (
  position BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  kind {text} NOT NULL,
  mailbox_id BIGINT NOT NULL,
  message_id BIGINT,
  folder_id BIGINT
);

-- The way of each message that arrived.
CREATE TABLE arrival (
  message_id BIGINT PRIMARY KEY,
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
  remote_id {text} NOT NULL,
  received_at BIGINT NOT NULL,
  announced_at BIGINT,
  stored_at BIGINT NOT NULL,
  shown_at BIGINT
);
CREATE INDEX arrival_by_mailbox ON arrival (mailbox_id, stored_at);
CREATE INDEX arrival_unannounced ON arrival (mailbox_id, remote_id) WHERE announced_at IS NULL;
CREATE INDEX arrival_by_time ON arrival (stored_at);

CREATE TABLE push (
  mailbox_id BIGINT PRIMARY KEY REFERENCES mailbox (id) ON DELETE CASCADE,
  wanted BIGINT NOT NULL DEFAULT 0,
  state {text} NOT NULL DEFAULT 'off',
  checked_at BIGINT,
  reasons {text} NOT NULL DEFAULT '[]',
  trouble {text},
  failures BIGINT NOT NULL DEFAULT 0,
  next_at BIGINT,
  intent_due_at BIGINT,
  owner {text},
  epoch BIGINT NOT NULL DEFAULT 0,
  until_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX push_by_time ON push (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX push_by_intent ON push (intent_due_at) WHERE intent_due_at IS NOT NULL;

-- Apart from push, so that the webhook never waits for whoever works on a subscription.
CREATE TABLE push_tally (
  mailbox_id BIGINT PRIMARY KEY REFERENCES mailbox (id) ON DELETE CASCADE,
  accepted BIGINT NOT NULL DEFAULT 0,
  silent BIGINT NOT NULL DEFAULT 0,
  forged BIGINT NOT NULL DEFAULT 0,
  lifecycle BIGINT NOT NULL DEFAULT 0,
  last_notification_at BIGINT
);

CREATE TABLE push_event (
  id {key},
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
  at BIGINT NOT NULL,
  kind {text} NOT NULL,
  detail {text} NOT NULL
);
CREATE INDEX push_event_by_mailbox ON push_event (mailbox_id, id);

CREATE TABLE subscription (
  id {key},
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
  remote_id {text} UNIQUE,
  state {text} NOT NULL,
  client_state {bytes},
  base_url {text} NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  granted_minutes BIGINT NOT NULL DEFAULT 0,
  patched_at BIGINT,
  failures BIGINT NOT NULL DEFAULT 0,
  last_notification_at BIGINT
);
CREATE INDEX subscription_by_mailbox ON subscription (mailbox_id, id);

CREATE TABLE "user" (
  id {key},
  email {text} NOT NULL UNIQUE,
  name {text} NOT NULL,
  role {text} NOT NULL,
  password_hash {text},
  disabled_at BIGINT,
  created_at BIGINT NOT NULL
);

CREATE TABLE session (
  hash {bytes} PRIMARY KEY,
  user_id BIGINT NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
  csrf {text} NOT NULL,
  created_at BIGINT NOT NULL,
  until_at BIGINT NOT NULL
);
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_until ON session (until_at);

CREATE TABLE api_token (
  hash {bytes} PRIMARY KEY,
  user_id BIGINT NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
  label {text} NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX api_token_by_user ON api_token (user_id);

CREATE TABLE mailbox_access (
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
  user_id BIGINT NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
  PRIMARY KEY (mailbox_id, user_id)
);
CREATE INDEX mailbox_access_by_user ON mailbox_access (user_id, mailbox_id);

CREATE TABLE parameter (
  key {text} PRIMARY KEY,
  value {text} NOT NULL,
  changed_at BIGINT NOT NULL
);

CREATE TABLE audit (
  id {key},
  at BIGINT NOT NULL,
  user_id BIGINT,
  action {text} NOT NULL,
  mailbox_id BIGINT,
  detail {text} NOT NULL
);
CREATE INDEX audit_by_time ON audit (at, id);

-- Small things about Microsoft's side: the longest life a cloud grants, an alarm of the installation.
CREATE TABLE memo (
  key {text} PRIMARY KEY,
  value {text} NOT NULL
);
