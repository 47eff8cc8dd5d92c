# First start, sign-in, one's own account, users, and the audit log.

field-email = Email address
field-name = Name
field-password = Password
field-again = Password again
password-hint = At least eight characters; a few words are easy to remember and hard to guess.
save = Save
copy = Copy
copied = Copied
actions = Actions

wrong-name = Write a name of at most 200 characters.
wrong-email = This is not a mail address.
wrong-again = The two passwords differ.
wrong-password-short = Use at least eight characters.
wrong-password-long = Use at most 1,024 bytes.
wrong-present = This is not your present password.
wrong-zone = This time zone is not known here.
wrong-label = Write what the token is for, in at most 200 characters.

login-title = Sign in
login-button = Sign in
login-wrong = Address and password do not fit together. Nothing else is said, so that nobody can find out who has an account here.
login-later = { $value ->
    [one] Too many wrong passwords came. Wait a minute and try again.
   *[other] Too many wrong passwords came. Wait { $value } minutes and try again.
}
login-forgotten = Forgotten the password? A Mailbox Administrator can set a new one, and so can whoever runs the server: maildesk user password.

setup-title = Welcome to MailDesk
setup-text = This server has no administrator yet. You become its first one.
setup-code = Setup code
setup-code-hint = It stands in the server's log and counts until the server starts again.
setup-wrong-code = This is not the code in the server's log. Look for the newest one: it changes with every start.
setup-button = Set up MailDesk

profile-title = Your account
profile-you = You
profile-zone = Time zone
profile-zone-use = Use this browser’s:
profile-saved = Saved.
profile-password = Password
profile-present = Present password
profile-new = New password
profile-change = Change the password
profile-change-ends = All your other sessions end with it.
profile-password-saved = The password is changed, and all your other sessions have ended.
profile-sessions = Where you are signed in
profile-tokens = API tokens
profile-tokens-text = A program with such a token may do what you may do. End those you do not use any more.

session-browser = Browser
session-address = Address
session-began = Signed in
session-seen = Last used
session-this = this one
session-end = Sign out
session-everywhere = Sign out everywhere

token-label = What it is for
token-label-new = A new token for
token-made = Made
token-used = Last used
token-never = never
token-end = End
token-create = Make a token
token-fresh = This is the new token. It is shown this once.
token-fresh-label = The new token
browser-unknown = Unknown browser

users-title = Users
users-role = Role
users-role-of = Role of { $value }
users-role-hint = Users read and file the mail of mailboxes shared with them. Administrators also connect and share mailboxes, turn push on, and reach every mailbox.
users-you = you
users-enabled = May sign in
users-disabled = Locked out
users-enable = Let in again
users-disable = Lock out
users-make-link = Link to set a password
users-add = Add somebody
users-add-button = Add
users-there-already = Somebody with this address is there already.
users-not-oneself = Nobody changes their own role or locks themselves out. Ask another administrator.
users-last-administrator = This is the last administrator who can sign in. Make somebody else one first.
users-link = Hand this link to { $value }: whoever opens it within a day sets the password. It is shown this once.
users-link-label = The link
role-user = User
password-title = Set your password
password-button = Set the password
password-link-gone = This link is not good any more: it was used, it is older than a day, or a newer one was made. Ask a Mailbox Administrator for another.

audit-when = When
audit-who = Who
audit-what = What
audit-show = Show
audit-older = Older
audit-everybody = Everybody
audit-everything = Everything
audit-empty = Nothing has happened yet.
audit-nobody = somebody unknown
audit-command-line = the command line
audit-gone-person = somebody who is gone
audit-gone-mailbox = a mailbox that is gone
audit-kind-setup = First start
audit-kind-session = Signing in and out
audit-kind-user = People
audit-kind-token = API tokens
audit-kind-mailbox = Mailboxes
audit-kind-mail = Reading mail
audit-kind-push = Push
audit-kind-parameter = System parameters
audit-session-begin = Signed in
audit-session-refused = A sign-in was refused
audit-session-end = Ended a session
audit-session-end-all = Signed out everywhere
audit-setup = Set this server up
audit-user-add = Added somebody
audit-user-role = Changed somebody’s role
audit-user-disable = Locked somebody out
audit-user-enable = Let somebody in again
audit-user-link = Made a link to set a password
audit-user-password = Set a password
audit-token-create = Made an API token
audit-token-end = Ended an API token
audit-mailbox-create = Added a mailbox
audit-mailbox-connect = Began a sign-in for a mailbox
audit-mailbox-rename = Renamed a mailbox
audit-mailbox-share = Shared a mailbox
audit-mailbox-remove = Removed a mailbox
audit-mail-read = Opened mail of a mailbox that is not shared with them
audit-push-register = Registered push
audit-push-turn-off = Turned push off
audit-push-secret = Looked at a push secret
audit-parameter-set = Changed a system parameter
