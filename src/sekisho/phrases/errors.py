"""Refusals about custom phrases (management-api.md §13.3)."""

from sekisho.kernel.errors import DomainError, EntityNotFound, ErrorKind


class CustomPhraseNotFound(EntityNotFound):
    """The tenant has not translated this language."""


class UnknownPhrases(DomainError):
    """The translation has keys that no page has."""

    code = "localization.invalid_translation_structure"
    kind = ErrorKind.UNPROCESSABLE


class FallbackLanguageNeeded(DomainError):
    """The pages fall back to this language."""

    code = "localization.cannot_delete_default_language"
    kind = ErrorKind.CONFLICT
