"""API resources and their scopes: what access tokens are made for."""
