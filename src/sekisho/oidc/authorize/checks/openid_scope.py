"""OpenID Connect Core §3.1.2.1: its parameters mean nothing without the scope `openid`."""

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import InvalidRequest
from sekisho.oidc.scopes import OPENID

_NEED_OPENID = ("nonce", "max_age", "id_token_hint", "acr_values", "claims_locales")


def check(request: AuthorizationRequest) -> None:
    if OPENID in request.scopes:
        return
    for name in _NEED_OPENID:
        if request.params.get(name) is not None:
            raise InvalidRequest(f"openid scope must be requested when using the {name} parameter")
