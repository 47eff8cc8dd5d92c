# Alerts: what needs somebody, and where that is told.

alerts-title = Alerts
alerts-open = What needs you now
alerts-none = Nothing needs you.
alerts-none-yet = Nothing needs you yet.
alerts-watched = Being watched
alerts-watched-text = This is wrong now and often mends itself. If it lasts for some minutes it becomes an alert, and is told.
alerts-ended = What has ended
alerts-what = What
alerts-since = Since
alerts-until = Until
alerts-told = last told
alerts-mend = Go there
alerts-mend-label = Go there: { $value }
alert-app-refused = App refused
alert-app-expiring = Credential ends
alert-mailbox-reconnect = Sign-in needed
alert-mailbox-error = Cannot be synced
alert-push-broken = Push broken
alert-push-without-secret = Push without secret

alerts-where = Where alerts go
alerts-where-text = Whoever is named here is told when something needs a person, is reminded every day while it does, and is told when it is over. Pages tell administrators in any case.
alerts-nobody-told = Nobody is told outside of these pages yet.
alerts-by-mail = By mail
alerts-by-http = By HTTP
alerts-mail = Send mails
alerts-sender = Send from
alerts-any-sender = Any mailbox that can
alerts-sender-hopeless = { $value } (somebody has to sign in)
alerts-sender-gone = { $value } (removed or disconnected)
alerts-sender-unknown = A mailbox that was removed
alerts-sender-hint = The mail lies among the sent ones of this mailbox. While it cannot send, another one stands in.
alerts-wrong-sender = This mailbox is not here any more. Choose another one.
alerts-stands-in = The chosen mailbox cannot send mails now; { $value } stands in for it.
alerts-no-sender = No connected mailbox can send mails now, so alerts cannot go out by mail.
alerts-recipients = Recipients
alerts-recipients-hint = One address a line. Empty: everybody who administers ({ $value }).
alerts-wrong-recipient = “{ $value }” is not a whole mail address, such as ada@example.com.
alerts-many-recipients = These are more than { $value } addresses. Use the address of a group.
alerts-url = Send a POST to
alerts-url-hint = An https address outside of private networks. It gets JSON: names and ids of mailboxes, what is wrong, and what to do; never mail.
alerts-secret = Secret to sign it with
alerts-secret-hint = 16 characters or more. Each POST carries an HMAC-SHA-256 made with it. It is kept encrypted and never shown again.
alerts-secret-kept = One is kept. Leave this empty to keep it; enter another one to replace it.
alerts-unsigned = Forget the secret and sign nothing
alerts-wrong-secret = A secret has 16 to 256 characters.
alerts-saved = Saved. Running servers follow within seconds.
alerts-last-told = Last told
alerts-never-told = Nothing was told yet
alerts-from = from { $value }
alerts-waiting = { $value ->
    [one] One waits
   *[other] { $value } wait
}

alerts-test = Test
alerts-test-text = Sends something by each way that is saved above and says how it went.
alerts-test-button = Send a test alert
alerts-test-sent = Microsoft took a mail from { $value }. It should arrive within a minute.
alerts-test-posted = The address took it.
alerts-test-refused = It was not taken.
