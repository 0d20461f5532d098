"""OpenID Connect Core §6.1: request objects are not supported, and must not be ignored."""

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import RequestNotSupported


def check(request: AuthorizationRequest) -> None:
    if request.params.get("request") is not None:
        raise RequestNotSupported
