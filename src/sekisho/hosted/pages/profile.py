"""The pages that ask for what is missing before a person may come in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeAlias

from sekisho.hosted.pages.parts import DEFAULT_HINT, CountryChoice, FormPage, Identifier, PasswordHint


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueUsername(FormPage):
    """`/continue/username`: a name that is still missing. Fields: `identifier`."""

    template: ClassVar[str] = "hosted/continue_username.html"
    identifiers: tuple[Identifier, ...] = (Identifier.USERNAME,)
    identifier: str = ""
    country: CountryChoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuePassword(FormPage):
    """`/continue/password`: a password that is still missing. Fields: `newPassword`, `confirmPassword`."""

    template: ClassVar[str] = "hosted/continue_password.html"
    kind: Identifier = Identifier.USERNAME
    #: For the reader's password manager, which keeps the new password under it.
    identifier: str | None = None
    password_hint: PasswordHint = DEFAULT_HINT
    confirm_password: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueAddress(FormPage):
    """`/continue/email`, `/continue/phone`, `/continue/emailOrPhone`. Fields: `identifier`, `country`."""

    template: ClassVar[str] = "hosted/continue_address.html"
    identifiers: tuple[Identifier, ...]
    identifier: str = ""
    country: CountryChoice | None = None
    #: The provider through which the person came.
    linked_with: str | None = None


class Control(StrEnum):
    """How a profile field is filled in."""

    TEXT = "text"
    LINES = "lines"
    NUMBER = "number"
    DATE = "date"
    URL = "url"
    TICK = "tick"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChoice:
    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileInput:
    """A profile field, or a part of one; `pattern` is what a browser matches the value with."""

    name: str
    label: str
    control: Control = Control.TEXT
    value: str = ""
    description: str | None = None
    placeholder: str = ""
    pattern: str = ""
    is_required: bool = False
    autocomplete: str = "off"
    choices: tuple[ProfileChoice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileGroup:
    """A profile field with parts: an address, a full name."""

    label: str
    inputs: tuple[ProfileInput, ...]
    description: str | None = None


ProfileField: TypeAlias = ProfileInput | ProfileGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueExtraProfile(FormPage):
    """`/continue/extra-profile`. Fields: one for each input, by its name."""

    template: ClassVar[str] = "hosted/continue_extra_profile.html"
    profile_fields: tuple[ProfileField, ...]

    @property
    def needs_browser_checks(self) -> bool:
        """Whether something is asked for that the reader's browser alone can check."""
        inputs = (each for field in self.profile_fields for each in inputs_of(field))
        return any(each.pattern for each in inputs)


def inputs_of(field: ProfileField) -> tuple[ProfileInput, ...]:
    """Return the inputs of a field: its parts, or itself."""
    return field.inputs if isinstance(field, ProfileGroup) else (field,)
