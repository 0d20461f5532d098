"""Protocol HTTP: everything that machines and browsers call by standards rather than by our own APIs.

Translates requests into the protocol's types and its answers back; decides nothing.
"""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from sekisho.endpoints import assets, health, oidc

routes: Sequence[BaseRoute] = (*health.routes, *assets.routes, *oidc.routes)

__all__ = ["routes"]
