-- What people choose for themselves at the desk (keys of one letter, when opening a mail counts as reading it),
-- due dates as they are shown, and the categories of a mailbox. Microsoft tells its own list of categories and
-- their colours only to who may read mailbox settings, which MailDesk does not ask for: so names are learned from
-- mail, and colours are chosen here.
ALTER TABLE "user" ADD COLUMN shortcuts BIGINT NOT NULL DEFAULT 1;
ALTER TABLE "user" ADD COLUMN mark_read {text} NOT NULL DEFAULT 'opened';

ALTER TABLE intent ADD COLUMN due_at BIGINT;
-- Graph's word is flag_due_at; this is it with waiting intents laid over it.
ALTER TABLE message ADD COLUMN due_at BIGINT;
UPDATE message SET due_at = flag_due_at WHERE flag_due_at IS NOT NULL;

CREATE TABLE category (
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
  name {text} NOT NULL,
  colour BIGINT,                          -- one of Outlook's 25; without one it follows from the name
  PRIMARY KEY (mailbox_id, name)
);

-- Shown messages by category: kept up with each write, so that a list of one is a walk along an index.
CREATE TABLE labelled (
  message_id BIGINT NOT NULL,
  name {text} NOT NULL,
  mailbox_id BIGINT NOT NULL,
  folder_id BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (message_id, name)
);
CREATE INDEX labelled_by_folder ON labelled (folder_id, name, received_at, message_id);
CREATE INDEX labelled_by_mailbox ON labelled (mailbox_id, name, received_at, message_id);
