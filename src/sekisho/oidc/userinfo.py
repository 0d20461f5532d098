"""Userinfo (OpenID Connect Core §5.3, oidc.md §22): what an opaque access token may know of its user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sekisho.oidc.clients import check_origin, origin_of
from sekisho.oidc.dpop import SCHEME, Shown, prove_key
from sekisho.oidc.errors import (
    InsufficientScope,
    InvalidDpopProof,
    InvalidGrant,
    InvalidRequest,
    InvalidToken,
    KeyBindingRequired,
)
from sekisho.oidc.options import DpopMode
from sekisho.oidc.params import read_params, words
from sekisho.oidc.ports import Ports
from sekisho.oidc.scopes import OIDC_SCOPES, OPENID, userinfo_claims
from sekisho.oidc.token_status import is_alive

_KNOWN = frozenset({"access_token", "scope"})
_WRONG_SCHEME = "authorization header scheme must be `Bearer`"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserinfoRequest:
    authorization: str | None
    query: Sequence[tuple[str, str]] = ()
    form: Sequence[tuple[str, str]] = ()
    origin: str | None = None
    method: str = "GET"
    #: The `DPoP` headers.
    proofs: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Presented:
    value: str
    #: As the token of a key, not of whoever bears it (RFC 9449 §7.1).
    is_bound: bool = False


async def userinfo(ports: Ports, request: UserinfoRequest) -> Mapping[str, Any]:
    """Return the claims of the token's user."""
    presented = _presented(request)
    token = await ports.access_tokens.find(presented.value)
    is_bound = token is not None and token.authorization.proof_key is not None
    if presented.is_bound and not is_bound and (await ports.options.get()).dpop is DpopMode.DISABLED:
        raise InvalidRequest(_WRONG_SCHEME)
    if token is None or not await is_alive(ports, token.authorization, expires_at=token.expires_at):
        raise InvalidToken(detail="unknown, expired or revoked")
    authorization = token.authorization
    await _check_binding(ports, request, presented, key=authorization.proof_key)
    client = await ports.clients.find(authorization.grant.client_id)
    if client is None:
        raise InvalidToken(detail="client is gone")
    check_origin(client, request.origin, own_origin=origin_of(ports.base_url))
    if OPENID not in authorization.scopes:
        raise InsufficientScope("access token missing openid scope", scope=OPENID)
    scopes = authorization.grant.allowed(authorization.scopes)
    wanted = _wanted(request)
    if missing := [scope for scope in wanted if scope not in OIDC_SCOPES or scope not in authorization.scopes]:
        raise InsufficientScope("access token missing requested scope", scope=" ".join(missing))
    account = await ports.accounts.find(authorization.grant.account_id)
    if account is None or account.is_suspended:
        raise InvalidGrant("account is gone or suspended")
    names = userinfo_claims([scope for scope in scopes if scope in wanted] if wanted else scopes)
    return {"sub": account.id, **(await ports.claims.of_account(account.id, names=names) if names else {})}


async def _check_binding(ports: Ports, request: UserinfoRequest, presented: _Presented, *, key: str | None) -> None:
    """Refuse unless the sender proves to hold the key the token is bound to (RFC 9449 §7.1)."""
    if key is None:
        if presented.is_bound:
            raise KeyBindingRequired(detail="token is bound to no key")
        return
    # RFC 9449 §7.2. Attack: downgrade. A stolen token that is bound to a key is presented as a bearer's.
    if not presented.is_bound:
        raise KeyBindingRequired(detail="token is bound to a key and came without it")
    shown = Shown(proofs=request.proofs, method=request.method, url=ports.url("/me"))
    try:
        proven = await prove_key(ports, shown, access_token=presented.value)
    except InvalidDpopProof as error:
        raise InvalidDpopProof(error.description or "", is_at_resource=True) from error
    if proven != key:
        raise KeyBindingRequired(detail="token is bound to another key")


def _presented(request: UserinfoRequest) -> _Presented:
    """Return the one access token of the request (RFC 6750 §2, RFC 9449 §7.1)."""
    query = read_params(request.query, known=_KNOWN)
    form = read_params(request.form, known=_KNOWN)
    form.refuse_repeated()
    if query.get("access_token") is not None or "access_token" in query.repeated:
        # RFC 6750 §5.3: a token in an address ends up in logs and histories.
        raise InvalidRequest("access tokens must not be provided via query parameter")
    in_body = form.get("access_token")
    if request.authorization is None:
        if in_body is None:
            raise InvalidToken("no access token provided", is_absent=True)
        return _Presented(value=in_body)
    if in_body is not None:
        raise InvalidRequest("access token must only be provided using one mechanism")
    parts = request.authorization.split(" ")
    if len(parts) != 2 or not parts[1]:  # noqa: PLR2004 — scheme and token
        raise InvalidRequest("invalid authorization header value format")
    scheme = parts[0].lower()
    if scheme not in {"bearer", SCHEME.lower()}:
        raise InvalidRequest(_WRONG_SCHEME)
    return _Presented(value=parts[1], is_bound=scheme != "bearer")


def _wanted(request: UserinfoRequest) -> Sequence[str]:
    pairs = [*request.query, *request.form]
    return words(read_params(pairs, known=_KNOWN).get("scope"))
