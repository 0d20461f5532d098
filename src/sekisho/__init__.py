"""Sekisho, the identity platform."""
