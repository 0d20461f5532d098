"""RFC 9449 §10: `dpop_jkt`, the thumbprint of the key that the code will be bound to; unread where DPoP is off."""

import re

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.dpop import is_on
from sekisho.oidc.errors import InvalidRequest

# RFC 7638 §3: a SHA-256, base64url.
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


def check(request: AuthorizationRequest) -> None:
    thumbprint = request.params.get("dpop_jkt")
    if thumbprint is None or not is_on(request.facts.options, request.client):
        return
    if not _THUMBPRINT.fullmatch(thumbprint):
        raise InvalidRequest("dpop_jkt must be a JWK SHA-256 thumbprint")
    request.proof_key = thumbprint
