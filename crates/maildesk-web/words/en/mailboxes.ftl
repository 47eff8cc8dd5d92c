# Mailboxes: connecting, sharing, disconnecting, removing; and the system parameters.

mailboxes-title = Mailboxes
column-synced = Last sync
column-shared = Shared with
mailbox-connecting = Not connected yet
mailbox-importing = Importing
mailbox-active = In sync
mailbox-reconnect = Sign in again
mailbox-disconnected = Disconnected
mailbox-error = Needs you
way-person = as a person
way-organisation = as the organisation
way-imap = over IMAP

first-steps = Three steps to the first mailbox
first-step-address = Set the public address of this server.
first-step-app = Set the Microsoft app that MailDesk signs in with.
first-step-done = Done
first-step-connect = Connect a mailbox below.

add-title = Add mailboxes
add-way = How are they reached?
add-person = As a person
add-person-text = Somebody signs in to Microsoft with the mailbox’s own account.
add-person-push = Push works for their own mailbox.
add-organisation = As the organisation
add-organisation-text = By the app’s own permission; nobody signs in. This is the way for shared mailboxes.
add-organisation-push = It is the one with push for them.
add-addresses = Addresses
add-addresses-hint = One in each line; a name may stand before the address.
add-button = Add
add-nothing = Write at least one address.
add-no-address = this is not a whole mail address, such as support@example.com
add-there-already = this mailbox is there already
add-wrong = These lines were not added:
added-some = { $value ->
    [one] One mailbox was added.
   *[other] { $value } mailboxes were added.
}

one-state = State
one-address = Address
one-connect = Sign in to Microsoft
one-connect-again = Connect again
one-disconnect = Disconnect
one-sync = Sync now
one-open = Open its mail
one-audit = What was done with it
one-share = Shared with
one-share-text = Administrators reach every mailbox; opening the mail of one that is not shared with them is written into the audit log.
one-share-button = Share with these people
one-signature = Common signature
one-signature-go = Set the common signature
one-rename = Name
one-name = What people call it
one-remove = Remove this mailbox
role-administrator = Administrator
import-usable = What is listed can be used already.
bodies-of = Texts of messages: { $here } of { $all } are here; the others come by themselves, and at once when somebody opens one.
share-many = Share several at once
share-many-text = Choose mailboxes in the table above, and the people. Whoever a mailbox is shared with already keeps it.
share-choose = Chosen
share-choose-one = Choose { $value }
share-all = { $value ->
    [one] The one mailbox there is
   *[other] All { $value } mailboxes, whatever is chosen above
}
share-with = With
share-button = Share
unshare-button = Stop sharing
share-no-mailbox = Choose at least one mailbox in the table.
share-nobody = Choose at least one person.
share-gone-some = A mailbox or one of these people is not there any more, so nothing was shared. Look at the list again.
add-share = Share them at once
share-gone = One of these people is not there any more. Look at the list again.

disconnect-title = Disconnect { $value }?
disconnect-text = From this moment MailDesk asks Microsoft nothing about this mailbox:
disconnect-sync = No new mail comes, and changes made in Outlook are not seen.
disconnect-subscription = Its subscription is deleted at Microsoft, so there is no push.
disconnect-tokens = Its sign-in is forgotten as soon as its subscriptions are deleted, or after some hours if Microsoft does not let them be.
disconnect-changes = What people change here (read, flags, moves, deletions) is shown at once and reaches Microsoft when the mailbox is connected again.
disconnect-stays = The mail that is here stays, and everybody it is shared with can go on reading it. The mail at Microsoft stays as it is.
disconnect-back-person = Connect it again at any time by signing in with the same account; sync goes on where it stopped.
disconnect-back-organisation = Connect it again at any time with one button; sync goes on where it stopped.
disconnect-push-back = Push is registered again by itself then.
disconnect-not = Leave it connected

remove-title = Remove { $value }?
remove-text = This deletes here, at once and for everybody:
remove-messages = { $value ->
    [one] one message with its attachments
   *[other] { $value } messages with their attachments
}
remove-people = { $value ->
    [0] (it is shared with nobody)
    [one] the access of one person
   *[other] the access of { $value } people
}
remove-subscription = the subscription at Microsoft
remove-microsoft = The mail at Microsoft stays as it is.
remove-type = Type { $value } to confirm
remove-other = This is another address.
remove-keep = Keep it

parameters-saved = Saved. Running servers follow within seconds.
parameters-looking = Looking at it…
images-proxy-unset = Not set: browsers load pictures where they are
images-proxy-true = true: this server brings pictures
images-proxy-false = false: browsers load pictures where they are
register-new-unset = Not set: somebody registers each mailbox
register-new-true = true: new mailboxes register themselves
register-new-false = false: somebody registers each mailbox
means-title = What this change means
means-nothing = nothing
means-no-subscription = No subscription has to be made again: the address of the webhook stays as it is.
means-subscriptions = { $value ->
    [0] There is no subscription that has to be made again.
    [one] One subscription is made again, because Microsoft does not let its address be changed. Microsoft may want the present one deleted first. Mail comes by the schedule meanwhile.
   *[other] { $value } subscriptions are made again, because Microsoft does not let their addresses be changed. Microsoft may want the present ones deleted first. Mail comes by the schedule meanwhile.
}
means-stranded = { $value ->
    [0] Without a public address no subscription can be made.
    [one] One subscription stays at the former address, and push goes on as long as that address leads here. Without a public address none can be made again once it ends.
   *[other] { $value } subscriptions stay at the former address, and push goes on as long as that address leads here. Without a public address none can be made again once they end.
}
means-no-sign-in = While web.base.url is empty, nobody can sign in a mailbox, and no link for an administrator’s consent can be made.
means-bad = If you change it now, push may stop for these mailboxes until the address answers: mail then comes by the schedule. Mend what is said above and test again, or leave it as it is.
means-redirect = Add this redirect URI to the app in Entra, or nobody can sign in a mailbox any more:
means-sure = Change it
means-anyway = Change it anyway
means-test-again = Test again
means-not = Cancel
