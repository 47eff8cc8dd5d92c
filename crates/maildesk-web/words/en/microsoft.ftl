# The Microsoft app registration.

microsoft-title = Microsoft app
microsoft-set = The app MailDesk signs in as
microsoft-client-id = Client id
microsoft-tenant = Tenant
microsoft-cloud = Cloud
microsoft-credential = Credential
microsoft-certificate = A certificate is set.
microsoft-secrets = { $value ->
    [one] A client secret is set.
   *[other] { $value } client secrets are set: the one is tried where the other is refused.
}
microsoft-environment = Set by the environment (MAILDESK_MICROSOFT_…); change it there and start the server again.
microsoft-many = This tenant stands for many. People can sign in, but mailboxes cannot be connected as the organisation: name your own tenant for that.
microsoft-missing = No Microsoft app is set yet. Register one in Entra, set these in the environment or the settings file, and start the server again:
microsoft-steps = Registering the app in Entra
microsoft-step-register = In the Entra admin center, under App registrations, make a new registration. Note its application (client) id and directory (tenant) id.
microsoft-step-redirect = Under Authentication, add a redirect URI of the kind Web. It must match to the letter:
microsoft-redirect = Redirect URI
microsoft-no-base = The public address of this server is not set yet.
microsoft-step-credential = Under Certificates & secrets, add a certificate or a client secret. Of a secret copy the Value, not the Secret ID: it is shown once.
microsoft-step-permissions = Under API permissions, add these of Microsoft Graph:
microsoft-delegated = delegated, to connect as a person:
microsoft-application = application, to connect as the organisation:
microsoft-step-consent = Let an administrator of the tenant consent. Microsoft lets most people consent to no mail access themselves, so hand them this link:
microsoft-consent = Link for the administrator’s consent
microsoft-consent-open = Open it
microsoft-step-connect = Connect a mailbox: its first sync proves that the permissions hold.
