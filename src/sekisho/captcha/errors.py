"""Refusals about captcha providers (management-api.md §13.5)."""

from sekisho.kernel.errors import EntityNotFound


class CaptchaProviderNotFound(EntityNotFound):
    """The tenant has none."""
