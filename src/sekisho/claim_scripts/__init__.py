"""Scripts that add a tenant's own claims to access tokens (oidc.md §26)."""
