"""Who calls the Management API: access tokens of our own issuers (management-api.md §2), with their key where bound.

Checking an ES384 signature takes most of a millisecond, so verified tokens are remembered, by hash and for as long as
they and the key that signed them are good.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeAlias, cast

from fastapi import Depends, Request, Response

from sekisho.api import data_events
from sekisho.api.routing import PrivateRoute
from sekisho.crypto.digests import digest
from sekisho.crypto.jws import InvalidSignature, header_of, verified
from sekisho.http.context import RequestContext, context
from sekisho.kernel.clock import epoch_seconds
from sekisho.kernel.errors import DomainError, ErrorKind, Forbidden
from sekisho.kernel.ids import TenantId
from sekisho.kernel.lazy import lazy
from sekisho.oidc.dpop import SCHEME, Shown, prove_key
from sekisho.oidc.errors import InvalidDpopProof
from sekisho.oidc.options import DpopMode
from sekisho.resources.models import MANAGEMENT_API_SCOPE, management_api_indicator
from sekisho.services import Services
from sekisho.signing_keys.models import SigningKey
from sekisho.tenants.models import ADMIN_TENANT

_PREFIX = "Bearer"
_REMEMBERED = 10_000
_TYPE = "at+jwt"


class AuthorizationHeaderMissing(DomainError):
    code = "auth.authorization_header_missing"
    kind = ErrorKind.UNAUTHENTICATED


class TokenTypeNotSupported(DomainError):
    code = "auth.authorization_token_type_not_supported"
    kind = ErrorKind.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__(data={"supportedTypes": [_PREFIX]})


class Unauthorized(DomainError):
    """The token is not good; `data` says why in the terms of common JOSE libraries."""

    code = "auth.unauthorized"
    kind = ErrorKind.UNAUTHENTICATED

    def __init__(self, code: str, name: str, *, claim: str | None = None) -> None:
        about = {} if claim is None else {"claim": claim, "reason": "check_failed"}
        super().__init__(data={"code": code, "name": name, **about})


class NotItsKey(Unauthorized):
    """The token is bound to a key that the caller does not prove to hold."""

    def __init__(self) -> None:
        super().__init__("ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed", claim="cnf")


class SubjectMissing(DomainError):
    code = "auth.jwt_sub_missing"
    kind = ErrorKind.UNAUTHENTICATED


class CallerType(StrEnum):
    USER = "user"
    APP = "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The caller of the Management API."""

    id: str
    type: CallerType


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedToken:
    """A token whose signature was good: who signed it, and what it says."""

    tenant_id: TenantId
    kid: str
    claims: Mapping[str, Any]


class VerifiedTokens:
    """The tokens verified last. One per process."""

    def __init__(self, *, size: int = _REMEMBERED) -> None:
        self._size = size
        self._tokens: OrderedDict[bytes, VerifiedToken] = OrderedDict()

    def find(self, key: bytes) -> VerifiedToken | None:
        if found := self._tokens.get(key):
            self._tokens.move_to_end(key)
        return found

    def add(self, key: bytes, token: VerifiedToken) -> None:
        self._tokens[key] = token
        if len(self._tokens) > self._size:
            self._tokens.popitem(last=False)


class ManagementRoute(PrivateRoute):
    """A route that only holders of a Management API token may use. It announces what it changes (`data_events.py`)."""

    @lazy
    def event(self) -> data_events.DataEvent | None:
        return data_events.event_of(self.methods, self.path)

    async def answer(self, request: Request) -> Response:
        response = await super().answer(request)
        if self.event is not None:
            await data_events.announce(self.event, request, response, path=self.path)
        return response

    async def admit(self, request: Request) -> None:
        request.state.principal = await authenticate(context(request), request.app.state.verified_tokens)
        if self.event is not None:
            await data_events.read_before(self.event, request)


async def principal(request: Request) -> Principal:
    return cast("Principal", request.state.principal)


PrincipalDep: TypeAlias = Annotated[Principal, Depends(principal)]


