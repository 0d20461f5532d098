"""`/api/roles/{id}/applications`: the machine-to-machine applications that hold a role."""

from fastapi import APIRouter, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import ANYTHING, PAGE_PARAMETERS, SEARCH_PARAMETER, operation
from sekisho.api.management.wire.applications import ApplicationOut, application_out
from sekisho.api.management.wire.roles import ApplicationIdsBody
from sekisho.api.paging import PagingDep
from sekisho.api.responses import Created, JsonResponse, NoContent, with_links
from sekisho.api.search import APPLICATION_FIELDS, parse_search
from sekisho.applications.models import ApplicationFilter, ApplicationType
from sekisho.roles.models import RoleId

router = APIRouter(route_class=ManagementRoute, tags=["Roles"])


@router.get(
    "/roles/{id}/applications",
    **operation(
        "ListRoleApplications",
        answers={200: list[ApplicationOut], 204: None},
        refusals=(400, 401, 403, 404),
        parameters=(*PAGE_PARAMETERS, SEARCH_PARAMETER),
    ),
)
async def list_role_applications(
    id: str,  # noqa: A002 — the contract's name
    request: Request,
    paging: PagingDep,
    services: ServicesDep,
) -> Response:
    role = await services.roles.get(RoleId(id))
    found = await services.applications.page(
        paging.page,
        filter_=ApplicationFilter(types=[ApplicationType.MACHINE_TO_MACHINE]),
        search=parse_search(request.query_params, APPLICATION_FIELDS),
        among=services.roles.ids_of_applications(role.id),
    )
    response = JsonResponse([application_out(row, tenant_id=services.tenant_id) for row in found.rows])
    return with_links(response, paging.links(found.total), total=found.total)


@router.post(
    "/roles/{id}/applications",
    **operation("CreateRoleApplication", answers={201: ANYTHING}, refusals=(400, 401, 403, 404, 422)),
)
async def create_role_application(id: str, body: ApplicationIdsBody, services: ServicesDep) -> Response:  # noqa: A002
    await services.application_roles.add(RoleId(id), body.application_ids)
    return Created()


@router.delete(
    "/roles/{id}/applications/{applicationId}",
    **operation("DeleteRoleApplication", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_role_application(
    id: str,  # noqa: A002
    applicationId: str,  # noqa: N803
    services: ServicesDep,
) -> Response:
    await services.application_roles.remove(RoleId(id), applicationId)
    return NoContent()
