"""RFC 7636 §4.3, §4.4.1: a sound S256 challenge; required of every client that holds no secret.

Attack: without it, whoever reads the code on its way can redeem it (RFC 9700 §2.1.1).
"""

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import InvalidRequest
from sekisho.oidc.pkce import METHOD, check_form


def check(request: AuthorizationRequest) -> None:
    challenge = request.params.get("code_challenge")
    method = request.params.get("code_challenge_method")
    if method is not None and method != METHOD:
        # RFC 9700 §2.1.1: `plain` protects against nobody who can read the request.
        raise InvalidRequest("not supported value of code_challenge_method")
    if method is not None and challenge is None:
        raise InvalidRequest("code_challenge must be provided with code_challenge_method")
    if method is None and challenge is not None:
        raise InvalidRequest("code_challenge_method must be provided")
    if challenge is not None:
        check_form(challenge, name="code_challenge")
    elif request.client.requires_pkce:
        raise InvalidRequest("Authorization Server policy requires PKCE to be used for this request")
