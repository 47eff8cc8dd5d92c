//! Makes the store equal to the mailbox, and carries out intents.
