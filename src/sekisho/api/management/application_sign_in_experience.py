"""`/api/applications/{applicationId}/sign-in-experience`: how the sign-in to one application differs."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.application_sign_in_experience import (
    ApplicationSignInBody,
    ApplicationSignInOut,
    application_sign_in_out,
)
from sekisho.api.responses import JsonResponse
from sekisho.kernel.ids import ApplicationId

router = APIRouter(route_class=ManagementRoute, tags=["Applications"])


@router.get(
    "/applications/{applicationId}/sign-in-experience",
    **operation("GetApplicationSignInExperience", answers={200: ApplicationSignInOut}, refusals=(400, 401, 403, 404)),
)
async def get_application_sign_in_experience(applicationId: str, services: ServicesDep) -> Response:  # noqa: N803 — the contract's name
    kept = await services.application_sign_in.get(ApplicationId(applicationId))
    return JsonResponse(application_sign_in_out(kept, tenant_id=services.tenant_id))


@router.put(
    "/applications/{applicationId}/sign-in-experience",
    **operation(
        "ReplaceApplicationSignInExperience",
        answers={200: ApplicationSignInOut, 201: ApplicationSignInOut},
        refusals=(400, 401, 403, 404, 422),
    ),
)
async def replace_application_sign_in_experience(
    applicationId: str,  # noqa: N803
    body: ApplicationSignInBody,
    services: ServicesDep,
) -> Response:
    kept, is_first = await services.application_sign_in.change(ApplicationId(applicationId), body.to_model())
    answer = application_sign_in_out(kept, tenant_id=services.tenant_id)
    return JsonResponse(answer, status_code=201 if is_first else 200)
