"""OAuth 2.0 Multiple Response Types §2.1 and Form Post: a known mode, and no tokens in a query."""

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import InvalidRequest, UnsupportedResponseMode
from sekisho.oidc.params import words
from sekisho.oidc.response_modes import SUPPORTED


def check(request: AuthorizationRequest) -> None:
    mode = request.params.get("response_mode")
    if mode is None:
        return
    if mode not in SUPPORTED:
        raise UnsupportedResponseMode
    # Attack: tokens in a query end up in logs and Referer headers (Multiple Response Types §5).
    if mode == "query" and {"token", "id_token"} & set(words(request.params.get("response_type"))):
        raise InvalidRequest("requested response_mode is not allowed for the requested response_type")
