"""OpenID Connect Core §3.1.2.1: a hint must be an ID token of ours for this client; it may have expired."""

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import InvalidRequest
from sekisho.oidc.tokens.id_token import verify_hint
from sekisho.oidc.tokens.jwt import UnverifiableToken


def check(request: AuthorizationRequest) -> None:
    hint = request.params.get("id_token_hint")
    if hint is None:
        return
    try:
        claims = verify_hint(hint, keys=request.facts.keys, issuer=request.facts.issuer, audience=request.client.id)
    except UnverifiableToken as error:
        raise InvalidRequest("could not validate id_token_hint", detail=str(error)) from error
    request.hinted_account = str(claims["sub"])
