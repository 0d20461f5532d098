"""OpenID Connect Core §3.1.2.1: `acr_values`, when the tenant knows any; one that it knows must be among them.

OpenID Connect Core Error Code unmet_authentication_requirements §2: what cannot be met is said at once, not after a
sign-in.
"""

from sekisho.oidc.acr import known_levels
from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import UnmetAuthenticationRequirements


def check(request: AuthorizationRequest) -> None:
    options, wanted = request.facts.options, request.params.get("acr_values")
    if not options.acr_levels or wanted is None:
        return
    request.acr_levels = known_levels(wanted, options)
    if not request.acr_levels:
        raise UnmetAuthenticationRequirements
