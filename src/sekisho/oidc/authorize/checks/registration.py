"""OpenID Connect Core §7.2.1: self-issued registration is not supported, and must not be ignored."""

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import RegistrationNotSupported


def check(request: AuthorizationRequest) -> None:
    if request.params.get("registration") is not None:
        raise RegistrationNotSupported
