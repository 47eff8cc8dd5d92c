-- Whether somebody's lists show conversations or single messages: people differ in it, and both are right.
ALTER TABLE "user" ADD COLUMN groups_messages BIGINT NOT NULL DEFAULT 1;
