"""RFC 6749 §3.1: no parameter may be given twice."""

from sekisho.oidc.authorize.request import AuthorizationRequest


def check(request: AuthorizationRequest) -> None:
    request.params.refuse_repeated()
