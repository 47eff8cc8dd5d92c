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
