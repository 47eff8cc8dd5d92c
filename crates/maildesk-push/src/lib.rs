//! Keeps one healthy subscription per wanted mailbox and turns each notification into a stamp.
