-- Bodies that are left at Microsoft because their mail is older than a setting says: state 3 of a message's body. In
-- order, so that a longer setting finds them again.
CREATE INDEX message_left ON message (mailbox_id, received_at) WHERE body_state = 3;
-- Bodies of mail received before this are left there; none are where it is null.
ALTER TABLE mailbox ADD COLUMN bodies_from BIGINT;
-- Counted is every message that is not waited for any more, those whose body cannot be had among them.
UPDATE mailbox SET bodies = bodies + (SELECT COUNT(*) FROM message m
  WHERE m.mailbox_id = mailbox.id AND m.body_state = 2);
