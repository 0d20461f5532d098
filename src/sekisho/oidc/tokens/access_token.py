"""Access tokens: a JWT when an API is meant (RFC 9068), else an opaque value that only userinfo reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sekisho.kernel.clock import epoch_seconds
from sekisho.oidc.models import ACCESS_TOKEN_LIFETIME, AccessToken, Authorization, ResourceServer, Scopes
from sekisho.oidc.ports import Ports
from sekisho.oidc.tokens import jwt


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a JWT access token is about. `scope` None leaves the claim out; an empty one stays (oidc.md §13.1)."""

    id: str
    client_id: str
    scope: str | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    value: str
    lifetime: timedelta
    scope: str | None


async def issue_for_resource(ports: Ports, subject: Subject, resource: ResourceServer) -> IssuedToken:
    """Sign an access token for one API; it is kept nowhere."""
    lifetime = resource.access_token_lifetime
    issued_at = epoch_seconds(ports.clock.now())
    claims: dict[str, Any] = {
        "jti": ports.ids.token(),
        "sub": subject.id,
        "iat": issued_at,
        "exp": issued_at + int(lifetime.total_seconds()),
        "scope": subject.scope,
        "client_id": subject.client_id,
        "iss": ports.issuer,
        "aud": resource.indicator,
    }
    if subject.scope is None:
        del claims["scope"]
    if subject.extra:
        # What is added never replaces what the protocol says: a script must not choose the audience.
        claims = {**subject.extra, **claims}
    value = jwt.sign(claims, key=await ports.keys.current(), typ="at+jwt")
    return IssuedToken(value=value, lifetime=lifetime, scope=subject.scope)


async def issue_opaque(
    ports: Ports, authorization: Authorization, *, scopes: Scopes, grant_history: str
) -> IssuedToken:
    """Make an access token without audience, kept by its digest."""
    now = ports.clock.now()
    token = AccessToken(
        authorization=replace(authorization, scopes=scopes, resources=()),
        created_at=now,
        expires_at=now + ACCESS_TOKEN_LIFETIME,
        grant_history=grant_history,
    )
    value = ports.ids.token()
    await ports.access_tokens.add(value, token)
    return IssuedToken(value=value, lifetime=ACCESS_TOKEN_LIFETIME, scope=" ".join(scopes))
