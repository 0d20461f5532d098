"""Roles: bundles of scopes that users and machine-to-machine applications hold."""
