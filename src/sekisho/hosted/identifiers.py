"""What people type to say who they are, on a form that takes several kinds: pure functions."""

from collections.abc import Iterable

from sekisho.hosted.pages import Identifier as Shown
from sekisho.sign_in.models import SignIn, SignUp
from sekisho.users.models import Identifier, IdentifierType

_FEWEST_DIGITS = 3


def read_identifier(text: str, *, accepted: Iterable[IdentifierType]) -> Identifier:
    """Return what a text most likely is among the kinds that are accepted (experience.md §25.3)."""
    value, kinds = text.strip(), tuple(accepted)
    looks_like_a_number = value.removeprefix("+").isdecimal() and len(value) >= _FEWEST_DIGITS
    if IdentifierType.PHONE in kinds and (looks_like_a_number or kinds == (IdentifierType.PHONE,)):
        return Identifier(type=IdentifierType.PHONE, value=value.removeprefix("+"))
    if IdentifierType.EMAIL in kinds and ("@" in value or IdentifierType.USERNAME not in kinds):
        return Identifier(type=IdentifierType.EMAIL, value=value)
    return Identifier(type=IdentifierType.USERNAME, value=value)


def sign_in_kinds(sign_in: SignIn) -> tuple[IdentifierType, ...]:
    """Return the kinds people may sign in with by password: none where every method is another."""
    return tuple(dict.fromkeys(method.identifier for method in sign_in.methods if method.password))


def sign_up_kinds(sign_up: SignUp) -> tuple[IdentifierType, ...]:
    """Return the kinds people may register with: a name alone, until addresses and numbers can be proven."""
    return tuple(kind for kind in dict.fromkeys(sign_up.identifiers) if kind is IdentifierType.USERNAME)


def shown(kinds: Iterable[IdentifierType]) -> tuple[Shown, ...]:
    """Return the kinds in the words of the pages."""
    return tuple(Shown(kind) for kind in kinds)
