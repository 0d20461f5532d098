"""RFC 6749 §3.1.2.3, RFC 9700 §4.1.3: the redirect URI must be one of the client's.

Attack: a code sent anywhere else is a code stolen, so this error alone is never redirected.
"""

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import InvalidRedirectUri
from sekisho.oidc.models import ApplicationKind
from sekisho.oidc.redirect_uris import match_redirect_uri


def check(request: AuthorizationRequest) -> None:
    matched = match_redirect_uri(
        request.redirect_uri or "",
        request.client.redirect_uris,
        allows_loopback=request.client.kind is ApplicationKind.NATIVE,
    )
    if matched is None:
        raise InvalidRedirectUri
    request.redirect_uri = matched
    request.is_redirect_uri_verified = True
