"""Personal access tokens: a user's own long-lived tokens, exchanged for access tokens (management-api.md §6.6)."""
