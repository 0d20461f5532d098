"""An authorization request on its way through the checks, and the facts they judge it by.

Facts are gathered first, so that the checks themselves are plain functions without a database behind them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sekisho.oidc.errors import OAuthError
from sekisho.oidc.models import Client, ResourceServer
from sekisho.oidc.options import DEFAULT_OPTIONS, AcrLevel, ProviderOptions
from sekisho.oidc.params import Params, words
from sekisho.oidc.ports import Ports, SigningKey

#: Parameters that only choose and prepare a page (oidc.md §8.1).
EXTRAS = (
    "first_screen",
    "interaction_mode",
    "direct_sign_in",
    "organization_id",
    "login_hint",
    "ui_locales",
    "identifier",
    "one_time_token",
    "google_one_tap_credential",
)

KNOWN = frozenset(
    {
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "id_token_hint",
        "acr_values",
        "dpop_jkt",
        "claims_locales",
        "display",
        "code_challenge",
        "code_challenge_method",
        "resource",
        "request",
        "request_uri",
        "registration",
        *EXTRAS,
    }
)
#: What a pushed request is called by (RFC 9126 §2.2), before the value that names it.
PUSHED_REQUEST_URN = "urn:ietf:params:oauth:request_uri:"

#: What a device says in a browser's place. It has no address to be answered at, and cannot be redirected to.
DEVICE_KNOWN = KNOWN - {
    *("redirect_uri", "response_type", "response_mode", "state", "prompt"),
    *("code_challenge", "code_challenge_method", "dpop_jkt", "request", "request_uri", "registration"),
}


class Endpoint(StrEnum):
    """Where a request came in: some rules hold at some endpoints only."""

    AUTHORIZATION = "authorization"
    #: RFC 9126
    PUSHED = "pushed"
    #: RFC 8628
    DEVICE = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known before the first check."""

    issuer: str
    client: Client | None = None
    #: Why the client cannot be used, although it exists.
    client_problem: OAuthError | None = None
    #: The requested resources that are registered, by indicator.
    resources: Mapping[str, ResourceServer] = field(default_factory=dict)
    default_resource: ResourceServer | None = None
    keys: Sequence[SigningKey] = ()
    options: ProviderOptions = DEFAULT_OPTIONS


@dataclass(slots=True, kw_only=True)
class AuthorizationRequest:
    """The request; each check refuses it or fills in what it has made sure of."""

    params: Params
    facts: Facts
    endpoint: Endpoint = Endpoint.AUTHORIZATION
    #: The device that waits for the answer, or the pushed request whose parameters these are.
    device_code_id: str | None = None
    pushed_request_id: str | None = None
    redirect_uri: str | None = None
    is_redirect_uri_verified: bool = False
    prompts: frozenset[str] = frozenset()
    scopes: Sequence[str] = ()
    resources: Sequence[ResourceServer] = ()
    max_age: timedelta | None = None
    hinted_account: str | None = None
    acr_levels: Sequence[AcrLevel] = ()
    proof_key: str | None = None

    def __post_init__(self) -> None:
        self.redirect_uri = self.params.get("redirect_uri") or self._only_redirect_uri()

    @property
    def client(self) -> Client:
        """The client, for everything after the check that there is one."""
        if self.facts.client is None:
            raise AssertionError("no check lets a request without a client pass")
        return self.facts.client

    @property
    def target(self) -> str:
        """The redirect URI, for everything after the check that there is one."""
        if self.redirect_uri is None:
            raise AssertionError("no check lets a request without a redirect URI pass")
        return self.redirect_uri

    @property
    def wants_auth_time(self) -> bool:
        # OpenID Connect Core §2: required when max_age was given; the product adds it for prompt=login.
        return "max_age" in self.params.values or "login" in words(self.params.get("prompt"))

    def stored(self) -> Mapping[str, Any]:
        """Return the parameters as an interaction keeps them."""
        kept: dict[str, Any] = dict(self.params.values)
        if self.params.resources:
            kept["resource"] = list(self.params.resources)
        return kept

    def _only_redirect_uri(self) -> str | None:
        # RFC 6749 §3.1.2.3: may be left out when exactly one is registered; but a repeated one was not left out.
        client = self.facts.client
        if client is None or "redirect_uri" in self.params.repeated or len(client.redirect_uris) != 1:
            return None
        return client.redirect_uris[0]


def restored_params(stored: Mapping[str, Any]) -> Params:
    """Return the parameters an interaction kept."""
    values = {name: value for name, value in stored.items() if name != "resource"}
    return Params(values=values, resources=tuple(stored.get("resource", ())))


async def gather(ports: Ports, params: Params) -> Facts:
    """Look up what the checks will want to know."""
    client, problem = None, None
    client_id = params.get("client_id")
    if client_id is not None:
        try:
            client = await ports.clients.find(client_id)
        except OAuthError as error:
            problem = error
    resources = {}
    for indicator in params.resources:
        if (resource := await ports.resources.find(indicator)) is not None:
            resources[indicator] = resource
    return Facts(
        issuer=ports.issuer,
        client=client,
        client_problem=problem,
        resources=resources,
        default_resource=None if params.resources else await ports.resources.default(),
        keys=await ports.keys.published() if params.get("id_token_hint") else (),
        options=await ports.options.get(),
    )
