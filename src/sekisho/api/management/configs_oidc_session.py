"""`/api/configs/oidc/session`: how long a session lasts after its last use."""

from datetime import timedelta

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.configs import SessionConfigBody, SessionConfigOut
from sekisho.api.responses import JsonResponse
from sekisho.tenants.models import ConfigurationKey

router = APIRouter(route_class=ManagementRoute, tags=["Configs"])


@router.get(
    "/configs/oidc/session",
    **operation("GetOidcSessionConfig", answers={200: SessionConfigOut}, refusals=(401, 403)),
)
async def get_oidc_session_config(services: ServicesDep) -> Response:
    return _shown(await services.sessions.lifetime())


@router.patch(
    "/configs/oidc/session",
    **operation("UpdateOidcSessionConfig", answers={200: SessionConfigOut}, refusals=(400, 401, 403)),
)
async def update_oidc_session_config(body: SessionConfigBody, services: ServicesDep) -> Response:
    if "ttl" in body.model_fields_set:
        await services.tenants.set_configuration(ConfigurationKey.OIDC_SESSION, {"ttl": body.ttl})
    return _shown(await services.sessions.lifetime())


def _shown(lifetime: timedelta) -> Response:
    return JsonResponse(SessionConfigOut(ttl=int(lifetime.total_seconds())))
