# The Microsoft app registration.

microsoft-title = Microsoft app
microsoft-set = The app MailDesk signs in as
microsoft-client-id = Application (client) ID
microsoft-client-id-hint = On the Overview of the app registration in Entra.
microsoft-tenant = Directory (tenant) ID
microsoft-tenant-hint = The tenant’s id or domain. “common” lets people of any organisation and with personal accounts sign in, but connects nothing as the organisation.
microsoft-cloud = Cloud
cloud-global = Worldwide, GCC, personal accounts
cloud-us-gov = US Government (GCC High)
cloud-us-gov-dod = US Government (DoD)
cloud-china = China (21Vianet): mail cannot be synced there
wrong-cloud = Choose another cloud: Microsoft’s in China does not offer the change tracking that syncing mail needs.
microsoft-credentials = Credentials
microsoft-credential = Credential
microsoft-next-credential = Add the next credential, for rotation
microsoft-credential-hint = A client secret or a certificate; Microsoft recommends a certificate. It is kept encrypted and never shown again.
microsoft-secret = Client secret
microsoft-secret-hint = The column Value under Certificates & secrets, not the Secret ID.
microsoft-secret-expires = The secret expires on
microsoft-expires-hint = The column Expires beside it. MailDesk warns 30, 14 and 3 days before.
microsoft-certificate = Certificate
microsoft-or-certificate = Or a certificate with its private key (PEM)
microsoft-certificate-hint = Upload the certificate alone to Entra; paste it here together with its RSA key. When it ends is read from it.
microsoft-one-credential = Enter a client secret or a certificate, one at a time.
microsoft-needs-credential = Enter a client secret or a certificate: without one Microsoft lets the app do nothing.
microsoft-two = There are two credentials, which is as many as a rotation needs. Remove one to add another.
wrong-expires = Enter the date on which Microsoft stops accepting the secret; Entra shows it in the column Expires.
wrong-expired = This has ended already. Make a new one in Entra.
wrong-pem = This is more text than a certificate and its key have.
microsoft-added = Added
microsoft-expires = Ends
microsoft-expires-unknown = not known
microsoft-remove = Remove
microsoft-removed = The credential was removed. Remove it in Entra too.
microsoft-sure = Switch to another app: the credentials kept here are dropped, and mailboxes connected as a person sign in again.
microsoft-other-app = This is another app than before. Tick the box below if you mean it.
microsoft-meanwhile = Somebody else has changed the Microsoft app meanwhile. What is kept now stands below; enter your change again.
microsoft-saved = Saved. Mailboxes that waited are tried again at once.
microsoft-environment = Set by the server’s environment (MAILDESK_MICROSOFT_…); change it there and start the server again.
microsoft-many = This tenant stands for many. People can sign in, but mailboxes cannot be connected as the organisation: name your own tenant for that.
microsoft-missing = No Microsoft app is set yet. Register one in Entra, then enter it here.
microsoft-alarm = Microsoft does not accept the app: all mailboxes wait

# What every page tells administrators.
banner-alarm = Microsoft does not accept this server’s app: no mailbox can be synced until its credential is renewed.
banner-over = The credential of this server’s Microsoft app has ended: no mailbox can be synced until it is renewed.
banner-days = { $value ->
    [one] The credential of this server’s Microsoft app ends within a day. Mailboxes stop then.
   *[other] The credential of this server’s Microsoft app ends in { $value } days. Mailboxes stop then.
}
expiry-over = over
expiry-days = { $value ->
    [one] 1 day left
   *[other] { $value } days left
}

# The steps in Entra.
microsoft-steps = Registering the app in Entra
microsoft-step-register = In the Entra admin center, under App registrations, make a new registration. Note its application (client) id and directory (tenant) id.
microsoft-step-redirect = Under Authentication, add a redirect URI of the kind Web. It must match to the letter:
microsoft-redirect = Redirect URI
microsoft-no-base = The public address of this server is not set yet.
microsoft-step-credential = Under Certificates & secrets, add a certificate or a client secret. Of a secret copy the Value, not the Secret ID: it is shown once.
microsoft-step-permissions = Under API permissions, add these of Microsoft Graph:
microsoft-delegated = delegated, to connect as a person:
microsoft-application = application, to connect as the organisation:
microsoft-step-enter = Enter ids and credential above and save.
microsoft-step-consent = Let an administrator of the tenant consent. Microsoft lets most people consent to no mail access themselves, so hand the administrator a link:
microsoft-consent-make = Make a link for the administrator
microsoft-consent = Link for the administrator’s consent
microsoft-consent-open = Open it
microsoft-consent-once = It counts once, for seven days. Whoever opens it needs no account here.
microsoft-consented = An administrator consented on { $value }.
microsoft-step-connect = Test what was granted, then connect a mailbox:

# Test.
test-title = Test
test-text = Each permission is tried by a real call. Nothing is changed: writing and sending are tried on a message that does not exist.
test-person = As the person this mailbox belongs to
test-nobody = Nobody
test-organisation = As the organisation, the mailbox
test-outside = A mailbox the app must not reach
test-outside-hint = Where Exchange Online fences the app in (RBAC for Applications), a mailbox outside the fence must be refused.
test-button = Test
test-what = What
test-outcome = Outcome
test-holds = holds
test-fails = fails
test-unknown = not found out
test-all-hold = Everything holds.
test-some-unknown = Nothing failed, but not everything could be found out.
test-some-fail = { $value ->
    [one] One thing does not hold.
   *[other] { $value } things do not hold.
}
test-app = The app
test-credential = { $value } is accepted
test-person-stays = Staying signed in (offline_access, delegated)
test-person-profile = Knowing whose mailbox it is (User.Read, delegated)
test-person-reads = Reading mail (Mail.ReadWrite, delegated)
test-person-writes = Changing mail (Mail.ReadWrite, delegated)
test-person-sends = Sending mail (Mail.Send, delegated)
test-organisation-reads = Reading mail (Mail.ReadWrite, application)
test-organisation-writes = Changing mail (Mail.ReadWrite, application)
test-organisation-sends = Sending mail (Mail.Send, application)
test-fence = A mailbox outside the fence is refused
