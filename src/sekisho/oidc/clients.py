"""Clients: made from what an administrator registered, and recognised by what a request presents.

Registration data is checked each time it is loaded, so that a value that became unacceptable stops working at once.
"""

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import unquote_to_bytes, urlsplit

from sekisho.oidc.client_assertions import ASSERTION_TYPE, prove_by_assertion, subject_of
from sekisho.oidc.errors import (
    ClientAuthenticationFailed,
    InvalidClient,
    InvalidClientMetadata,
    InvalidRedirectUri,
    InvalidRequest,
    OriginNotAllowed,
)
from sekisho.oidc.models import ApplicationKind, Client, ClientAuthMethod, ClientSecret, GrantType
from sekisho.oidc.params import Params
from sekisho.oidc.ports import Ports
from sekisho.oidc.redirect_uris import origin_matches, registration_problem

#: Every parameter by which a client says and proves who it is, wherever it does.
AUTHENTICATION_PARAMETERS = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type"})

#: The longest life a client may wish for its ID and refresh tokens.
LONGEST_LIFETIME = timedelta(days=3650)

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class ApplicationType(StrEnum):
    """The product's own types of applications (oidc.md §5.1)."""

    NATIVE = "Native"
    SPA = "SPA"
    TRADITIONAL = "Traditional"
    MACHINE_TO_MACHINE = "MachineToMachine"
    PROTECTED = "Protected"
    SAML = "SAML"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a type of application means in the protocol."""

    kind: ApplicationKind
    auth_method: ClientAuthMethod
    grant_types: frozenset[GrantType]
    response_types: frozenset[str] = frozenset({"code"})


_CODE = frozenset({GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN})
_WITH_SECRET = Profile(kind=ApplicationKind.WEB, auth_method=ClientAuthMethod.SECRET_BASIC, grant_types=_CODE)
_DEVICE = Profile(
    kind=ApplicationKind.NATIVE,
    auth_method=ClientAuthMethod.NONE,
    grant_types=frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN}),
    response_types=frozenset(),
)
_PROFILES: dict[ApplicationType, Profile] = {
    ApplicationType.NATIVE: Profile(kind=ApplicationKind.NATIVE, auth_method=ClientAuthMethod.NONE, grant_types=_CODE),
    ApplicationType.SPA: Profile(kind=ApplicationKind.WEB, auth_method=ClientAuthMethod.NONE, grant_types=_CODE),
    ApplicationType.TRADITIONAL: _WITH_SECRET,
    ApplicationType.PROTECTED: _WITH_SECRET,
    ApplicationType.SAML: _WITH_SECRET,
    ApplicationType.MACHINE_TO_MACHINE: Profile(
        kind=ApplicationKind.WEB,
        auth_method=ClientAuthMethod.SECRET_BASIC,
        grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}),
        response_types=frozenset(),
    ),
}


def profile_of(type_: ApplicationType, *, is_device_flow: bool, may_exchange_tokens: bool) -> Profile:
    """Return what an application may do: its type's profile, and token exchange where it is allowed."""
    profile = _DEVICE if is_device_flow and type_ is ApplicationType.NATIVE else _PROFILES[type_]
    if not may_exchange_tokens:
        return profile
    return Profile(
        kind=profile.kind,
        auth_method=profile.auth_method,
        grant_types=profile.grant_types | {GrantType.TOKEN_EXCHANGE},
        response_types=profile.response_types,
    )


def checked(client: Client) -> Client:
    """Return the client, or refuse to use it at all (oidc.md §5.1, §7.1)."""
    if client.may_use(GrantType.AUTHORIZATION_CODE) and not client.redirect_uris:
        raise InvalidRedirectUri("redirect_uris must contain members")
    if client.auth_method is ClientAuthMethod.PRIVATE_KEY_JWT and (client.jwks is None) == (client.jwks_uri is None):
        raise InvalidClientMetadata("private_key_jwt needs either jwks or jwks_uri")
    for uri in client.redirect_uris:
        if problem := registration_problem(uri):
            raise InvalidRedirectUri(f"redirect_uris {problem}")
    for uri in client.post_logout_redirect_uris:
        if problem := registration_problem(uri):
            raise InvalidClientMetadata(f"post_logout_redirect_uris {problem}")
    return client


def lifetime_of(seconds: float, *, name: str) -> timedelta:
    """Return a lifetime that an administrator set, or refuse to use its client at all (oidc.md §5.1)."""
    if not 0 < seconds <= LONGEST_LIFETIME.total_seconds():
        raise InvalidClientMetadata(f"{name} must be positive and not more than {LONGEST_LIFETIME.days} days")
    return timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What a request says about its client."""

    client_id: str
    secret: str | None = None
    assertion: str | None = None
    used_header: bool = False


def presented_by(params: Params, *, authorization: str | None) -> Presented:
    """Read the client's credentials, presented in one way only (RFC 6749 §2.3, RFC 7521 §4.2)."""
    assertion = _assertion(params)
    body_id, body_secret = params.get("client_id"), params.get("client_secret")
    if assertion is not None and (authorization is not None or body_secret is not None):
        raise InvalidRequest("client authentication must only be provided using one mechanism")
    if assertion is not None:
        # RFC 7521 §4.2: the client_id may be left out, because the assertion names the client.
        return Presented(client_id=body_id or subject_of(assertion), assertion=assertion)
    if authorization is None:
        if body_id is None:
            raise InvalidRequest("no client authentication mechanism provided")
        return Presented(client_id=body_id, secret=body_secret)
    client_id, secret = _basic(authorization)
    if body_id is not None and body_id != client_id:
        raise InvalidRequest("client_id mismatch")
    if body_secret is not None:
        raise InvalidRequest("client authentication must only be provided using one mechanism")
    return Presented(client_id=client_id, secret=secret, used_header=True)


