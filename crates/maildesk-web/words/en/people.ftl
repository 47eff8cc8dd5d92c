# First start, sign-in, one's own account, users, and the audit log.
