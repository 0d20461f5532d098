"""`/api/applications/{applicationId}/access-control`: who may use an application once its access control is on."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.application_access_control import (
    AccessControlBody,
    AccessControlOut,
    access_control_out,
)
from sekisho.api.responses import JsonResponse
from sekisho.kernel.ids import ApplicationId

router = APIRouter(route_class=ManagementRoute, tags=["Applications"])


@router.get(
    "/applications/{applicationId}/access-control",
    **operation("GetApplicationAccessControl", answers={200: AccessControlOut}, refusals=(400, 401, 403, 404)),
)
async def get_application_access_control(applicationId: str, services: ServicesDep) -> Response:  # noqa: N803 — the contract's name
    return JsonResponse(access_control_out(await services.access_rules.get(ApplicationId(applicationId))))


@router.put(
    "/applications/{applicationId}/access-control",
    **operation("ReplaceApplicationAccessControl", answers={200: AccessControlOut}, refusals=(400, 401, 403, 404, 422)),
)
async def replace_application_access_control(
    applicationId: str,  # noqa: N803
    body: AccessControlBody,
    services: ServicesDep,
) -> Response:
    rules = await services.access_rules.replace(ApplicationId(applicationId), body.to_model())
    return JsonResponse(access_control_out(rules))
