"""The checks of an authorization request, one rule to a file; `authorize.pipeline` puts them in order."""
