//! Who we are towards Microsoft: app registration, sign-in, tokens, what was granted.
