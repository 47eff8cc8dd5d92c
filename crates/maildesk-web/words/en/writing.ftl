# Writing mail: what stands above a quoted original.
writing-from = From:
writing-sent = Sent:
writing-to = To:
writing-cc = Cc:
writing-subject = Subject:
writing-taken-back = You took this mail back before it was sent.
writing-taken-back-remedy = Send it again when it is ready.
