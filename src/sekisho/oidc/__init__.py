"""The OpenID Connect and OAuth 2.0 provider as pure protocol: typed request, decision, typed answer.

Knows no web framework, no SQL and no HTTP client; what it needs of the world it asks through `ports`. The surface is
`sekisho.endpoints.oidc`, the door is `provider.Provider`.
"""
