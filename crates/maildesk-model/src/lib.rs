//! The nouns of MailDesk and their rules; no I/O, no async, a Clock trait and not a clock.
