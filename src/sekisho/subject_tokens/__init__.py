"""Subject tokens: an administrator lets an application act as somebody, once, by token exchange (oidc.md §12.4)."""
