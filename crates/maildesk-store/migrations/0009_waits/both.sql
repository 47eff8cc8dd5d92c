-- What Graph asked to wait before it is asked again whether it has a subscription. Kept in the row, so that
-- nothing that makes push look sooner undercuts it.
ALTER TABLE subscription ADD COLUMN look_not_before BIGINT;
