-- What mail has already is in its categories at once; a list of names is JSON, which each engine takes apart its own way.
INSERT INTO labelled (message_id, name, mailbox_id, folder_id, received_at)
SELECT m.id, j.value, m.mailbox_id, m.folder_id, m.received_at
FROM message m CROSS JOIN LATERAL jsonb_array_elements_text(m.categories::jsonb) j (value)
WHERE m.categories <> '[]' AND m.folder_id IS NOT NULL ON CONFLICT DO NOTHING;
INSERT INTO category (mailbox_id, name) SELECT DISTINCT mailbox_id, name FROM labelled ON CONFLICT DO NOTHING;
