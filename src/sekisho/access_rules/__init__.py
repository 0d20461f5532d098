"""Who may use which application: users named one by one, and those who hold one of some roles (oidc.md §27)."""
