"""Signing keys: what each tenant signs its tokens and its cookies with."""
