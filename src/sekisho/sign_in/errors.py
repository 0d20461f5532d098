"""Refusals of the sign-in experience."""

from sekisho.kernel.errors import EntityNotFound


class SignInExperienceNotFound(EntityNotFound):
    """The tenant was not seeded."""
