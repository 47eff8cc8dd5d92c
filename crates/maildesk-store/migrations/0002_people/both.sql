-- People on pages: sessions say where and when they are used and end when nobody uses them, people
-- have a time zone, and whoever forgot a password gets a link.
ALTER TABLE session ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
-- However much it is used, a session ends then; until_at is pushed on by use, up to this.
ALTER TABLE session ADD COLUMN ends_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN browser {text} NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN address {text} NOT NULL DEFAULT '';
UPDATE session SET seen_at = created_at, ends_at = until_at;

ALTER TABLE "user" ADD COLUMN time_zone {text} NOT NULL DEFAULT 'UTC';

CREATE TABLE password_link (
  hash {bytes} PRIMARY KEY,
  user_id BIGINT NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
  until_at BIGINT NOT NULL
);
CREATE INDEX password_link_by_user ON password_link (user_id);

CREATE INDEX audit_by_user ON audit (user_id, at, id);
