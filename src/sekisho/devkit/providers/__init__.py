"""Stand-ins for the providers people sign in with, on a development server and in tests.

They speak the real protocols: parameters, PKCE, one-time codes, each provider's own JSON, errors and quirks. Nothing
about them is secret: whoever reaches one may be any of its accounts.
"""
