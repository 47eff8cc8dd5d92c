-- Whether the desk is light or dark for somebody: the system's word is not everybody's wish.
ALTER TABLE "user" ADD COLUMN appearance {text} NOT NULL DEFAULT 'system';
