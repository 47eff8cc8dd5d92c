# Push: the assistant and the table over all mailboxes.

push-title = Enable Microsoft 365 push notifications
push-mailbox = Mailbox
push-webhook = Webhook URL
push-webhook-hint = Microsoft sends its notifications here. It is built from web.base.url, or from push.base.url where that is set.
push-no-webhook = not known: no public address is set
push-readiness = Readiness
push-ready = This mailbox is ready for push.
push-ready-but = On this side nothing stands in the way.
push-title-on = Microsoft 365 push notifications
push-not-checked = Not checked yet.
push-reasons = The button that registers appears here once this is settled:
push-checked = Checked
push-checking = Checking…
push-register = Register Subscription
push-register-hint = Asks Microsoft to notify this server when the mailbox changes. It is renewed by itself; nothing has to be repeated.
push-registering = Registering…
push-register-again = Register again
push-disabled = This server runs without push (MAILDESK_PUSH_ENABLED is false): always scheduled sync. New mail is here within { $value }. With MAILDESK_PUSH_ENABLED=true and a new start push comes back by itself, where it was on.
push-left = { $value ->
    [0] No subscription of this server is left at Microsoft.
    [one] One subscription is still to be deleted at Microsoft. That goes on by itself, and this page follows.
   *[other] { $value } subscriptions are still to be deleted at Microsoft. That goes on by itself, and this page follows.
}
push-leaving = { $value ->
    [one] A former subscription is still to be deleted at Microsoft. That goes on by itself; what it announces is ignored.
   *[other] { $value } former subscriptions are still to be deleted at Microsoft. That goes on by itself; what they announce is ignored.
}
push-under-way = Microsoft has not answered yet. It goes on by itself.
look-again = Look again
push-failed = The subscription could not be registered
push-renewal-failed = The subscription could not be renewed
push-said = Graph’s own words
push-happened = What happened
push-means = What it means, and what to do
push-code = Code
push-go-on = MailDesk tries again by itself, and mail comes by the schedule in any case.
push-go-on-at = MailDesk tries again by itself at { $value }, and mail comes by the schedule in any case.
push-next = MailDesk looks again by itself at { $value }.
retry = Retry
check-now = Check now
push-subscription = Subscription
push-id = Subscription id
push-expires = Expires
push-renewed = renewed by itself about a day before
push-looked = Last looked up at Microsoft
push-last = Last notification
push-last-sync = Last sync
push-none-yet = none yet
push-none-hint = A mailbox that gets no mail gets none. Should one be missed, mail comes by the schedule within { $value } all the same, and the subscription is checked by itself. If mail comes and no notification, Microsoft does not reach the webhook: use Test address.
push-trigger-push = after a notification
push-trigger-catch-up = to catch up
push-trigger-sweep = by the schedule
push-trigger-manual = because somebody asked
push-trigger-import = bringing history
push-trigger-intent = with changes made here
push-counts = Notifications
push-counted = { $accepted } accepted
push-counted-lifecycle = { $value ->
    [one] one of them about the subscription itself
   *[other] { $value } of them about the subscription itself
}
push-counted-forged = { $value } forged and dropped
push-forged = Forged ones came without the secret of the subscription: another installation may use this address, or somebody is knocking. They are ignored either way.
push-silent = This tenant sends no secret with its notifications, so they cannot be trusted: mail comes by the schedule only.
push-speed = How fast
speed-schedule = by the schedule, within { $value }, until push works.
speed-typical = typically 3 to 13 seconds, not instant: the notification has to come here, and a short sync follows.
speed-samples = Own figures after { $wanted } messages; { $samples } so far.
speed-measured = Half of the last { $samples } messages were here within { $half } s of reaching Microsoft, nineteen of twenty within { $most } s.
speed-announced = For { $announced } of them the notification came first; a sync found the others without one.
speed-parts = The parts of the way
speed-part = Part
speed-half = Half within
speed-most = Nineteen of twenty within
speed-seconds = { $value } s
speed-notified = received by Microsoft → notified here
speed-stored = notified → stored
speed-shown = stored → on the first screen
speed-whole = the whole way
push-secret = Secret (clientState); shown this once
push-show-secret = Show secret
push-turn-off = Turn off
push-events = What happened
push-times = { $value } times
event-registered = Registered
event-address-changed = Address changed
event-renewed = Renewed
event-renewal-failed = Renewal failed
event-refused = Not registered
event-removed = Deleted
event-removal-failed = Not deleted yet
event-turned-off = Turned off
event-gone = Gone
event-unannounced = Unannounced mail
event-replaced = Replaced
event-missed = Notifications missed
event-expired = Expired
event-given-up = Left to its end
event-probe-seen = Probe seen
event-probe-missed = No probe
event-caught-up = Caught up

push-off = Off
push-not-ready = Not ready
push-active = Active
push-renewing = Renewing
push-quiet = Quiet
push-broken = Broken
push-scheduled = Scheduled sync
push-off-about = Push is off here; mail comes by the schedule, within { $value }.
push-not-ready-about = Push is wanted here and the mailbox is not ready. It registers itself as soon as what is named below is settled; until then mail comes by the schedule, within { $value }.
push-active-about = Microsoft notifies this server as soon as the mailbox changes. The schedule goes on underneath.
push-renewing-about = The subscription lives, but the last try to renew it failed. MailDesk tries again by itself, long before it expires.
push-quiet-about = Nothing was heard for an hour, which is no fault: a mailbox that gets no mail is notified of none. Microsoft is asked now and then whether it still has the subscription.
push-broken-about = A subscription is wanted and none lives. Until one does, mail comes by the schedule, within { $value }.
span-seconds = { $value ->
    [one] one second
   *[other] { $value } seconds
}
span-minutes = { $value ->
    [one] one minute
   *[other] { $value } minutes
}

table-title = Push
table-empty = There is no mailbox yet.
table-state = State
table-speed = { $half } s, mostly under { $most } s
table-schedule = by the schedule
table-typical = typically 3 to 13 s
table-asked = { $value ->
    [one] One registration is on its way; this table follows by itself.
   *[other] { $value } registrations are on their way; this table follows by itself.
}
table-new-on = New mailboxes register themselves as soon as they are ready (push.register.new is true).
table-new-off = New mailboxes wait for somebody to register them (push.register.new is not true).
register-all = Register all that are ready ({ $value })
table-ready = ready, and not registered

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
address-valid = The certificate counts until { $value }.
go-troubleshooting = Troubleshooting
go-why = More about this
