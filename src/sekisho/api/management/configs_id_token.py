"""`/api/configs/id-token`: which claims beyond the standard ones ID tokens carry (oidc.md §19.1)."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.configs import IdTokenConfigBody, IdTokenConfigOut
from sekisho.api.responses import JsonResponse
from sekisho.kernel.errors import EntityNotFound
from sekisho.tenants.models import ConfigurationKey

router = APIRouter(route_class=ManagementRoute, tags=["Configs"])


@router.get(
    "/configs/id-token",
    **operation("GetIdTokenConfig", answers={200: IdTokenConfigOut}, refusals=(401, 403, 404)),
)
async def get_id_token_config(services: ServicesDep) -> Response:
    kept = await services.tenants.configuration(ConfigurationKey.ID_TOKEN)
    if kept is None:
        raise EntityNotFound
    return JsonResponse(kept)


@router.put(
    "/configs/id-token",
    **operation("UpsertIdTokenConfig", answers={200: IdTokenConfigOut}, refusals=(400, 401, 403)),
)
async def upsert_id_token_config(body: IdTokenConfigBody, services: ServicesDep) -> Response:
    kept = body.to_wire()
    await services.tenants.set_configuration(ConfigurationKey.ID_TOKEN, kept)
    return JsonResponse(kept)
