"""Grants and what is issued under them: authorization codes, opaque access tokens, refresh tokens."""
