"""RFC 6749 §3.1.2.3: without a redirect URI there must be exactly one registered."""

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import InvalidRequest


def check(request: AuthorizationRequest) -> None:
    if request.redirect_uri is None:
        raise InvalidRequest("missing required parameter 'redirect_uri'")
