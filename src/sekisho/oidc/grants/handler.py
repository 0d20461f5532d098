"""What a grant is to the token endpoint: the parameters it reads, and a function from request to answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sekisho.oidc.grants.answer import TokenAnswer
from sekisho.oidc.models import Client
from sekisho.oidc.params import Params
from sekisho.oidc.ports import Ports


@dataclass(frozen=True, slots=True)
class GrantHandler:
    """Parameters a grant does not list are dropped before it sees the request (oidc.md §12)."""

    parameters: frozenset[str]
    handle: Callable[[Ports, Client, Params], Awaitable[TokenAnswer]]
