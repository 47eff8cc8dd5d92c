# The inbox: folders, list, reading pane.

tree-label = Mailboxes and folders
list-label = Messages
reading-label = Message
toolbar-label = What to do with this message
toolbar-thread = What to do with this conversation
scope-all = All { $value } messages of this conversation in this folder
scope-one = Only the message of { $who }, { $time }
scope-wider = The whole conversation
files-label = Attachments
all-inboxes = All inboxes
heading-search = Search in { $place }: { $value }
heading-search-all = Search in all mailboxes: { $value }
search-only = Only in { $value }
search-clear = Clear search
found-count = { $value } found
found-at-least = at least { $value } found
found-unread = { $value }, unread only
found-flagged = { $value }, flagged only
found-attachments = { $value }, with attachments only
found-very-many = more than 1,000 found
search = Search mail
filter-all = All
filter-unread = Unread
filter-flagged = Flagged
filter-attachments = Attachments
older = Older messages
check-mail = Check for mail now
undo = Undo
bulk-label = What to do with the chosen messages
bulk-some = Chosen messages
bulk-one = 1 selected
bulk-many = selected
bulk-loaded = selected, all that are loaded
bulk-clear = Clear
choose-row = Select “{ $value }”
row-count = { $value } messages
back = Back to the list

fresh-checked = checked { $value }
fresh-waiting = waiting for Microsoft until { $value }
fresh-importing = importing
fresh-connecting = not connected yet
fresh-reconnect = sign in again
fresh-disconnected = disconnected
fresh-error = needs an administrator
fresh-never = not checked yet
import-of = { $listed } of { $expected } messages

empty-desk = No mailbox here yet
empty-desk-administrator = Connect a mailbox, and its mail stands here within seconds.
empty-desk-connect = Connect a mailbox
empty-desk-user = No mailbox is shared with you yet. Ask a Mailbox Administrator to share one.
empty-folder = Nothing in this folder.
empty-filter = Nothing fits this filter.
empty-search = Nothing was found. Fewer or shorter words find more.
nothing-open = Choose a message to read it.

no-subject = (no subject)
nobody = (no sender)
to-whom = To: { $value }
nameless-file = attachment
file-download = Download { $value }
sent-by = sent by { $value }
to-line = To: { $value }
cc-line = Cc: { $value }
bcc-line = Bcc: { $value }
reply-to-line = Answers go to: { $value }
state-unread = Unread:
state-flagged = Flagged
state-draft = Draft
state-done = Done
state-important = Important
state-attachment = With an attachment

do-archive = Archive
do-put-back = Move to the inbox
do-restore = Restore
do-delete = Delete
do-delete-for-good = Delete for good
do-read = Mark as read
do-read-all = Mark all as read
do-unread = Mark as unread
do-flag = Flag
do-unflag = Take the flag off
do-move = Move
do-print = Print
do-original = Save as .eml
do-categorise = Categorise…
flags-title = Flag with a date
flag-today = Due today
flag-tomorrow = Due tomorrow
flag-this-week = Due this week
flag-next-week = Due next week
flag-no-date = No date
flag-complete = Mark as done
flag-none = Take the flag off
flag-day = Another day
flag-day-set = Due on this day
labels-title = Categories
labels-none = No category is known in this mailbox yet.
labels-some = some have it
labels-colour = Colour of { $value }
labels-new = New category
labels-new-colour = Colour of the new category
labels-own-colour = Colour by its name
labels-shared = Colours are the same for everybody who shares the mailbox.
labels-no = Cancel
heading-category = Category “{ $value }”
filter-category = Show all messages of the category { $value }
filter-no-category = Show all categories
state-due = due
state-overdue = overdue since
move-to = Move to
move-prompt = Move to…
move-filter = Type part of a folder’s name
move-nothing = No folder has such a name.
move-several = These messages lie in several mailboxes. Messages move within one mailbox only, so select those of one.
move-recent = used lately
fold-mailbox = Folders of { $value }
fold-folder = Folders in { $value }
divider-tree = Width of the folders
divider-list = Width of the list
key-move = Move to a folder
sure-delete =
    { $all ->
        [one] Delete this message for good? It cannot be brought back.
       *[other] { $lost } of these { $all } messages lie in Deleted Items. Deleting them there is for good: they cannot be brought back.
    }
sure-no = Keep
open-in-outlook = Open in Outlook
done-archive =
    { $value ->
        [one] Archived.
       *[other] { $value } messages archived.
    }
done-put-back =
    { $value ->
        [one] Put back.
       *[other] { $value } messages put back.
    }
done-delete =
    { $value ->
        [one] Moved to Deleted Items.
       *[other] { $value } messages moved to Deleted Items.
    }
done-delete-for-good =
    { $value ->
        [one] Deleted for good.
       *[other] { $value } messages deleted for good.
    }
done-move =
    { $value ->
        [one] Moved.
       *[other] { $value } messages moved.
    }
done-move-to =
    { $value ->
        [one] Moved to { $folder }.
       *[other] { $value } messages moved to { $folder }.
    }
done-read =
    { $value ->
        [one] Marked as read.
       *[other] { $value } messages marked as read.
    }
done-unread =
    { $value ->
        [one] Marked as unread.
       *[other] { $value } messages marked as unread.
    }
done-flag =
    { $value ->
        [one] Flagged.
       *[other] { $value } messages flagged.
    }
done-unflag =
    { $value ->
        [one] The flag is off.
       *[other] The flag is off { $value } messages.
    }
done-complete =
    { $value ->
        [one] Marked as done.
       *[other] { $value } messages marked as done.
    }
done-categorise =
    { $value ->
        [one] Categories changed.
       *[other] Categories of { $value } messages changed.
    }
