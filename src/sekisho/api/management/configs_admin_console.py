"""`/api/configs/admin-console`: what the Console remembers of a tenant."""

from typing import Any

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.configs_admin_console import AdminConsoleConfigBody, AdminConsoleConfigOut
from sekisho.api.responses import JsonResponse
from sekisho.kernel.errors import EntityNotFound
from sekisho.services import Services
from sekisho.tenants.models import ConfigurationKey

router = APIRouter(route_class=ManagementRoute, tags=["Configs"])


@router.get(
    "/configs/admin-console",
    **operation("GetAdminConsoleConfig", answers={200: AdminConsoleConfigOut}, refusals=(401, 403, 404)),
)
async def get_admin_console_config(services: ServicesDep) -> Response:
    return JsonResponse(await _kept(services))


@router.patch(
    "/configs/admin-console",
    **operation("UpdateAdminConsoleConfig", answers={200: AdminConsoleConfigOut}, refusals=(400, 401, 403, 404)),
)
async def update_admin_console_config(body: AdminConsoleConfigBody, services: ServicesDep) -> Response:
    # First, because it locks: two that change different values at once both count.
    await services.tenants.configuration_changed()
    merged = {**await _kept(services), **body.to_wire()}
    await services.tenants.set_configuration(ConfigurationKey.ADMIN_CONSOLE, merged)
    return JsonResponse(merged)


async def _kept(services: Services) -> dict[str, Any]:
    kept = await services.tenants.configuration(ConfigurationKey.ADMIN_CONSOLE)
    if kept is None:
        raise EntityNotFound
    return dict(kept)
