-- The words of every message. The program cuts text into words (so that both engines find the same)
-- and writes the vector itself. Rare words are found by the GIN index, common ones by walking
-- the newest first.
CREATE TABLE search (
  message_id BIGINT PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
  mailbox_id BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  words tsvector NOT NULL
);
CREATE INDEX search_by_words ON search USING gin (words);
CREATE INDEX search_by_mailbox ON search (mailbox_id, received_at, message_id);
