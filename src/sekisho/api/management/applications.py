"""`/api/applications`: clients and their custom data. Their secrets are in `application_secrets.py`."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import OBJECT, PAGE_PARAMETERS, SEARCH_PARAMETER, operation
from sekisho.api.management.wire.applications import (
    ApplicationOut,
    ApplicationWithAdminOut,
    CreateApplicationBody,
    TypeName,
    UpdateApplicationBody,
    application_out,
    application_with_admin_out,
)
from sekisho.api.paging import PagingDep
from sekisho.api.responses import JsonResponse, NoContent, with_links
from sekisho.api.search import APPLICATION_FIELDS, parse_search
from sekisho.applications.builtin import BUILT_IN
from sekisho.applications.models import (
    NO_REDIRECT_URIS,
    ApplicationChange,
    ApplicationFilter,
    ApplicationType,
    CustomClientMetadata,
    NewApplication,
)
from sekisho.kernel.errors import InvalidInput
from sekisho.kernel.ids import ApplicationId
from sekisho.roles.models import RoleId
from sekisho.tenants.models import ADMIN_TENANT

router = APIRouter(route_class=ManagementRoute, tags=["Applications"])


@router.get(
    "/applications",
    **operation(
        "ListApplications",
        answers={200: list[ApplicationOut]},
        refusals=(400, 401, 403),
        parameters=(*PAGE_PARAMETERS, SEARCH_PARAMETER),
    ),
)
async def list_applications(
    request: Request,
    paging: PagingDep,
    services: ServicesDep,
    types: Annotated[Sequence[TypeName] | None, Query()] = None,
    exclude_role_id: Annotated[str | None, Query(alias="excludeRoleId")] = None,
    exclude_organization_id: Annotated[str | None, Query(alias="excludeOrganizationId")] = None,
    is_third_party: Annotated[Literal["true", "false"] | None, Query(alias="isThirdParty")] = None,
) -> Response:
    if exclude_role_id and exclude_organization_id:
        raise InvalidInput(details="Give excludeRoleId or excludeOrganizationId, not both.")
    found = await services.applications.page(
        paging.page if paging.is_requested else None,
        filter_=ApplicationFilter(
            types=[ApplicationType(name) for name in types or ()],
            is_third_party=None if is_third_party is None else is_third_party == "true",
        ),
        search=parse_search(request.query_params, APPLICATION_FIELDS),
        excluded=services.roles.ids_of_applications(RoleId(exclude_role_id)) if exclude_role_id else None,
    )
    response = JsonResponse([application_out(row, tenant_id=services.tenant_id) for row in found.rows])
    return with_links(response, paging.links(found.total), total=found.total) if paging.is_requested else response


@router.post(
    "/applications",
    **operation("CreateApplication", answers={200: ApplicationOut}, refusals=(400, 401, 403, 422, 500)),
)
async def create_application(body: CreateApplicationBody, services: ServicesDep) -> Response:
    given = body.model_fields_set
    created = await services.applications.create(
        NewApplication(
            name=body.name,
            type=ApplicationType(body.type),
            description=body.description,
            oidc_client_metadata=(
                body.oidc_client_metadata.to_model() if "oidc_client_metadata" in given else NO_REDIRECT_URIS
            ),
            custom_client_metadata=(
                body.custom_client_metadata.to_model() if "custom_client_metadata" in given else CustomClientMetadata()
            ),
            custom_data=body.custom_data if "custom_data" in given else {},
            is_third_party="is_third_party" in given and body.is_third_party,
            protected_app_metadata=(
                body.protected_app_metadata.to_wire() if "protected_app_metadata" in given else None
            ),
        )
    )
    return JsonResponse(application_out(created.application, tenant_id=services.tenant_id))


@router.get(
    "/applications/{id}",
    **operation("GetApplication", answers={200: ApplicationWithAdminOut}, refusals=(400, 401, 403, 404)),
)
async def get_application(id: str, services: ServicesDep) -> Response:  # noqa: A002 — the contract's name
    application = await services.applications.get(ApplicationId(id))
    is_admin = application.id not in BUILT_IN and await services.roles.is_internal_admin(application.id)
    return JsonResponse(application_with_admin_out(application, tenant_id=services.tenant_id, is_admin=is_admin))


@router.patch(
    "/applications/{id}",
    **operation("UpdateApplication", answers={200: ApplicationOut}, refusals=(400, 401, 403, 404, 422, 500)),
)
async def update_application(id: str, body: UpdateApplicationBody, services: ServicesDep) -> Response:  # noqa: A002
    application = await services.applications.update(ApplicationId(id), _change(body))
    # The admin tenant's applications reach other tenants' Management APIs, never their own through this switch.
    if "is_admin" in body.model_fields_set and services.tenant_id != ADMIN_TENANT:
        await services.roles.set_internal_admin(application.id, is_admin=body.is_admin)
    return JsonResponse(application_out(application, tenant_id=services.tenant_id))


@router.delete(
    "/applications/{id}",
    **operation("DeleteApplication", answers={204: None}, refusals=(400, 401, 403, 404, 422)),
)
async def delete_application(id: str, services: ServicesDep) -> Response:  # noqa: A002
    await services.applications.delete(ApplicationId(id))
    return NoContent()


@router.patch(
    "/applications/{applicationId}/custom-data",
    **operation("UpdateApplicationCustomData", answers={200: OBJECT}, refusals=(400, 401, 403, 404)),
)
async def update_application_custom_data(
    applicationId: str,  # noqa: N803 — the contract's name
    body: dict[str, Any],
    services: ServicesDep,
) -> Response:
    application = await services.applications.merge_custom_data(ApplicationId(applicationId), body)
    return JsonResponse(application.custom_data)


def _change(body: UpdateApplicationBody) -> ApplicationChange:
    """Return what the body changes of the row itself."""
    change: ApplicationChange = {}
    given = body.model_fields_set
    if "name" in given:
        change["name"] = body.name
    if "description" in given:
        change["description"] = body.description
    if "oidc_client_metadata" in given:
        change["oidc_client_metadata"] = body.oidc_client_metadata.to_model()
    if "custom_client_metadata" in given:
        change["custom_client_metadata"] = body.custom_client_metadata.to_model()
    if "custom_data" in given:
        change["custom_data"] = body.custom_data
    if "app_level_access_control_enabled" in given:
        change["app_level_access_control_enabled"] = body.app_level_access_control_enabled
    if body.protected_app_metadata is not None:
        change["protected_app_metadata"] = body.protected_app_metadata.to_wire()
    return change
