-- The app registration, where an administrator sets it on a page and the environment does not fix it.
-- One row, there from the beginning: whoever reads a connection reads its version along, so that every
-- node follows a change with its next call.
CREATE TABLE microsoft_app (
  id BIGINT PRIMARY KEY,
  version BIGINT NOT NULL,
  client_id {text} NOT NULL,              -- empty until one is set
  tenant {text} NOT NULL,
  cloud {text} NOT NULL,
  alarm {text},                           -- Microsoft does not accept the app: what it said
  consented_at BIGINT,                    -- when an administrator of a tenant last came back from consenting
  consented_tenant {text}
);
INSERT INTO microsoft_app (id, version, client_id, tenant, cloud) VALUES (1, 0, '', 'common', 'global');

-- What the app proves itself with, encrypted; two at most, while they are rotated.
CREATE TABLE microsoft_credential (
  id {key},
  client_id {text} NOT NULL,              -- a credential belongs to one registration
  kind {text} NOT NULL,
  value {bytes} NOT NULL,
  expires_at BIGINT,
  added_at BIGINT NOT NULL
);

-- Links for a tenant's administrator that nobody has come back from yet.
CREATE TABLE consent_request (
  state_hash {bytes} PRIMARY KEY,
  user_id BIGINT NOT NULL,
  until_at BIGINT NOT NULL
);
CREATE INDEX consent_request_by_until ON consent_request (until_at);
DELETE FROM memo WHERE key = 'alarm.microsoft_app';
