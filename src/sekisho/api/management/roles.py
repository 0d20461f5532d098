"""`/api/roles`: bundles of scopes. Who holds them is in `role_users.py` and `role_applications.py`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import PAGE_PARAMETERS, SEARCH_PARAMETER, operation
from sekisho.api.management.wire.roles import (
    CreateRoleBody,
    ListedRoleOut,
    RoleOut,
    RoleTypeName,
    UpdateRoleBody,
    listed_role_out,
    role_out,
)
from sekisho.api.paging import PagingDep
from sekisho.api.responses import JsonResponse, NoContent, with_links
from sekisho.api.search import ROLE_FIELDS, parse_search
from sekisho.roles.models import RoleFilter, RoleId, RoleType

router = APIRouter(route_class=ManagementRoute, tags=["Roles"])


@router.get(
    "/roles",
    **operation(
        "ListRoles",
        answers={200: list[ListedRoleOut]},
        refusals=(400, 401, 403),
        parameters=(*PAGE_PARAMETERS, SEARCH_PARAMETER),
    ),
)
async def list_roles(
    request: Request,
    paging: PagingDep,
    services: ServicesDep,
    exclude_user_id: Annotated[str | None, Query(alias="excludeUserId")] = None,
    exclude_application_id: Annotated[str | None, Query(alias="excludeApplicationId")] = None,
    type: Annotated[RoleTypeName | None, Query()] = None,  # noqa: A002 — the contract's name
) -> Response:
    found = await services.role_overview.page(
        paging.page,
        filter_=RoleFilter(
            type=None if type is None else RoleType(type),
            not_of_user=exclude_user_id or None,
            not_of_application=exclude_application_id or None,
        ),
        search=parse_search(request.query_params, ROLE_FIELDS),
    )
    response = JsonResponse([listed_role_out(listed, tenant_id=services.tenant_id) for listed in found.rows])
    return with_links(response, paging.links(found.total), total=found.total)


@router.post(
    "/roles",
    **operation("CreateRole", answers={200: RoleOut}, refusals=(400, 401, 403, 404, 422)),
)
async def create_role(body: CreateRoleBody, services: ServicesDep) -> Response:
    role = await services.roles.define(body.to_model())
    return JsonResponse(role_out(role, tenant_id=services.tenant_id))


@router.get(
    "/roles/{id}",
    **operation("GetRole", answers={200: RoleOut}, refusals=(400, 401, 403, 404)),
)
async def get_role(id: str, services: ServicesDep) -> Response:  # noqa: A002
    return JsonResponse(role_out(await services.roles.get(RoleId(id)), tenant_id=services.tenant_id))


@router.patch(
    "/roles/{id}",
    **operation("UpdateRole", answers={200: RoleOut}, refusals=(400, 401, 403, 404, 422)),
)
async def update_role(id: str, body: UpdateRoleBody, services: ServicesDep) -> Response:  # noqa: A002
    role = await services.roles.update(RoleId(id), body.to_model())
    return JsonResponse(role_out(role, tenant_id=services.tenant_id))


@router.delete(
    "/roles/{id}",
    **operation("DeleteRole", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_role(id: str, services: ServicesDep) -> Response:  # noqa: A002
    await services.roles.delete(RoleId(id))
    return NoContent()
