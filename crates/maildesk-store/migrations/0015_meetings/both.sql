-- Invitations, cancellations and answers are shown as what they are. Lists tell only that a message is one of
-- them, and the rest comes with its body: so all of this may be missing.
ALTER TABLE message ADD COLUMN meeting {text};            -- NULL: no such message; '': one, but not known which
ALTER TABLE message ADD COLUMN meeting_starts_at BIGINT;
ALTER TABLE message ADD COLUMN meeting_ends_at BIGINT;
ALTER TABLE message ADD COLUMN meeting_all_day BIGINT;
ALTER TABLE message ADD COLUMN meeting_repeats BIGINT;
ALTER TABLE message ADD COLUMN meeting_place {text};
