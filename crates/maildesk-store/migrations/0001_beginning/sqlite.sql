-- The words of every message. The program cuts text into words (so that both engines find the same),
-- hence the plainest tokenizer. A row's key carries the received time, so hits come newest first.
-- The last word of a question is a beginning: short beginnings have an index of their own.
CREATE VIRTUAL TABLE search USING fts5 (
  scope, subject, people, recipients, body,
  content = '', contentless_delete = 1, detail = column, tokenize = 'ascii', prefix = '2 3'
);
-- An import writes many small pieces: merge them less eagerly, and never all at once inside the
-- transaction that happened to write the last one.
INSERT INTO search (search, rank) VALUES ('automerge', 8);
INSERT INTO search (search, rank) VALUES ('crisismerge', 64);
