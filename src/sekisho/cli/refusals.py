"""Errors that an operator can do something about, in words."""

from sekisho.kernel.errors import DatabaseUnavailable, DomainError


class Refusal(Exception):
    """A command cannot do what it was asked to; the text says why and what would help."""


def as_text(error: Exception) -> str | None:
    """Return what to tell an operator, or None for an error that is a bug of ours."""
    from sekisho.crypto.jwk import UnusableKey  # noqa: PLC0415 — loaded only when something went wrong
    from sekisho.crypto.key_file import UnusableKeyFile  # noqa: PLC0415
    from sekisho.i18n.translator import translator  # noqa: PLC0415
    from sekisho.settings import UnusableSettings  # noqa: PLC0415
    from sekisho.tenants.errors import VaultLocked  # noqa: PLC0415

    match error:
        case DomainError():
            told = translator("en").error(error.code, **{"details": error.details or "", **error.values})
            return f"{told} ({error.code})"
        case DatabaseUnavailable():
            return f"The database cannot be reached: {error}"
        case Refusal() | UnusableKey() | UnusableKeyFile() | UnusableSettings() | VaultLocked():
            return str(error)
        case _:
            return None
