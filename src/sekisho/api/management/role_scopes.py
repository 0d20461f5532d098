"""`/api/roles/{id}/scopes`: what a role gives."""

from fastapi import APIRouter, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import PAGE_PARAMETERS, SEARCH_PARAMETER, operation
from sekisho.api.management.wire.resources import (
    ScopeOut,
    ScopeWithResourceOut,
    scope_out,
    scope_with_resource_out,
)
from sekisho.api.management.wire.roles import ScopeIdsBody
from sekisho.api.paging import PagingDep
from sekisho.api.responses import JsonResponse, NoContent, with_links
from sekisho.api.search import SCOPE_FIELDS, parse_search
from sekisho.resources.models import ScopeId
from sekisho.roles.models import RoleId

router = APIRouter(route_class=ManagementRoute, tags=["Roles"])


@router.get(
    "/roles/{id}/scopes",
    **operation(
        "ListRoleScopes",
        answers={200: list[ScopeWithResourceOut]},
        refusals=(400, 401, 403, 404),
        parameters=(*PAGE_PARAMETERS, SEARCH_PARAMETER),
    ),
)
async def list_role_scopes(
    id: str,  # noqa: A002 — the contract's name
    request: Request,
    paging: PagingDep,
    services: ServicesDep,
) -> Response:
    found = await services.roles.page_of_scopes(
        RoleId(id),
        paging.page if paging.is_requested else None,
        search=parse_search(request.query_params, SCOPE_FIELDS),
    )
    tenant_id = services.tenant_id
    response = JsonResponse([scope_with_resource_out(*pair, tenant_id=tenant_id) for pair in found.rows])
    return with_links(response, paging.links(found.total), total=found.total) if paging.is_requested else response


@router.post(
    "/roles/{id}/scopes",
    **operation("CreateRoleScope", answers={201: list[ScopeOut], 200: None}, refusals=(400, 401, 403, 404, 422)),
)
async def create_role_scope(id: str, body: ScopeIdsBody, services: ServicesDep) -> Response:  # noqa: A002
    scopes = await services.roles.add_scopes(RoleId(id), [ScopeId(each) for each in body.scope_ids])
    return JsonResponse([scope_out(scope, tenant_id=services.tenant_id) for scope in scopes], status_code=201)


@router.delete(
    "/roles/{id}/scopes/{scopeId}",
    **operation("DeleteRoleScope", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_role_scope(id: str, scopeId: str, services: ServicesDep) -> Response:  # noqa: A002, N803
    await services.roles.remove_scope(RoleId(id), ScopeId(scopeId))
    return NoContent()
