"""All checks of an authorization request, in their order: the first that objects decides the answer (oidc.md §8.2).

To add a rule, write a file in `checks` and give it a line here.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sekisho.oidc.authorize.checks import (
    acr_values,
    client,
    duplicates,
    id_token_hint,
    max_age,
    openid_scope,
    pkce,
    prompt,
    proof_key,
    redirect_uri,
    redirect_uri_given,
    registration,
    request_object,
    request_uri,
    resource,
    response_mode,
    response_type,
    response_type_given,
    scope,
)
from sekisho.oidc.authorize.request import AuthorizationRequest, Endpoint

_EVERYWHERE = frozenset(Endpoint)
#: A device has no redirect URI, and nothing that depends on one (RFC 8628 §3.1).
_BROWSER = frozenset({Endpoint.AUTHORIZATION, Endpoint.PUSHED})


class Check(NamedTuple):
    """A rule: where it is written, what enforces it, and the endpoints it holds at."""

    clause: str
    run: Callable[[AuthorizationRequest], None]
    endpoints: frozenset[Endpoint] = _EVERYWHERE


CHECKS: Sequence[Check] = (
    Check("RFC 6749 §3.1", duplicates.check),
    Check("OpenID Connect Core §6.1", request_object.check, _BROWSER),
    Check("RFC 6749 §4.1.1", client.check),
    Check("RFC 9126 §4", request_uri.check, _BROWSER),
    Check("OAuth 2.0 Multiple Response Types §2.1", response_mode.check, _BROWSER),
    Check("RFC 6749 §3.1.1", response_type_given.check, _BROWSER),
    Check("OpenID Connect Core §7.2.1", registration.check, _BROWSER),
    Check("RFC 6749 §3.1.1", response_type.check, _BROWSER),
    Check("RFC 6749 §3.1.2.3", redirect_uri_given.check, _BROWSER),
    Check("OpenID Connect Core §3.1.2.1", prompt.check, _BROWSER),
    Check("RFC 6749 §3.3", scope.check),
    Check("OpenID Connect Core §3.1.2.1", openid_scope.check),
    Check("RFC 9700 §4.1.3", redirect_uri.check, _BROWSER),
    Check("RFC 7636 §4.4.1", pkce.check, _BROWSER),
    Check("RFC 8707 §2", resource.check),
    Check("OpenID Connect Core §3.1.2.1", max_age.check),
    Check("OpenID Connect Core §3.1.2.1", id_token_hint.check),
    Check("OpenID Connect Core §3.1.2.1", acr_values.check),
    Check("RFC 9449 §10", proof_key.check, _BROWSER),
)


def run_checks(request: AuthorizationRequest) -> None:
    """Raise the first objection, or leave the request complete."""
    for check in CHECKS:
        if request.endpoint in check.endpoints:
            check.run(request)
