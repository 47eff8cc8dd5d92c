# The Microsoft app registration.
