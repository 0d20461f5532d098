"""`/api/applications/{applicationId}/user-consent-scopes`: what a third-party application may ask people for."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import ANYTHING, operation
from sekisho.api.management.wire.user_consent_scopes import (
    ConsentScopesBody,
    ConsentScopesOut,
    ScopeTypeName,
    consent_scopes_out,
)
from sekisho.api.responses import Created, JsonResponse, NoContent
from sekisho.consents.models import ScopeType
from sekisho.kernel.ids import ApplicationId

router = APIRouter(route_class=ManagementRoute, tags=["Applications"])


@router.post(
    "/applications/{applicationId}/user-consent-scopes",
    **operation("CreateApplicationUserConsentScope", answers={201: ANYTHING}, refusals=(400, 401, 403, 404, 422)),
)
async def create_application_user_consent_scope(
    applicationId: str,  # noqa: N803 — the contract's name
    body: ConsentScopesBody,
    services: ServicesDep,
) -> Response:
    await services.consent_scopes.allow(ApplicationId(applicationId), body.to_model())
    return Created()


@router.get(
    "/applications/{applicationId}/user-consent-scopes",
    **operation("ListApplicationUserConsentScopes", answers={200: ConsentScopesOut}, refusals=(400, 401, 403, 404)),
)
async def list_application_user_consent_scopes(applicationId: str, services: ServicesDep) -> Response:  # noqa: N803
    return JsonResponse(consent_scopes_out(await services.consent_scopes.list(ApplicationId(applicationId))))


@router.delete(
    "/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}",
    **operation("DeleteApplicationUserConsentScope", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_application_user_consent_scope(
    applicationId: str,  # noqa: N803
    scopeType: ScopeTypeName,  # noqa: N803
    scopeId: str,  # noqa: N803
    services: ServicesDep,
) -> Response:
    await services.consent_scopes.disallow(ApplicationId(applicationId), ScopeType(scopeType), scopeId)
    return NoContent()
