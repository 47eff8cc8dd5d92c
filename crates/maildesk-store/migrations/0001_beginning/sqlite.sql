-- The words of every message. The program cuts text into words (so that both engines find the same),
-- hence the plainest tokenizer. A row's key carries the received time, so hits come newest first.
CREATE VIRTUAL TABLE search USING fts5 (
  scope, subject, people, recipients, body,
  content = '', contentless_delete = 1, detail = column, tokenize = 'ascii'
);
