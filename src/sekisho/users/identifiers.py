"""How identifiers are normalised and compared: pure functions from a text to the key it is unique by.

Letters are folded within ASCII only. Attack: full Unicode folding maps look-alikes such as the Kelvin sign onto ASCII,
so that mail for one address could be asked for, and sent, under another that "is" the same account.
"""

import string
from typing import assert_never

from sekisho.users.models import Identifier, IdentifierType

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def key_of(identifier: Identifier, *, are_usernames_case_sensitive: bool) -> str:
    """Return what the account with this identifier is found by."""
    match identifier.type:
        case IdentifierType.USERNAME:
            return username_key(identifier.value, is_case_sensitive=are_usernames_case_sensitive)
        case IdentifierType.EMAIL:
            return email_key(identifier.value)
        case IdentifierType.PHONE:
            return phone_key(identifier.value)
        case _:
            assert_never(identifier.type)


def fold(text: str) -> str:
    """Return the text with ASCII capitals made small."""
    return text.translate(_FOLD)


def username_key(username: str, *, is_case_sensitive: bool) -> str:
    return username if is_case_sensitive else fold(username)


def email_key(email: str) -> str:
    return fold(email)


def normalize_phone(digits: str) -> str:
    """Return country code and national number, without the latter's trunk zero; what is no number stays as it is."""
    parsed = _parse(digits)
    return digits if parsed is None else "".join(parsed)


def phone_key(digits: str) -> str:
    """Return what a number is unique by: the same with and without a leading zero of its national part."""
    parsed = _parse(digits)
    return digits if parsed is None else parsed[0] + parsed[1].removeprefix("0")


def is_phone_number(digits: str) -> bool:
    """Tell whether the digits can be read as an international number."""
    return _parse(digits) is not None


def _parse(digits: str) -> tuple[str, str] | None:
    """Return country code and national number, or None for what is no number."""
    # Attack: signs, spaces and digits of other scripts spell one number in ways without end (experience.md §9).
    if not (digits.isascii() and digits.isdigit()):
        return None
    import phonenumbers  # noqa: PLC0415 — most keys are made of names and addresses

    try:
        parsed = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        return None
    return str(parsed.country_code), phonenumbers.national_significant_number(parsed)
