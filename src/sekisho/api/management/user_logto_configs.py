"""`/api/users/{userId}/logto-configs`: what a user decided about second factors and passkeys."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.user_logto_configs import LogtoConfigBody, LogtoConfigOut, logto_config_out
from sekisho.api.responses import JsonResponse
from sekisho.kernel.ids import UserId

router = APIRouter(route_class=ManagementRoute, tags=["Users"])


@router.get(
    "/users/{userId}/logto-configs",
    **operation("ListUserLogtoConfigs", answers={200: LogtoConfigOut}, refusals=(400, 401, 403, 404)),
)
async def list_user_logto_configs(userId: str, services: ServicesDep) -> Response:  # noqa: N803 — the contract's name
    return JsonResponse(logto_config_out(await services.users.get(UserId(userId))))


@router.patch(
    "/users/{userId}/logto-configs",
    **operation("UpdateUserLogtoConfigs", answers={200: LogtoConfigOut}, refusals=(400, 401, 403, 404)),
)
async def update_user_logto_configs(userId: str, body: LogtoConfigBody, services: ServicesDep) -> Response:  # noqa: N803
    return JsonResponse(logto_config_out(await services.users.merge_logto_config(UserId(userId), body.to_stored())))