done-undo =
    { $value ->
        [one] Taken back.
       *[other] Taken back for { $value } messages.
    }
failed-some =
    { $failed } of { $all } could not be { $deed ->
        [archive] archived
        [delete] deleted
        [move] moved
        [put-back] put back
        [undo] put back
       *[other] changed
    }: { $reason }
why-gone = they are not there any more.
why-many = no more than 200 messages are done with in one go. Do it again for the rest.
why-no-folder = their mailbox has no such folder.
why-no-archive = the Archive folder of their mailbox is not known yet. Try again after its next sync.
why-no-deleted-items = the Deleted Items folder of their mailbox is not known yet. Try again after its next sync.
refused =
    { $count ->
        [one] Microsoft refused this, so it was put back: { $reason }
       *[other] Microsoft refused { $count } changes, so they were put back: { $reason }
    }
go-lost = MailDesk does not answer. What you see stays here; try again in a moment.
act-failed = This could not be done. Check your connection and try again.
act-gone = Nothing was done: the message is no longer where it was. Somebody may just have moved or deleted it.

state-meeting = About a meeting
meeting-label = Meeting
meeting-request = Invitation
meeting-cancelled = The meeting is cancelled
meeting-accepted = { $value } accepted
meeting-tentative = { $value } accepted tentatively
meeting-declined = { $value } declined
meeting-some = About a meeting
meeting-when = When
meeting-all-day = all day
meeting-repeats = repeats
meeting-where = Where
meeting-organiser = Organiser
meeting-answer = Answer in Outlook

images-blocked = Pictures from elsewhere are not loaded: they tell the sender that you read this.
images-show = Show pictures
images-always = Always from this sender
images-label = Pictures from elsewhere
images-once = Pictures are shown this once.
images-from = Pictures from this sender are always shown.
images-end = Stop showing
body-title = Text of the message
body-title-of = Message from { $value }
body-show = Show the text
colours-original = Show original colours
colours-adapted = Adapt to dark
quoted-show = Quoted text
cards-label = Messages of this conversation
card-more = File this one alone
body-empty = This message has no text.
body-coming = The text of this message is still on its way from Microsoft. It appears by itself; without scripts, load the page again.
body-reduced = This message is too long or too tangled to show as it was sent, so here are its words alone. Open in Outlook shows it whole.
files-coming = What is not here yet is being fetched from Microsoft.

live = Live
live-down = Not live. New mail shows when the connection is back.
live-out = Signed out. Sign in to go on.
new-one = 1 new
new-many = new
new-in = New mail in { $value }
notify-title = Notifications
notify-text = This browser can tell you of new mail while a tab of MailDesk is open and you look at something else. What you choose counts at once.
notify-denied = This browser does not let MailDesk notify you. Allow it in the browser’s settings for this site first.
notify-mailboxes = Tell me of new mail in
notify-content = Show who wrote, and the subject

close = Close
keys-title = Keys
keys-open = Keyboard
keys-off = Turn single keys off in your account
keys-are-off = Single keys such as e or ? are turned off, so they do nothing now; arrows, Enter, Escape, Delete and keys with Ctrl do.
keys-on = Turn them on in your account
keys-or = or
keys-moving = Moving
keys-choosing = Selecting
keys-doing = Doing
keys-writing = Writing
keys-help = Help
row-menu = What can be done with it
keys-in-mail = While you write a mail, Escape leaves the field you are in; pressed again it closes the mail and keeps the draft. Ctrl and Enter send it.
key-down = Next message
key-up = Previous message
key-open = Open it
key-back = Back to the list
key-search = Search
key-go-inbox = Go to the inbox
key-go-flagged = Go to what is flagged
key-go-sent = Go to what was sent
key-go-drafts = Go to drafts
key-choose = Select this message, or not
key-choose-down = Select down to the next message
key-choose-up = Select up to the previous message
key-choose-all = Select all that are loaded
key-choose-none = Select none
key-archive = Archive
key-delete = Delete
key-flag-menu = Flag with a date
key-categorise = Choose categories
key-flag = Flag, or take the flag off
key-read = Mark as read
key-unread = Mark as unread
key-undo = Undo, while it is offered
key-compose = New mail
key-reply = Reply
key-reply-all = Reply to all
key-forward = Forward
key-help = Show these keys

search-help = How to search
search-help-text = Words must all occur, in the subject, the people or the text; the last one may be a beginning. Case and accents do not matter.
search-help-phrase = these words in a row
search-help-from = who wrote it
search-help-to = whom it went to, copies too
search-help-subject = words of the subject
search-help-attachment = with an attachment
search-help-is = also is:read and is:flagged
search-help-in = in a folder; one with spaces in quotes
search-help-after = on that day or later
search-help-before = earlier than that
search-notes = About this search
search-not-a-date = “{ $value }” is left out: a date is written 2026-08-31, 2026-08 or 2026.
search-no-time = “{ $value }” leaves no time between them, so nothing can be found.
search-unknown-operator = “{ $value }” is looked for as words: there is no such operator.
search-unknown-value = “{ $value }” is looked for as words: there is nothing of that kind.
search-no-value = In “{ $value }” the operator is looked for as a word: what it is to find must stand right behind the colon.
search-overruled = “{ $value }” is left out: something behind it says the opposite.
search-no-folder = There is no folder as in “{ $value }”, so nothing can be found.
search-instead = Search for { $value }
search-ended = These words are in so much mail that only what came after { $value } was looked at.
search-go-on = Search older mail
try-label = What to try
try-no-filter = Search without the filter
try-mailbox = Search the whole mailbox
try-everywhere = Search all mailboxes
try-words = Search for the words, not in a row
