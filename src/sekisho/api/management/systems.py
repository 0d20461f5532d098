"""`/api/systems`: what the installation offers to its tenants."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.documented import operation
from sekisho.applications.errors import ProtectedAppNotConfigured

router = APIRouter(route_class=ManagementRoute, tags=["Systems"])

_PROTECTED_APPS = {
    "type": "object",
    "required": ["protectedApps"],
    "properties": {
        "protectedApps": {
            "type": "object",
            "required": ["defaultDomain"],
            "properties": {"defaultDomain": {"type": "string"}},
        }
    },
}


@router.get(
    "/systems/application",
    **operation("GetSystemApplicationConfig", answers={200: _PROTECTED_APPS}, refusals=(401, 403, 501)),
)
async def get_system_application_config() -> Response:
    raise ProtectedAppNotConfigured
