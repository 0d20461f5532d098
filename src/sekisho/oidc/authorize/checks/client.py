"""RFC 6749 §4.1.1: the client must be named, exist, and be usable."""

from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import InvalidClient


def check(request: AuthorizationRequest) -> None:
    client_id = request.params.require("client_id")
    if request.facts.client_problem is not None:
        raise request.facts.client_problem
    if request.facts.client is None:
        raise InvalidClient(f"invalid client {client_id}")