async def authenticate(ports: Ports, params: Params, *, authorization: str | None, origin: str | None) -> Client:
    """Return the client that sent the request, having proved that it is the one (oidc.md §6)."""
    presented = presented_by(params, authorization=authorization)
    client = await ports.clients.find(presented.client_id)
    if client is None:
        raise InvalidClient(f"invalid client {presented.client_id}")
    if origin is not None:
        check_origin(client, origin, own_origin=origin_of(ports.base_url))
    secret = None
    if client.auth_method.is_assertion and presented.assertion is not None:
        await prove_by_assertion(ports, client, presented.assertion)
    else:
        secret = prove(client, presented, now=ports.clock.now())
    ports.journal.client_proved(client.id, secret_name=None if secret is None else secret.name)
    return client


def prove(client: Client, presented: Presented, *, now: datetime) -> ClientSecret | None:
    """Return the secret that was presented, compared in constant time with all of the client; None for a public one.

    Raises `ClientAuthenticationFailed`.
    """
    # Attack: downgrade. Who registered to sign is not believed for a secret, nor the other way about.
    if client.auth_method.is_assertion or presented.assertion is not None:
        raise ClientAuthenticationFailed("not the client's method", used_header=presented.used_header)
    if client.is_public:
        if presented.secret is not None:
            raise ClientAuthenticationFailed("secret sent for a public client", used_header=presented.used_header)
        return None
    if presented.secret is None:
        raise ClientAuthenticationFailed("secret missing", used_header=presented.used_header)
    matching = [secret for secret in client.secrets if secret.value.matches(presented.secret)]
    if not matching:
        raise ClientAuthenticationFailed("wrong secret", used_header=presented.used_header)
    for secret in matching:
        if secret.expires_at is None or secret.expires_at > now:
            return secret
    raise InvalidRequest("client secret has expired")


def check_origin(client: Client, origin: str | None, *, own_origin: str) -> None:
    """Refuse a browser's request from a page that is not the client's (oidc.md §1.5)."""
    if origin is None or is_origin_allowed(client, origin, own_origin=own_origin):
        return
    raise OriginNotAllowed(f"origin {origin} not allowed for client: {client.id}")


def is_origin_allowed(client: Client, origin: str, *, own_origin: str) -> bool:
    if origin == own_origin or origin in client.cors_allowed_origins:
        return True
    return any(origin_matches(origin, uri) for uri in client.redirect_uris)


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _assertion(params: Params) -> str | None:
    assertion, kind = params.get("client_assertion"), params.get("client_assertion_type")
    if assertion is None and kind is None:
        return None
    # RFC 7521 §4.2, RFC 7523 §2.2
    if assertion is None or kind is None:
        missing = "client_assertion" if assertion is None else "client_assertion_type"
        raise InvalidRequest(f"missing required parameter '{missing}'")
    if kind != ASSERTION_TYPE:
        raise InvalidRequest(f"client_assertion_type must be {ASSERTION_TYPE}")
    return assertion


def _basic(authorization: str) -> tuple[str, str]:
    """Read HTTP Basic credentials (RFC 7617), each half form-urlencoded first (RFC 6749 §2.3.1)."""
    parts: Sequence[str] = authorization.split(" ")
    if len(parts) != 2 or parts[0].lower() != "basic":  # noqa: PLR2004 — scheme and credentials
        raise InvalidRequest("invalid authorization header value format")
    try:
        encoded_id, colon, encoded_secret = binascii.a2b_base64(parts[1]).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest("invalid authorization header value format") from error
    if not colon:
        raise InvalidRequest("invalid authorization header value format")
    try:
        client_id, secret = _form_decoded(encoded_id), _form_decoded(encoded_secret)
    except ValueError as error:
        raise InvalidRequest(
            "client_id and client_secret in the authorization header are not properly encoded"
        ) from error
    if not secret:
        raise InvalidRequest("client_secret must be provided in the Authorization header")
    return client_id, secret


def _form_decoded(text: str) -> str:
    decoded = text.replace("+", " ")
    if "%" in decoded:
        if _BROKEN_ESCAPE.search(decoded):
            raise ValueError("broken percent-encoding")
        decoded = unquote_to_bytes(decoded).decode()
    if "\x00" in decoded:
        raise ValueError("null character")
    return decoded
