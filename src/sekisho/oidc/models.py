"""What the protocol speaks of: clients, accounts, resources, sessions, interactions, grants and what they issue.

Plain values. The slices `sessions` and `grants` keep them; everything that decides about them is in `oidc`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sekisho.kernel.ids import UserId
from sekisho.kernel.secret import Secret
from sekisho.oidc.scopes import OIDC_SCOPES

#: The resource whose scopes are those of organizations; no tenant can register it (oidc.md §19.1).
ORGANIZATIONS_RESOURCE = "urn:logto:resource:organizations"

ACCESS_TOKEN_LIFETIME = timedelta(seconds=3600)
CODE_LIFETIME = timedelta(seconds=60)
DEVICE_CODE_LIFETIME = timedelta(seconds=600)
PUSHED_REQUEST_LIFETIME = timedelta(seconds=60)
INTERACTION_LIFETIME = timedelta(seconds=3600)
GRANT_LIFETIME = timedelta(days=180)
SESSION_LIFETIME = timedelta(days=14)
#: Of a session nobody is signed in to: long enough to answer a page.
ANONYMOUS_SESSION_LIFETIME = timedelta(hours=1)
#: What is stored counts as expired this much after its time, because the machines of one tenant differ (oidc.md §13).
CLOCK_TOLERANCE = timedelta(seconds=15)
#: What subject tokens begin with: their older name in token exchange does not tell them apart (oidc.md §12.4).
SUBJECT_TOKEN_PREFIX = "sub_"  # noqa: S105 — a prefix
#: How long a rotated refresh token is still good, so that parallel requests of one client do not end its session.
REUSE_GRACE = timedelta(seconds=3)


Scopes = Sequence[str]


def is_expired(expires_at: datetime, *, now: datetime) -> bool:
    return now >= expires_at + CLOCK_TOLERANCE


class GrantType(StrEnum):
    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 — the name of a grant
    CLIENT_CREDENTIALS = "client_credentials"
    IMPLICIT = "implicit"
    DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
    TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 — the name of a grant


class ApplicationKind(StrEnum):
    """`application_type` of OpenID Connect Registration §2."""

    WEB = "web"
    NATIVE = "native"


class ClientAuthMethod(StrEnum):
    NONE = "none"
    #: The secret itself, in the header or in the body (oidc.md §6).
    SECRET_BASIC = "client_secret_basic"  # noqa: S105 — the name of a method
    #: A JWT signed with the secret, or with a private key whose public half is registered (RFC 7523 §2.2).
    SECRET_JWT = "client_secret_jwt"  # noqa: S105 — the name of a method
    PRIVATE_KEY_JWT = "private_key_jwt"

    @property
    def is_assertion(self) -> bool:
        return self in {ClientAuthMethod.SECRET_JWT, ClientAuthMethod.PRIVATE_KEY_JWT}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    name: str
    value: Secret
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An application as the protocol sees it; made and checked by `clients.load_client`."""

    id: str
    kind: ApplicationKind
    auth_method: ClientAuthMethod
    grant_types: frozenset[str]
    response_types: frozenset[str]
    redirect_uris: Sequence[str]
    post_logout_redirect_uris: Sequence[str] = ()
    secrets: Sequence[ClientSecret] = ()
    #: Public keys of a client that signs its assertions: the key set itself (RFC 7517 §5), or where it is.
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    #: Its access tokens are always bound to a key (RFC 9449 §5.2).
    requires_proof_key: bool = False
    #: The thumbprint of the key that this request has proved to hold (RFC 9449 §4): never registered.
    proof_key: str | None = None
    cors_allowed_origins: Sequence[str] = ()
    id_token_lifetime: timedelta = timedelta(seconds=3600)
    refresh_token_lifetime: timedelta = timedelta(days=14)
    rotates_refresh_tokens: bool = True
    always_issues_refresh_token: bool = False
    is_third_party: bool = False
    #: User scopes a third party may ask for; None for a first party, which may ask for all.
    allowed_scopes: frozenset[str] | None = None
    #: Per API, the scopes a third party may have; a first party may have all.
    allowed_resource_scopes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    max_allowed_grants: int | None = None

    @property
    def is_public(self) -> bool:
        return self.auth_method is ClientAuthMethod.NONE

    @property
    def requires_pkce(self) -> bool:
        # RFC 9700 §2.1.1: always, but for clients that hold a secret (oidc.md §5.1).
        return self.auth_method is not ClientAuthMethod.SECRET_BASIC

    def may_use(self, grant_type: GrantType) -> bool:
        return grant_type in self.grant_types

    def may_have(self, scopes: Scopes) -> Scopes:
        """Return the scopes without those OpenID scopes that a third party may not ask for."""
        if self.allowed_scopes is None:
            return scopes
        return [scope for scope in scopes if scope in self.allowed_scopes or scope not in OIDC_SCOPES]

    def may_have_at(self, indicator: str, scopes: Scopes) -> Scopes:
        """Return those of an API's scopes that the client may have, whoever signs in (oidc.md §20.4)."""
        if not self.is_third_party:
            return scopes
        # Attack: a third party asks an administrator for the scopes of the Management API.
        allowed = self.allowed_resource_scopes.get(indicator, frozenset())
        return [scope for scope in scopes if scope in allowed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The person a token is about."""

    id: UserId
    is_suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceServer:
    """An API that access tokens are made for (RFC 8707)."""

    indicator: str
    access_token_lifetime: timedelta = ACCESS_TOKEN_LIFETIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organization as consent pages, claims and scripts show it."""

    id: str
    name: str
    description: str | None = None
    custom_data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAuthorization:
    """What a session remembers of one client that signed its user in."""

    sid: str
    grant_id: str | None = None
    #: Offline access was granted: the client's tokens outlive the session (oidc.md §11.2).
    persists_logout: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutRequest:
    """A sign-out that waits for its confirmation; `xsrf` proves that our own page asked for it."""

    xsrf: str
    client_id: str | None = None
    post_logout_redirect_uri: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutNotice:
    """One application that has to be told of a sign-out; `issuer` is what its ID tokens name."""

    issuer: str
    client_id: str
    account_id: UserId
    sid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser. `uid` stays, the cookie value changes; without `account_id` nobody is signed in."""

    uid: str
    created_at: datetime
    expires_at: datetime
    account_id: UserId | None = None
    login_at: datetime | None = None
    authorizations: Mapping[str, ClientAuthorization] = field(default_factory=dict)
    logout: LogoutRequest | None = None
    #: Proves that a form for a device's code is our own page's in this browser (oidc.md §17.2).
    device_xsrf: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Why the person must be asked something: the page's name, the reasons, and what is missing."""

    name: str
    reasons: Sequence[str]
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionSession:
    """The session an interaction was started in, when somebody was signed in."""

    uid: str
    account_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """A question to the person, and in `result` what came of it (experience.md §2.3)."""

    uid: str
    client_id: str
    prompt: Prompt
    #: The authorization parameters as they came: text each, `resource` a list.
    params: Mapping[str, Any]
    return_to: str
    created_at: datetime
    expires_at: datetime
    session: InteractionSession | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    last_submission: Mapping[str, Any] = field(default_factory=dict)
    grant_id: str | None = None
    #: The device, or the pushed request, that the interaction is for.
    device_code_id: str | None = None
    pushed_request_id: str | None = None

    def outcome(self) -> Mapping[str, Any]:
        """Return everything this flow has learnt so far: earlier questions' results under this one's."""
        return {**self.last_submission, **self.result}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one person allowed one client: OpenID scopes, scopes per resource, and what was refused."""

    id: str
    account_id: UserId
    client_id: str
    created_at: datetime
    expires_at: datetime
    scopes: Scopes = ()
    resources: Mapping[str, Scopes] = field(default_factory=dict)
    rejected_scopes: Scopes = ()
    rejected_resources: Mapping[str, Scopes] = field(default_factory=dict)

    def allowed(self, requested: Scopes) -> Scopes:
        """Return the OpenID scopes that are both requested and granted, in the order requested."""
        return [scope for scope in requested if scope in self.scopes and scope not in self.rejected_scopes]

    def allowed_at(self, indicator: str, requested: Scopes) -> Scopes:
        """Return the scopes of a resource that are both requested and granted, in the order requested."""
        granted, rejected = self.resources.get(indicator, ()), self.rejected_resources.get(indicator, ())
        return [scope for scope in requested if scope in granted and scope not in rejected]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What codes and tokens of one authorization have in common."""

    grant: Grant
    scopes: Scopes
    resources: Sequence[str] = ()
    nonce: str | None = None
    #: Set when the request asked for `auth_time` (max_age or prompt=login).
    auth_time: datetime | None = None
    #: What the sign-in counted as, when the request asked (OpenID Connect Core §2).
    acr: str | None = None
    #: The thumbprint of the key that whoever presents this must prove to hold (RFC 9449); None for bearers.
    proof_key: str | None = None
    session_uid: str | None = None
    sid: str | None = None
    #: Without offline access a token dies with the session it came from (oidc.md §11.2).
    expires_with_session: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    authorization: Authorization
    redirect_uri: str
    created_at: datetime
    expires_at: datetime
    code_challenge: str | None = None
    is_consumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An opaque access token; JWT access tokens are not kept."""

    authorization: Authorization
    created_at: datetime
    expires_at: datetime
    grant_history: str
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectToken:
    """Leave to act as somebody, for one exchange; `context` is for the tenant's custom claims."""

    account_id: UserId
    expires_at: datetime
    context: Mapping[str, Any] = field(default_factory=dict)
    is_consumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    authorization: Authorization
    created_at: datetime
    expires_at: datetime
    grant_history: str
    #: When the first token of the chain was issued; a chain ends after a year (oidc.md §12.2).
    chain_started_at: datetime
    rotations: int = 0
    consumed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """A device that waits for its user (RFC 8628 §3.2); the codes themselves are known by digest only."""

    id: str
    client_id: str
    #: What the device asked for, as an interaction keeps it.
    params: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime
    #: Somebody typed the user code and said yes to it; nobody else can.
    is_claimed: bool = False
    #: How it ended: an error for the device…
    error: str | None = None
    error_description: str | None = None
    #: … or what the device may have.
    authorization: Authorization | None = None
    is_consumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedRequest:
    """An authorization request that the client sent ahead (RFC 9126)."""

    id: str
    client_id: str
    params: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime
    is_consumed: bool = False
