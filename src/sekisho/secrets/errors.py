"""Refusals about secrets."""

from sekisho.kernel.errors import EntityNotFound


class SecretNotFound(EntityNotFound):
    """There is no such secret."""