async def authenticate(ctx: RequestContext, verified: VerifiedTokens) -> Principal:
    """Return the caller, or raise what is wrong with his token."""
    presented = _presented(ctx.headers.get("authorization"))
    try:
        claims = await _verified_claims(ctx, presented.token, verified)
    except Unauthorized:
        if presented.is_bound and await _is_scheme_unknown(ctx):
            raise TokenTypeNotSupported from None
        raise
    await _check_binding(ctx, presented, claims)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise SubjectMissing
    if MANAGEMENT_API_SCOPE not in str(claims.get("scope", "")).split(" "):
        raise Forbidden
    caller = CallerType.APP if subject == claims.get("client_id") else CallerType.USER
    return Principal(id=subject, type=caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Presented:
    token: str
    #: As the token of a key, not of whoever bears it (RFC 9449 §7.1).
    is_bound: bool = False


def _presented(header: str | None) -> _Presented:
    if not header:
        raise AuthorizationHeaderMissing
    if header.startswith(f"{SCHEME} "):
        return _Presented(token=header[len(SCHEME) + 1 :], is_bound=True)
    if not header.startswith(_PREFIX):
        raise TokenTypeNotSupported
    return _Presented(token=header[len(_PREFIX) + 1 :])


async def _check_binding(ctx: RequestContext, presented: _Presented, claims: Mapping[str, Any]) -> None:
    """Refuse a token that is bound to a key, unless the caller proves to hold it (RFC 9449 §7)."""
    confirmation = claims.get("cnf")
    if confirmation is None and not presented.is_bound:
        return
    if confirmation is None and await _is_scheme_unknown(ctx):
        raise TokenTypeNotSupported
    # RFC 9449 §7.2. Attack: downgrade. A token that is bound to a key is no bearer's.
    if not presented.is_bound or not isinstance(confirmation, dict):
        raise NotItsKey
    shown = Shown(proofs=ctx.headers.getlist("dpop"), method=ctx.method, url=ctx.requested_url.partition("?")[0])
    try:
        proven = await prove_key(ctx.services.provider.ports, shown, access_token=presented.token)
    except InvalidDpopProof as error:
        raise NotItsKey from error
    if proven != confirmation.get("jkt"):
        raise NotItsKey


async def _is_scheme_unknown(ctx: RequestContext) -> bool:
    return (await ctx.services.provider_options.get()).dpop is DpopMode.DISABLED


async def _verified_claims(ctx: RequestContext, token: str, verified: VerifiedTokens) -> Mapping[str, Any]:
    key = digest(token)
    known = verified.find(key)
    for services in _issuers(ctx):
        if known is not None and known.tenant_id != services.tenant_id:
            continue
        keys = await services.signing_keys.published()
        if known is None or not any(signer.kid == known.kid for signer in keys):
            found = _verify(token, keys, tenant_id=services.tenant_id)
            if found is None:
                continue
            known = found
            verified.add(key, known)
        _check_claims(known.claims, ctx, issuer=services.urls.issuer)
        return known.claims
    raise Unauthorized("ERR_JWKS_NO_MATCHING_KEY", "JWKSNoMatchingKey")


def _issuers(ctx: RequestContext) -> Sequence[Services]:
    """Return whose tokens count here: the tenant's own, and the admin tenant's, where administrators sign in."""
    if ctx.tenant_id == ADMIN_TENANT:
        return (ctx.services,)
    return (ctx.services, ctx.services_of(ADMIN_TENANT))


def _verify(token: str, keys: Sequence[SigningKey], *, tenant_id: TenantId) -> VerifiedToken | None:
    """Check the signature; None when no key of this issuer is the one the token names."""
    try:
        header = header_of(token)
    except InvalidSignature as error:
        raise Unauthorized("ERR_JWS_INVALID", "JWSInvalid") from error
    # RFC 9068 §4: an ID token, or any other JWT of ours, is no access token.
    if str(header.get("typ", "")).lower().removeprefix("application/") != _TYPE:
        raise Unauthorized("ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed", claim="typ")
    signer = next((candidate for candidate in keys if candidate.kid == header.get("kid")), None)
    if signer is None:
        return None
    try:
        # The key decides the algorithm, never the token's header (RFC 8725 §3.1).
        claims = json.loads(verified(token, key=signer.key, algorithm=signer.algorithm))
    except (ValueError, RecursionError) as error:
        raise Unauthorized("ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "JWSSignatureVerificationFailed") from error
    if not isinstance(claims, dict):
        raise Unauthorized("ERR_JWT_INVALID", "JWTInvalid")
    return VerifiedToken(tenant_id=tenant_id, kid=signer.kid, claims=claims)


def _check_claims(claims: Mapping[str, Any], ctx: RequestContext, *, issuer: str) -> None:
    """Check for whom and until when a token is good; asked every time, whether remembered or not."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != issuer:
        raise Unauthorized("ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed", claim="iss")
    if management_api_indicator(ctx.tenant_id) not in audiences:
        raise Unauthorized("ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed", claim="aud")
    now, expiry, start = epoch_seconds(ctx.runtime.clock.now()), claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expiry, int | float) or expiry <= now:
        raise Unauthorized("ERR_JWT_EXPIRED", "JWTExpired", claim="exp")
    if not isinstance(start, int | float) or start > now:
        raise Unauthorized("ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed", claim="nbf")
