"""What differs between providers: where they answer, what they insist on, and how they say yes and no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

from sekisho.devkit.providers.accounts import Account
from sekisho.devkit.providers.faults import Fault, Problem

Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    status: int
    body: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who calls the token endpoint, as the call says; `secret` is None when none was sent."""

    id: str
    secret: str | None = None
    is_basic: bool = False
    assertion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What a token answer is made of."""

    account: Account
    scopes: Sequence[str]
    access_token: str
    refresh_token: str
    nonce: str | None
    fault: Fault | None
    now: int


class Dialect(Protocol):
    key: ClassVar[str]
    name: ClassVar[str]
    #: Origins that a development server stands in for; none where the connector is told every address.
    origins: ClassVar[Sequence[str]]
    authorization_path: ClassVar[str]
    token_path: ClassVar[str]
    profile_path: ClassVar[str]
    #: Parameters of an authorization request without which the provider shows an error page.
    needed: ClassVar[Sequence[str]]
    faults: ClassVar[Sequence[Fault]]
    #: How the provider sends somebody back who did not consent.
    denial: ClassVar[Mapping[str, str]]

    def knows(self, client: Client) -> bool:
        """Say whether the caller of the token endpoint proved to be the registered application."""
        ...

    def refusal(self, problem: Problem) -> Refusal: ...

    def tokens(self, granted: Granted) -> Json: ...

    def profile(self, account: Account, *, scopes: Sequence[str], query: Mapping[str, str]) -> Json | Problem:
        """Return what the provider tells of an account to who holds a token with these scopes."""
        ...


COMMON_FAULTS = (
    Fault.NO_EMAIL,
    Fault.FORGED_STATE,
    Fault.EXPIRED_CODE,
    Fault.WRONG_SECRET,
    Fault.REVOKED_TOKEN,
    Fault.TOKEN_ERROR,
    Fault.PROFILE_ERROR,
    Fault.SLOW,
    Fault.NOT_JSON,
    Fault.NO_ID,
)


def client_id_of(key: str) -> str:
    """Return the id of the one application that is registered at a provider."""
    return f"{key}-client"


def secret_of(key: str) -> str:
    return f"{key}-secret-to-try-out"


def present(members: Json) -> dict[str, Any]:
    """Return the members that say something."""
    return {name: value for name, value in members.items() if value is not None}
