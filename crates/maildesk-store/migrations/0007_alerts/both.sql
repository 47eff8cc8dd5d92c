-- Alerts: what needs a person, where it is told, and how far the telling is. Everything is a row, so
-- that a crash forgets nothing; one node at a time works on them, under the lease in alert_setting.
CREATE TABLE alert_setting (
  id BIGINT PRIMARY KEY,
  mail BIGINT NOT NULL DEFAULT 0,
  sender_id BIGINT,                       -- the mailbox mails are sent from, while it can
  recipients {text} NOT NULL DEFAULT '[]',
  url {bytes},                            -- encrypted: many such addresses are secrets themselves
  secret {bytes},
  owner {text},
  epoch BIGINT NOT NULL DEFAULT 0,
  until_at BIGINT NOT NULL DEFAULT 0,
  next_at BIGINT NOT NULL DEFAULT 0       -- when to look again
);
INSERT INTO alert_setting (id) VALUES (1);

-- mailbox_id is 0 for the installation and refers to no row, because an alert outlives its mailbox.
CREATE TABLE alert (
  id {key},
  kind {text} NOT NULL,
  mailbox_id BIGINT NOT NULL,
  name {text} NOT NULL,
  level BIGINT NOT NULL,
  trouble {text} NOT NULL,
  since BIGINT NOT NULL,
  opened_at BIGINT,                       -- NULL while it has not stood long enough
  clear_since BIGINT,
  ended_at BIGINT,
  told_at BIGINT,
  told_level BIGINT NOT NULL DEFAULT 0,
  end_told BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX alert_standing ON alert (kind, mailbox_id) WHERE ended_at IS NULL;
CREATE INDEX alert_by_end ON alert (ended_at) WHERE ended_at IS NOT NULL;

-- One mail or one POST that is to go out, and the alerts it is about.
CREATE TABLE alert_notice (
  id {key},
  way {text} NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  tries BIGINT NOT NULL DEFAULT 0,
  trouble {text},                         -- why the last try failed
  settled_at BIGINT,                      -- taken, or given up
  taken BIGINT NOT NULL DEFAULT 0,
  sender_id BIGINT                        -- the mailbox it was sent from
);
CREATE INDEX alert_notice_waiting ON alert_notice (way, id) WHERE settled_at IS NULL;
CREATE INDEX alert_notice_by_time ON alert_notice (created_at);

CREATE TABLE alert_line (
  notice_id BIGINT NOT NULL REFERENCES alert_notice (id) ON DELETE CASCADE,
  alert_id BIGINT NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
  telling {text} NOT NULL,
  PRIMARY KEY (notice_id, alert_id)
);
CREATE INDEX alert_line_by_alert ON alert_line (alert_id);
