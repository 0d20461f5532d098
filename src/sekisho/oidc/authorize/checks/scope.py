"""Which scopes the request is about (oidc.md §8.2).

A third party may ask only for what it was given; unknown scopes are kept when there is an API they may belong to.
"""

from sekisho.oidc.authorize.request import AuthorizationRequest, Endpoint
from sekisho.oidc.errors import InvalidScope
from sekisho.oidc.models import GrantType
from sekisho.oidc.params import words
from sekisho.oidc.scopes import OFFLINE_ACCESS, OIDC_SCOPES


def check(request: AuthorizationRequest) -> None:
    scopes = words(request.params.get("scope"))
    allowed = request.client.allowed_scopes
    for scope in scopes:
        if allowed is not None and scope in OIDC_SCOPES and scope not in allowed:
            raise InvalidScope("requested scope is not allowed", scope=scope)
    # OpenID Connect Core §11: offline access without the user's explicit consent is ignored. A device cannot ask for
    # consent; it always gets it, or nothing (RFC 8628 §3.3).
    is_explicit = "consent" in request.prompts or request.endpoint is Endpoint.DEVICE
    if not is_explicit or not request.client.may_use(GrantType.REFRESH_TOKEN):
        scopes = [scope for scope in scopes if scope != OFFLINE_ACCESS]
    if not request.params.resources and request.facts.default_resource is None:
        scopes = [scope for scope in scopes if scope in OIDC_SCOPES]
    request.scopes = scopes
