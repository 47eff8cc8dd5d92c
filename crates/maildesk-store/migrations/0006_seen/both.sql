-- What administrators see of a mailbox: what made the last sync run, and what happened several times in
-- a row as one line with its count.
ALTER TABLE mailbox ADD COLUMN last_sync_trigger {text};
ALTER TABLE push_event ADD COLUMN times BIGINT NOT NULL DEFAULT 1;
