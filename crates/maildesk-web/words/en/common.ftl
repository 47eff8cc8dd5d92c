# Texts that every page shares.

product-name = MailDesk
skip-to-content = Skip to the content
nav-label = Main
nav-inbox = Inbox
nav-settings = Settings
nav-alerts = { $value ->
    [one] (one alert)
   *[other] ({ $value } alerts)
}
nav-profile = Your account
sign-out = Sign out
loopback-banner = Addresses of this machine are allowed as base URL: this is for the simulator and nothing else.

# Pages that say what went wrong.
error-heading-not-found = There is nothing here
error-text-not-found = This page does not exist, or it is not yours to see. Ask a Mailbox Administrator if you think it should be.
error-heading-forbidden = This is not yours to do
error-text-forbidden = Only a Mailbox Administrator may do this.
error-heading-other = This did not work
error-heading-busy = MailDesk is busy
error-code = Code: { $value }
error-request = If you ask for help, give this request id: { $value }
error-back = Back to the inbox

# The settings' own navigation.
settings-nav-label = Settings
settings-group-mail = Mail
settings-group-people = People
settings-group-technical = Technical
settings-mailboxes = Mailboxes
settings-push = Push
settings-microsoft = Microsoft app
settings-users = Users
settings-audit = Audit log
settings-alerts = Alerts
settings-parameters = System Parameters
