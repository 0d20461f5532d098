"""What a kept password looks like, and what a tenant demands of a new one."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

T = TypeVar("T")

MAX_PASSWORD_BYTES = 4096
"""Longer texts are nobody's password. Attack: megabytes to hash and to search, at no cost to the sender."""


class HashMethod(StrEnum):
    """Values of `passwordEncryptionMethod`."""

    ARGON2I = "Argon2i"
    ARGON2ID = "Argon2id"
    ARGON2D = "Argon2d"
    BCRYPT = "Bcrypt"
    MD5 = "MD5"
    SHA1 = "SHA1"
    SHA256 = "SHA256"
    LEGACY = "Legacy"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordHash:
    """A password as it is kept; `encoded` carries its own salt and cost."""

    method: HashMethod
    encoded: str = field(repr=False)


class LengthRule(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    min: int | UnsetType = UNSET
    max: int | UnsetType = UNSET


class CharacterTypesRule(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    min: int | UnsetType = UNSET


class RejectRule(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    pwned: bool | UnsetType = UNSET
    repetition_and_sequence: bool | UnsetType = UNSET
    user_info: bool | UnsetType = UNSET
    words: tuple[str, ...] | UnsetType = UNSET


class PasswordPolicy(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`passwordPolicy` as stored: what is left out has the default that the properties tell (experience.md §8.1)."""

    length: LengthRule = LengthRule()
    character_types: CharacterTypesRule = CharacterTypesRule()
    rejects: RejectRule = RejectRule()

    @property
    def min_length(self) -> int:
        return _given(self.length.min, otherwise=8)

    @property
    def max_length(self) -> int:
        return _given(self.length.max, otherwise=256)

    @property
    def min_character_types(self) -> int:
        return _given(self.character_types.min, otherwise=1)

    @property
    def rejects_breached(self) -> bool:
        return _given(self.rejects.pwned, otherwise=True)

    @property
    def rejects_repetition_and_sequence(self) -> bool:
        return _given(self.rejects.repetition_and_sequence, otherwise=True)

    @property
    def rejects_user_info(self) -> bool:
        return _given(self.rejects.user_info, otherwise=True)

    @property
    def rejected_words(self) -> tuple[str, ...]:
        return _given(self.rejects.words, otherwise=())


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfo:
    """What people like to build passwords from."""

    name: str | None = None
    username: str | None = None
    email: str | None = None
    phone: str | None = None


NOBODY = UserInfo()


class Rejection(StrEnum):
    """Why a password is refused; the wire says `password_rejected.<value>`."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNSUPPORTED_CHARACTERS = "unsupported_characters"
    CHARACTER_TYPES = "character_types"
    PWNED = "pwned"
    REPETITION = "restricted.repetition"
    SEQUENCE = "restricted.sequence"
    WORDS = "restricted.words"
    USER_INFO = "restricted.user_info"


Interpolation: TypeAlias = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """One reason, and the numbers its message speaks of."""

    rejection: Rejection
    interpolation: Interpolation = ()

    @property
    def code(self) -> str:
        return f"password_rejected.{self.rejection}"

    def to_wire(self) -> dict[str, object]:
        wire: dict[str, object] = {"code": self.code}
        if self.interpolation:
            wire["interpolation"] = dict(self.interpolation)
        return wire


def _given(value: T | UnsetType, *, otherwise: T) -> T:
    return otherwise if value is UNSET else value
