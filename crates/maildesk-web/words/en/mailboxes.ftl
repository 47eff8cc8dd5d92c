# Mailboxes: connecting, sharing, removing; and the system parameters.
