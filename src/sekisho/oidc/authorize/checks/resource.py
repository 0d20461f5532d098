"""RFC 8707 §2: every resource is an absolute URI without fragment, and one we know; none means the default one."""

import re

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import InvalidTarget

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")


def check(request: AuthorizationRequest) -> None:
    for indicator in request.params.resources:
        if not _ABSOLUTE.fullmatch(indicator):
            raise InvalidTarget("resource indicator must be an absolute URI")
        if "#" in indicator:
            raise InvalidTarget("resource indicator must not contain a fragment component")
        if indicator not in request.facts.resources:
            raise InvalidTarget
    default = request.facts.default_resource
    request.resources = (
        [request.facts.resources[indicator] for indicator in dict.fromkeys(request.params.resources)]
        if request.params.resources
        else [default]
        if default is not None
        else []
    )
