"""What several pages have in common: fields, documents to agree to, buttons of providers, a robot check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, TypeAlias

#: Error text by field name; a field that is not named here is fine.
FieldErrors: TypeAlias = Mapping[str, str]


class Identifier(StrEnum):
    """What a person may be known by; the order of a tuple is the order of the label."""

    USERNAME = "username"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """What every page with a form of ours has."""

    template: ClassVar[str]
    action: str
    csrf_token: str
    #: What went well on the way here.
    notice: str | None = None
    #: What is wrong with the whole form: wrong password, locked out, turned off.
    problem: str | None = None
    errors: FieldErrors = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Documents a person agrees to; `must_tick` asks for a tick instead of saying so (§25.4)."""

    terms_of_use_url: str | None = None
    privacy_policy_url: str | None = None
    must_tick: bool = False

    @property
    def any(self) -> bool:
        return bool(self.terms_of_use_url or self.privacy_policy_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Where a person finds help (`supportEmail`, `supportWebsiteUrl`)."""

    email: str | None = None
    website_url: str | None = None


NO_SUPPORT = Support()


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordHint:
    """What the tenant's password policy asks for, as far as a reader must know it before typing."""

    min_length: int = 8
    min_character_types: int = 1


DEFAULT_HINT = PasswordHint()


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country or region of the telephone network."""

    code: str
    name: str
    calling_code: str

    @property
    def label(self) -> str:
        return f"{self.name} (+{self.calling_code})"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryChoice:
    """Where a number that is typed without its country code belongs. Field: `country`."""

    countries: tuple[Country, ...]
    chosen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialButton:
    """A provider one can come in through: pressing it posts the form it stands in to `action`."""

    name: str
    action: str
    logo_url: str | None = None
    dark_logo_url: str | None = None


class Widget(StrEnum):
    """The robot checks there are, each with a script of its own."""

    TURNSTILE = "turnstile"
    RECAPTCHA = "recaptcha"
    RECAPTCHA_INVISIBLE = "recaptcha-invisible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Captcha:
    """A robot check that has to be passed; it needs scripts."""

    widget: Widget
    site_key: str
    script_url: str
    #: Where its scripts and frames come from, for the page's policy.
    sources: tuple[str, ...] = ()
