"""`/api/applications/{applicationId}/roles`: the roles of one machine-to-machine application."""

from fastapi import APIRouter, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import ANYTHING, PAGE_PARAMETERS, SEARCH_PARAMETER, operation
from sekisho.api.management.wire.roles import AddedRoleIdsOut, RoleIdsBody, RoleIdsOut, RoleOut, role_out
from sekisho.api.paging import PagingDep
from sekisho.api.responses import JsonResponse, NoContent, with_links
from sekisho.api.search import ROLE_FIELDS, parse_search
from sekisho.roles.models import RoleId

router = APIRouter(route_class=ManagementRoute, tags=["Applications"])


@router.get(
    "/applications/{applicationId}/roles",
    **operation(
        "ListApplicationRoles",
        answers={200: list[RoleOut]},
        refusals=(400, 401, 403, 404, 422),
        parameters=(*PAGE_PARAMETERS, SEARCH_PARAMETER),
    ),
)
async def list_application_roles(
    applicationId: str,  # noqa: N803 — the contract's name
    request: Request,
    paging: PagingDep,
    services: ServicesDep,
) -> Response:
    found = await services.application_roles.page(
        applicationId, paging.page, search=parse_search(request.query_params, ROLE_FIELDS)
    )
    response = JsonResponse([role_out(role, tenant_id=services.tenant_id) for role in found.rows])
    return with_links(response, paging.links(found.total), total=found.total)


@router.post(
    "/applications/{applicationId}/roles",
    **operation("AssignApplicationRoles", answers={201: AddedRoleIdsOut}, refusals=(400, 401, 403, 404, 422)),
)
async def assign_application_roles(applicationId: str, body: RoleIdsBody, services: ServicesDep) -> Response:  # noqa: N803
    added = await services.application_roles.give(applicationId, body.role_ids)
    answer = AddedRoleIdsOut(role_ids=body.role_ids, added_role_ids=list(added))
    return JsonResponse(answer, status_code=201)


@router.put(
    "/applications/{applicationId}/roles",
    **operation("ReplaceApplicationRoles", answers={200: ANYTHING}, refusals=(400, 401, 403, 404, 422)),
)
async def replace_application_roles(applicationId: str, body: RoleIdsBody, services: ServicesDep) -> Response:  # noqa: N803
    await services.application_roles.replace(applicationId, body.role_ids)
    return JsonResponse(RoleIdsOut(role_ids=body.role_ids))


@router.delete(
    "/applications/{applicationId}/roles/{roleId}",
    **operation("DeleteApplicationRole", answers={204: None}, refusals=(400, 401, 403, 404, 422)),
)
async def delete_application_role(applicationId: str, roleId: str, services: ServicesDep) -> Response:  # noqa: N803
    await services.application_roles.take(applicationId, RoleId(roleId))
    return NoContent()
