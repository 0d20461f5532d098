"""RFC 9126 §4: `request_uri` names a pushed request, nothing else.

Attack: a request URI of somebody else's choosing would make this server fetch it (RFC 9101 §10.4).
"""

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import InvalidRequestUri, RequestUriNotSupported

_PUSHED = "urn:ietf:params:oauth:request_uri:"


def check(request: AuthorizationRequest) -> None:
    request_uri = request.params.get("request_uri")
    if request_uri is None:
        return
    if not request_uri.startswith(_PUSHED):
        raise RequestUriNotSupported
    raise InvalidRequestUri
