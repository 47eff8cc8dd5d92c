-- How people read: whether mail is adapted to a dark desk, and from whom pictures that lie elsewhere are loaded
-- without asking. Each for one person: what one lets a sender know is nobody else's to decide.
ALTER TABLE "user" ADD COLUMN dark_mail {text} NOT NULL DEFAULT 'adapted';

CREATE TABLE picture_sender (
  user_id BIGINT NOT NULL REFERENCES "user" (id),
  address {text} NOT NULL,                -- lower case
  added_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, address)
);
