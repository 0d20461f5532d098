"""Every protocol endpoint of the application but `/oidc`, which is one route of its own."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from sekisho.endpoints import assets, health, user_assets

routes: Sequence[BaseRoute] = (*health.routes, *assets.routes, *user_assets.routes)
