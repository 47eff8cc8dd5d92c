-- A message that Graph lost sight of and tells anew has arrived already: that is asked of every arrival,
-- announced or not.
DROP INDEX arrival_unannounced;
CREATE INDEX arrival_by_remote ON arrival (mailbox_id, remote_id);
