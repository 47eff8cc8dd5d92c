//! Speaks Microsoft Graph and Entra correctly; knows no database, no policy, no page.
