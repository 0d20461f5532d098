"""OpenID Connect Core §3.1.2.1: known prompts, and `none` only alone."""

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import InvalidRequest
from sekisho.oidc.params import words

_SUPPORTED = {"none", "login", "consent"}


def check(request: AuthorizationRequest) -> None:
    prompts = frozenset(words(request.params.get("prompt")))
    if not prompts <= _SUPPORTED:
        raise InvalidRequest("unsupported prompt value requested")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequest("prompt none must only be used alone")
    request.prompts = prompts
