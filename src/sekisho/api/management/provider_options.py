"""`/api/configs/oidc/provider`: what a tenant switches on beyond the reference. The path and its members are ours."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.provider_options import (
    ProviderOptionsBody,
    ProviderOptionsOut,
    provider_options_out,
)
from sekisho.api.responses import JsonResponse

router = APIRouter(route_class=ManagementRoute, tags=["Configs"])


@router.get(
    "/configs/oidc/provider",
    **operation("GetOidcProviderConfig", answers={200: ProviderOptionsOut}, refusals=(401, 403)),
)
async def get_oidc_provider_config(services: ServicesDep) -> Response:
    return JsonResponse(provider_options_out(await services.provider_options.get()))


@router.patch(
    "/configs/oidc/provider",
    **operation("UpdateOidcProviderConfig", answers={200: ProviderOptionsOut}, refusals=(400, 401, 403)),
)
async def update_oidc_provider_config(body: ProviderOptionsBody, services: ServicesDep) -> Response:
    return JsonResponse(provider_options_out(await services.provider_options.change(body.to_change())))
