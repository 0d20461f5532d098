"""Keys and what is done with them: sealing at rest, digests, signing keys. Knows no table, no setting and no HTTP."""
