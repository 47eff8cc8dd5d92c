-- What stands below the mail that people write: one text for each mailbox that all of them share, and their own
-- ones, which go before it. No row is the common one, an empty own one is none at all.
CREATE TABLE common_signature (
  mailbox_id BIGINT PRIMARY KEY REFERENCES mailbox (id),
  html {text} NOT NULL,
  changed_at BIGINT NOT NULL
);

CREATE TABLE signature (
  mailbox_id BIGINT NOT NULL REFERENCES mailbox (id),
  user_id BIGINT NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
  html {text} NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (mailbox_id, user_id)
);
CREATE INDEX signature_by_user ON signature (user_id);

-- Whether answers and forwards get it, too.
ALTER TABLE "user" ADD COLUMN sign_answers BIGINT NOT NULL DEFAULT 1;
