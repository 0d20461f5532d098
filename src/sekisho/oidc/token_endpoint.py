"""The token endpoint: who asks, for which grant, and then that grant's own rules (RFC 6749 §3.2, oidc.md §12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sekisho.oidc.clients import AUTHENTICATION_PARAMETERS, authenticate
from sekisho.oidc.dpop import with_proof
from sekisho.oidc.errors import InvalidRequest, UnsupportedGrantType
from sekisho.oidc.grants import GRANTS
from sekisho.oidc.grants.answer import TokenAnswer
from sekisho.oidc.models import GrantType
from sekisho.oidc.params import read_params
from sekisho.oidc.ports import Ports

_KNOWN = AUTHENTICATION_PARAMETERS.union({"grant_type"}, *(grant.parameters for grant in GRANTS.values()))
_BY_NAME: Mapping[str, GrantType] = {str(name): name for name in GRANTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    form: Sequence[tuple[str, str]]
    authorization: str | None = None
    origin: str | None = None
    #: The `DPoP` headers.
    proofs: Sequence[str] = ()
    #: Redeemed by this server for itself: the token never leaves it, so there is nothing to bind.
    is_our_own: bool = False


async def token(ports: Ports, request: TokenRequest) -> TokenAnswer:
    """Answer a token request, or raise the `OAuthError` that refuses it."""
    params = read_params(request.form, known=_KNOWN)
    client = await authenticate(ports, params, authorization=request.authorization, origin=request.origin)
    params.refuse_repeated()
    grant_type = _BY_NAME.get(params.require("grant_type"))
    if grant_type is None:
        raise UnsupportedGrantType
    if not client.may_use(grant_type):
        raise InvalidRequest("requested grant type is not allowed for this client")
    if not request.is_our_own:
        client = await with_proof(ports, client, request.proofs)
    grant = GRANTS[grant_type]
    return await grant.handle(ports, client, params.only(grant.parameters))
