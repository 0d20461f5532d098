"""`/api/users/{userId}/roles`: the roles of one user."""

from fastapi import APIRouter, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import PAGE_PARAMETERS, SEARCH_PARAMETER, operation
from sekisho.api.management.wire.roles import AddedRoleIdsOut, RoleIdsBody, RoleIdsOut, RoleOut, role_out
from sekisho.api.paging import PagingDep
from sekisho.api.responses import JsonResponse, NoContent, with_links
from sekisho.api.search import ROLE_FIELDS, parse_search
from sekisho.roles.models import RoleId

router = APIRouter(route_class=ManagementRoute, tags=["Users"])


@router.get(
    "/users/{userId}/roles",
    **operation(
        "ListUserRoles",
        answers={200: list[RoleOut]},
        refusals=(400, 401, 403, 404),
        parameters=(*PAGE_PARAMETERS, SEARCH_PARAMETER),
    ),
)
async def list_user_roles(
    userId: str,  # noqa: N803 — the contract's name
    request: Request,
    paging: PagingDep,
    services: ServicesDep,
) -> Response:
    found = await services.user_roles.page(userId, paging.page, search=parse_search(request.query_params, ROLE_FIELDS))
    response = JsonResponse([role_out(role, tenant_id=services.tenant_id) for role in found.rows])
    return with_links(response, paging.links(found.total), total=found.total)


@router.post(
    "/users/{userId}/roles",
    **operation("AssignUserRoles", answers={201: AddedRoleIdsOut}, refusals=(400, 401, 403, 404, 422)),
)
async def assign_user_roles(userId: str, body: RoleIdsBody, services: ServicesDep) -> Response:  # noqa: N803
    added = await services.user_roles.give(userId, body.role_ids)
    answer = AddedRoleIdsOut(role_ids=body.role_ids, added_role_ids=list(added))
    return JsonResponse(answer, status_code=201)


@router.put(
    "/users/{userId}/roles",
    **operation("ReplaceUserRoles", answers={200: RoleIdsOut}, refusals=(400, 401, 403, 404, 422)),
)
async def replace_user_roles(userId: str, body: RoleIdsBody, services: ServicesDep) -> Response:  # noqa: N803
    await services.user_roles.replace(userId, body.role_ids)
    return JsonResponse(RoleIdsOut(role_ids=body.role_ids))


@router.delete(
    "/users/{userId}/roles/{roleId}",
    **operation("DeleteUserRole", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_user_role(userId: str, roleId: str, services: ServicesDep) -> Response:  # noqa: N803
    await services.user_roles.take(userId, RoleId(roleId))
    return NoContent()
