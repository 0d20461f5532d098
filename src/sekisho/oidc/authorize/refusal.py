"""Where a refusal goes: to the application when its redirect URI is certain, else it stays here (oidc.md §8.2)."""

from sekisho.oidc.authorize.answers import Refused
from sekisho.oidc.authorize.checks import redirect_uri
from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import InvalidRedirectUri, OAuthError
from sekisho.oidc.response_modes import ClientAnswer, deliver


def refusal(request: AuthorizationRequest, error: OAuthError) -> ClientAnswer | Refused:
    """Turn an error into the answer of the authorization endpoint."""
    params, issuer = request.params, request.facts.issuer
    state = params.get("state")
    if request.facts.client is None or request.redirect_uri is None or not error.may_redirect:
        return Refused(error=error, state=state, issuer=issuer)
    if not request.is_redirect_uri_verified:
        try:
            # Attack: an error that redirects before the URI was checked is an open redirector (RFC 9700 §4.11.2).
            redirect_uri.check(request)
        except InvalidRedirectUri as mismatch:
            return Refused(error=mismatch, state=state, issuer=issuer)
    members = {**error.members(), **({} if state is None else {"state": state}), "iss": issuer}
    return deliver(
        request.target,
        members,
        response_mode=params.get("response_mode"),
        response_type=params.get("response_type"),
        is_error=True,
    )
