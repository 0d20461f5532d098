"""What people type to say who they are, on a form that takes several kinds: pure functions."""

import re
from collections.abc import Iterable

from sekisho.hosted.countries import is_like_number, read_number
from sekisho.hosted.pages import Identifier as Shown
from sekisho.users.models import Identifier, IdentifierType

#: experience.md §9.
_EMAIL = re.compile(r"\S+@\S+\.\S+")
_LONGEST_EMAIL = 256


def read_identifier(text: str, *, accepted: Iterable[IdentifierType], region: str | None = None) -> Identifier:
    """Return what a text most likely is among the kinds that are accepted (experience.md §25.3).

    A number is completed with the code of a region; one that nobody can be called by stays as it was typed.
    """
    value, kinds = text.strip(), tuple(accepted)
    if IdentifierType.PHONE in kinds and (is_like_number(value) or kinds == (IdentifierType.PHONE,)):
        return Identifier(type=IdentifierType.PHONE, value=read_number(value, region=region) or value.removeprefix("+"))
    if IdentifierType.EMAIL in kinds and ("@" in value or IdentifierType.USERNAME not in kinds):
        return Identifier(type=IdentifierType.EMAIL, value=value)
    return Identifier(type=IdentifierType.USERNAME, value=value)


def can_be_reached(identifier: Identifier) -> bool:
    """Tell whether a message could be sent there; a name is nothing that anything is sent to."""
    match identifier.type:
        case IdentifierType.EMAIL:
            return len(identifier.value) <= _LONGEST_EMAIL and _EMAIL.fullmatch(identifier.value) is not None
        case IdentifierType.PHONE:
            return read_number(f"+{identifier.value}", region=None) == identifier.value
        case _:
            return False


def shown(kinds: Iterable[IdentifierType]) -> tuple[Shown, ...]:
    """Return the kinds in the words of the pages."""
    return tuple(Shown(kind) for kind in kinds)
