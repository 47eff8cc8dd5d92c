# The inbox: folders, list, reading pane.

tree-label = Mailboxes and folders
list-label = Messages
reading-label = Message
toolbar-label = What to do with this message
files-label = Attachments
all-inboxes = All inboxes
heading-search = Search for “{ $value }”
search = Search mail
filter-all = All
filter-unread = Unread
filter-flagged = Flagged
older = Older messages
check-mail = Check for mail now
undo = Undo
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
sent-by = sent by { $value }
to-line = To: { $value }
cc-line = Cc: { $value }
bcc-line = Bcc: { $value }
state-unread = Unread:
state-flagged = Flagged
state-done = Done
state-important = Important
state-attachment = With an attachment

do-archive = Archive
do-delete = Delete
do-delete-for-good = Delete for good
do-read = Mark as read
do-unread = Mark as unread
do-flag = Flag
do-unflag = Take the flag off
do-move = Move
move-to = Move to
move-prompt = Move to…
sure-delete = Delete this message for good? It cannot be brought back.
open-in-outlook = Open in Outlook
done-archive = Archived.
done-delete = Moved to Deleted Items.
done-move = Moved.
refused = Microsoft refused this, so it was put back:
act-failed = This could not be done. Check your connection and try again.

images-blocked = Pictures from elsewhere are not loaded: they tell the sender that you read this.
images-show = Show pictures
body-title = Text of the message
body-coming = The text of this message is still on its way from Microsoft. It appears by itself; without scripts, load the page again.
body-reduced = This message is too long or too tangled to show as it was sent, so here are its words alone. Open in Outlook shows it whole.
files-coming = Attachments are still being looked up.

live = Live
live-down = Not live. New mail shows when the connection is back.
live-out = Signed out. Sign in to go on.
new-one = 1 new
new-many = new
