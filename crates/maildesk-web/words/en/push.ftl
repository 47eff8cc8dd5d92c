# Push: the assistant and the table over all mailboxes.
