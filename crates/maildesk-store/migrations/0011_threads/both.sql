-- Conversations in lists, and a filter for attachments. A row of thread is what of a conversation is
-- shown in one folder, kept up with every write, so that a page of conversations is a walk along an
-- index and nothing is grouped on reading. What conversation itself counted is the sum of its threads.
CREATE TABLE thread (
  conversation_id BIGINT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
  folder_id BIGINT NOT NULL REFERENCES folder (id),
  newest_at BIGINT NOT NULL,              -- when its newest message was received, and that message
  newest_id BIGINT NOT NULL,
  total BIGINT NOT NULL,
  unread BIGINT NOT NULL,
  flagged BIGINT NOT NULL,
  with_attachments BIGINT NOT NULL,
  PRIMARY KEY (conversation_id, folder_id)
);

ALTER TABLE conversation DROP COLUMN total;
ALTER TABLE conversation DROP COLUMN unread;
ALTER TABLE conversation DROP COLUMN newest_at;

-- The messages of a thread, newest last.
DROP INDEX message_by_conversation;
CREATE INDEX message_by_conversation ON message (conversation_id, folder_id, received_at, id);

INSERT INTO thread (conversation_id, folder_id, newest_at, newest_id,
    total, unread, flagged, with_attachments)
  SELECT g.conversation_id, g.folder_id, g.newest_at,
      (SELECT m.id FROM message m
       WHERE m.conversation_id = g.conversation_id AND m.folder_id = g.folder_id
       ORDER BY m.received_at DESC, m.id DESC LIMIT 1),
      g.total, g.unread, g.flagged, g.with_attachments
    FROM (SELECT conversation_id, folder_id, MAX(received_at) AS newest_at, COUNT(*) AS total,
            SUM(1 - is_read) AS unread,
            SUM(CASE WHEN flag = 'flagged' THEN 1 ELSE 0 END) AS flagged,
            SUM(has_attachments) AS with_attachments
          FROM message WHERE folder_id IS NOT NULL GROUP BY conversation_id, folder_id) AS g;

CREATE INDEX thread_by_folder ON thread (folder_id, newest_at, newest_id);
CREATE INDEX thread_unread_by_folder ON thread (folder_id, newest_at, newest_id) WHERE unread > 0;
CREATE INDEX thread_flagged_by_folder ON thread (folder_id, newest_at, newest_id) WHERE flagged > 0;
CREATE INDEX thread_attachments_by_folder ON thread (folder_id, newest_at, newest_id)
  WHERE with_attachments > 0;

-- Whether there are attachments stands in the lists' indexes too, as is_read and flag do.
DROP INDEX message_by_mailbox;
DROP INDEX message_by_folder;
CREATE INDEX message_by_mailbox
  ON message (mailbox_id, received_at, id, is_read, flag, has_attachments);
CREATE INDEX message_by_folder
  ON message (folder_id, received_at, id, is_read, flag, has_attachments);
CREATE INDEX message_attachments_by_mailbox ON message (mailbox_id, received_at, id, is_read, flag)
  WHERE has_attachments = 1;
CREATE INDEX message_attachments_by_folder ON message (folder_id, received_at, id, is_read, flag)
  WHERE has_attachments = 1;
