"""RFC 9126 §4: `request_uri` names a pushed request, nothing else; a good one was replaced by what it stands for.

Attack: a request URI of somebody else's choosing would make this server fetch it (RFC 9101 §10.4).
"""

from sekisho.oidc.authorize.request import PUSHED_REQUEST_URN, AuthorizationRequest, Endpoint
from sekisho.oidc.errors import InvalidRequestUri, RequestUriNotSupported


def check(request: AuthorizationRequest) -> None:
    request_uri = request.params.get("request_uri")
    if request_uri is None:
        return
    # RFC 9126 §2.1: what is pushed must be the request itself.
    if request.endpoint is Endpoint.PUSHED or not request_uri.startswith(PUSHED_REQUEST_URN):
        raise RequestUriNotSupported
    raise InvalidRequestUri
