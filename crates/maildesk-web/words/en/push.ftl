# Push: the assistant and the table over all mailboxes.

push-title = Enable Microsoft 365 push notifications
push-mailbox = Mailbox
push-webhook = Webhook URL
push-webhook-hint = Microsoft sends its notifications here. It is built from web.base.url.
push-no-webhook = not known: no public address is set
push-readiness = Readiness
push-ready = This mailbox is ready for push.
push-not-checked = Not checked yet.
push-checked = Checked
push-checking = Checking…
push-register = Register Subscription
push-register-hint = Asks Microsoft to notify this server when the mailbox changes. It is renewed by itself; nothing has to be repeated.
push-registering = Registering…
push-register-again = Register again
push-disabled = This server runs without push: every mailbox keeps its scheduled sync. Set MAILDESK_PUSH_ENABLED to true and start the server again to change that.
push-under-way = Microsoft has not answered yet. It goes on by itself.
look-again = Look again
push-failed = Microsoft did not accept the subscription
retry = Retry
check-now = Check now
push-subscription = Subscription
push-id = Subscription id
push-expires = Expires
push-renewed = renewed by itself before that
push-last = Last notification
push-last-sync = Last sync
push-none-yet = none yet
push-counts = Notifications
push-counted = { $accepted } accepted ({ $lifecycle } of them lifecycle), { $forged } forged and dropped
push-silent = This tenant sends no secret with its notifications, so they cannot be trusted: mail comes by the schedule only.
push-speed = How fast
speed-typical = New mail typically appears in 3 to 13 seconds, not instantly.
speed-measured = Half of the last { $samples } messages were here within { $half } s of reaching Microsoft, nineteen of twenty within { $most } s.
push-secret = Secret (clientState); shown this once
push-show-secret = Show secret
push-turn-off = Turn off
push-events = What happened

push-off = Off
push-not-ready = Not ready
push-active = Active
push-renewing = Renewing
push-quiet = Quiet
push-broken = Broken

table-title = Push
table-empty = There is no mailbox yet.
table-state = State
table-speed = { $half } s, mostly under { $most } s
register-all = { $value ->
    [one] Register the one that is ready
   *[other] Register all { $value } that are ready
}

connection-person = connected as a person
connection-organisation = connected as the organisation
connection-imap = connected over IMAP
go-parameters = System Parameters
go-microsoft = Microsoft app
go-reconnect = Reconnect with Microsoft Graph
go-mailboxes = Mailboxes

# The self-test of the public address.
address-test = Test address
address-testing = Calling the public address …
address-took = answered within { $value } ms
address-good = The public address answers as Microsoft wants it, as far as can be seen from here.
address-bad = The public address does not answer as Microsoft wants it.
address-certificate = The certificate of the public address ends on { $value }. Microsoft sends nothing to an address whose certificate is over.
