"""The protocol's ports (`sekisho.oidc.ports`) over the slices: applications as clients, users as accounts, and so on.

Translates names and types; decides nothing.
"""
