"""Refusals of the account center."""

from sekisho.kernel.errors import EntityNotFound


class AccountCenterNotFound(EntityNotFound):
    """The tenant was not seeded."""
