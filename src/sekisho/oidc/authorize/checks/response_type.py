"""RFC 6749 §3.1.1: a response type we know, and one the client is registered for."""

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.discovery import RESPONSE_TYPES
from sekisho.oidc.errors import InvalidRequest, UnsupportedResponseType


def check(request: AuthorizationRequest) -> None:
    # RFC 6749 §3.1.1: the order of several values does not matter.
    response_type = " ".join(sorted((request.params.get("response_type") or "").split()))
    if response_type not in RESPONSE_TYPES:
        raise UnsupportedResponseType
    if response_type not in request.client.response_types:
        raise InvalidRequest("requested response_type is not allowed for this client")
