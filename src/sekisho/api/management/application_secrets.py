"""`/api/applications/{id}/secrets` and `…/legacy-secret`."""

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.applications import (
    ApplicationOut,
    CreateSecretBody,
    RenameSecretBody,
    SecretOut,
    application_out,
    secret_out,
)
from sekisho.api.management.wire.body import instant
from sekisho.api.responses import JsonResponse, NoContent
from sekisho.kernel.ids import ApplicationId

router = APIRouter(route_class=ManagementRoute, tags=["Applications"])


@router.delete(
    "/applications/{id}/legacy-secret",
    **operation("DeleteApplicationLegacySecret", answers={200: ApplicationOut}, refusals=(400, 401, 403, 404)),
)
async def delete_application_legacy_secret(id: str, services: ServicesDep) -> Response:  # noqa: A002 — the contract's name
    application = await services.applications.delete_legacy_secret(ApplicationId(id))
    return JsonResponse(application_out(application, tenant_id=services.tenant_id))


@router.get(
    "/applications/{id}/secrets",
    **operation("ListApplicationSecrets", answers={200: list[SecretOut]}, refusals=(400, 401, 403, 404)),
)
async def list_application_secrets(id: str, services: ServicesDep) -> Response:  # noqa: A002
    application_id = ApplicationId(id)
    secrets = await services.applications.secrets(application_id)
    tenant_id = services.tenant_id
    return JsonResponse([secret_out(row, tenant_id=tenant_id, application_id=application_id) for row in secrets])


@router.post(
    "/applications/{id}/secrets",
    **operation("CreateApplicationSecret", answers={201: SecretOut}, refusals=(400, 401, 403, 422, 500)),
)
async def create_application_secret(id: str, body: CreateSecretBody, services: ServicesDep) -> Response:  # noqa: A002
    application_id = ApplicationId(id)
    secret = await services.applications.add_secret(
        application_id, name=body.name, expires_at=instant(body.expires_at, name="expiresAt")
    )
    answer = secret_out(secret, tenant_id=services.tenant_id, application_id=application_id)
    return JsonResponse(answer, status_code=201)


@router.patch(
    "/applications/{id}/secrets/{name}",
    **operation("UpdateApplicationSecret", answers={200: SecretOut}, refusals=(204, 400, 401, 403, 404, 500)),
)
async def update_application_secret(
    id: str,  # noqa: A002
    name: str,
    body: RenameSecretBody,
    services: ServicesDep,
) -> Response:
    application_id = ApplicationId(id)
    secret = await services.applications.rename_secret(application_id, name, new_name=body.name)
    return JsonResponse(secret_out(secret, tenant_id=services.tenant_id, application_id=application_id))


@router.delete(
    "/applications/{id}/secrets/{name}",
    **operation("DeleteApplicationSecret", answers={204: None}, refusals=(400, 401, 403, 404, 500)),
)
async def delete_application_secret(id: str, name: str, services: ServicesDep) -> Response:  # noqa: A002
    await services.applications.delete_secret(ApplicationId(id), name)
    return NoContent()
