"""Introspection (RFC 7662) and revocation (RFC 7009) of what we keep: opaque access tokens and refresh tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sekisho.kernel.clock import epoch_seconds
from sekisho.oidc.clients import AUTHENTICATION_PARAMETERS, authenticate
from sekisho.oidc.errors import InvalidRequest, UnsupportedTokenType
from sekisho.oidc.grants.answer import token_type
from sekisho.oidc.models import REUSE_GRACE, Authorization, Client, RefreshToken
from sekisho.oidc.params import read_params
from sekisho.oidc.ports import Ports
from sekisho.oidc.token_status import is_alive
from sekisho.oidc.tokens.jwt import looks_like_jwt

_KNOWN = AUTHENTICATION_PARAMETERS | {"token", "token_type_hint"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenManagementRequest:
    form: Sequence[tuple[str, str]]
    authorization: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    authorization: Authorization
    created_at: datetime
    expires_at: datetime
    is_refresh_token: bool
    is_spent: bool = False
    extra: Mapping[str, Any]


async def introspect(ports: Ports, request: TokenManagementRequest) -> Mapping[str, Any]:
    """Return what a token is, or only that it is nothing."""
    client, token = await _read(ports, request)
    if looks_like_jwt(token):
        raise UnsupportedTokenType("Structured JWT Tokens cannot be introspected via the introspection_endpoint")
    found = await _find(ports, token)
    if found is None or found.is_spent or not await is_alive(ports, found.authorization, expires_at=found.expires_at):
        return {"active": False}
    grant = found.authorization.grant
    # RFC 7662 §4: a client that anybody can pretend to be learns nothing about others' tokens.
    if client.is_public and grant.client_id != client.id:
        return {"active": False}
    answer: dict[str, Any] = {
        **found.extra,
        "active": True,
        "sub": grant.account_id,
        "client_id": grant.client_id,
        "exp": epoch_seconds(found.expires_at),
        "iat": epoch_seconds(found.created_at),
        "iss": ports.issuer,
        "scope": " ".join(found.authorization.scopes),
    }
    proof_key = found.authorization.proof_key
    if proof_key is not None:
        # RFC 9449 §6.2
        answer["cnf"] = {"jkt": proof_key}
    if not found.is_refresh_token:
        answer["token_type"] = token_type(is_bound=proof_key is not None)
    return answer


async def revoke(ports: Ports, request: TokenManagementRequest) -> None:
    """Revoke a token with all it belongs to; an unknown one is fine as it is (RFC 7009 §2.2)."""
    client, token = await _read(ports, request)
    if looks_like_jwt(token):
        raise UnsupportedTokenType("Structured JWT Tokens cannot be revoked via the revocation_endpoint")
    found = await _find(ports, token)
    if found is None:
        return
    grant = found.authorization.grant
    if grant.client_id != client.id:
        if client.is_public:
            return
        raise InvalidRequest("client is not authorized to revoke the presented token")
    if found.is_refresh_token:
        await ports.grants.revoke(grant.id)
    else:
        await ports.grants.revoke_tokens(grant.id)


async def _read(ports: Ports, request: TokenManagementRequest) -> tuple[Client, str]:
    params = read_params(request.form, known=_KNOWN)
    client = await authenticate(ports, params, authorization=request.authorization, origin=request.origin)
    params.refuse_repeated()
    return client, params.require("token")


async def _find(ports: Ports, token: str) -> _Found | None:
    # RFC 7009 §2.1: the hint is only a hint, so both kinds are looked for.
    if (access := await ports.access_tokens.find(token)) is not None:
        return _Found(
            authorization=access.authorization,
            created_at=access.created_at,
            expires_at=access.expires_at,
            is_refresh_token=False,
            extra=access.extra,
        )
    if (refresh := await ports.refresh_tokens.find(token)) is not None:
        return _Found(
            authorization=refresh.authorization,
            created_at=refresh.created_at,
            expires_at=refresh.expires_at,
            is_refresh_token=True,
            is_spent=_is_spent(refresh, now=ports.clock.now()),
            extra={},
        )
    return None


def _is_spent(token: RefreshToken, *, now: datetime) -> bool:
    return token.consumed_at is not None and now > token.consumed_at + REUSE_GRACE
