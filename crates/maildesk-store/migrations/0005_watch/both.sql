-- Watching over subscriptions: what Microsoft told of them beside changes, and what was done about
-- silence.
ALTER TABLE subscription ADD COLUMN looked_at BIGINT;    -- when Graph was last asked whether it has it
ALTER TABLE push ADD COLUMN replaced_at BIGINT;          -- when a silent one was last replaced
ALTER TABLE push ADD COLUMN caught_up_at BIGINT;         -- when everything was last fetched because some was missed

-- Lifecycle notifications that are still to be answered, the last of each kind. They hang on no row
-- of another table, so that the webhook never waits for whoever works on a subscription.
CREATE TABLE lifecycle_notice (
  subscription_id BIGINT NOT NULL,
  kind {text} NOT NULL,
  mailbox_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  seen BIGINT NOT NULL DEFAULT 0,        -- 1 once the mailbox's push was made due because of it
  PRIMARY KEY (subscription_id, kind)
);
CREATE INDEX lifecycle_notice_unseen ON lifecycle_notice (at) WHERE seen = 0;
CREATE INDEX lifecycle_notice_by_mailbox ON lifecycle_notice (mailbox_id);
