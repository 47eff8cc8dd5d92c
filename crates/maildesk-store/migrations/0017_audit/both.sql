-- The audit log is also read mailbox by mailbox, in the order of time.
CREATE INDEX audit_by_mailbox ON audit (mailbox_id, at, id) WHERE mailbox_id IS NOT NULL;
