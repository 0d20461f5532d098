"""RFC 6749 §3.1.1: `response_type` is required."""

from sekisho.oidc.authorize.request import AuthorizationRequest


def check(request: AuthorizationRequest) -> None:
    request.params.require("response_type")
