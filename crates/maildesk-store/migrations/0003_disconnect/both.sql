-- A mailbox can be disconnected and keep its rows: since when an administrator wants nothing asked of
-- Microsoft for it. Its tokens go with the last row in subscription, which still has to be deleted there.
ALTER TABLE mailbox ADD COLUMN disconnected_at BIGINT;
