"""Every protocol endpoint of the application."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from sekisho.endpoints import assets, health, oidc, user_assets

routes: Sequence[BaseRoute] = (*oidc.routes, *health.routes, *assets.routes, *user_assets.routes)
