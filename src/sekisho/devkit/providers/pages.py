"""What the pages of the fake providers say: one frozen dataclass per template."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An account somebody can be at a fake provider; the last one has neither name nor address."""

    value: str
    name: str | None
    email: str | None
    is_email_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The consent page of a fake provider: who to be, what is to go wrong, yes or no."""

    template: ClassVar[str] = "devkit/provider.html"
    provider: str
    application: str
    scopes: tuple[str, ...]
    #: The authorization request, which the form repeats.
    parameters: tuple[tuple[str, str], ...]
    accounts: tuple[Choice, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderProblem:
    """What a provider shows instead of sending somebody back: the request itself is wrong."""

    template: ClassVar[str] = "devkit/provider_problem.html"
    provider: str
    parameter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProvider:
    """What to type into a connector: names of its settings and their values."""

    name: str
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """`/dev/providers`: the fake providers and their credentials."""

    template: ClassVar[str] = "devkit/providers.html"
    providers: tuple[ListedProvider, ...]
