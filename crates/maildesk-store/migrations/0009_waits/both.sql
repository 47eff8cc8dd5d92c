-- What Graph asked to wait before it is asked again whether it has a subscription. Kept in the row, so that
-- nothing that makes push look sooner undercuts it.
ALTER TABLE subscription ADD COLUMN look_not_before BIGINT;

-- How often a notice may have gone out although nobody knows: a mail whose answer was lost twice counts as sent.
ALTER TABLE alert_notice ADD COLUMN doubts BIGINT NOT NULL DEFAULT 0;
