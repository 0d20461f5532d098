"""`/api/resources/{resourceId}/scopes`: what may be allowed at an API."""

from fastapi import APIRouter, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import PAGE_PARAMETERS, SEARCH_PARAMETER, operation
from sekisho.api.management.wire.resources import CreateScopeBody, ScopeOut, UpdateScopeBody, scope_out
from sekisho.api.paging import PagingDep
from sekisho.api.responses import JsonResponse, NoContent, with_links
from sekisho.api.search import SCOPE_FIELDS, parse_search
from sekisho.resources.models import ResourceId, ScopeId

router = APIRouter(route_class=ManagementRoute, tags=["Resources"])


@router.get(
    "/resources/{resourceId}/scopes",
    **operation(
        "ListResourceScopes",
        answers={200: list[ScopeOut]},
        refusals=(400, 401, 403, 404),
        parameters=(*PAGE_PARAMETERS, SEARCH_PARAMETER),
    ),
)
async def list_resource_scopes(
    resourceId: str,  # noqa: N803 — the contract's name
    request: Request,
    paging: PagingDep,
    services: ServicesDep,
) -> Response:
    found = await services.resources.page_of_scopes(
        ResourceId(resourceId), paging.page, search=parse_search(request.query_params, SCOPE_FIELDS)
    )
    response = JsonResponse([scope_out(scope, tenant_id=services.tenant_id) for scope in found.rows])
    return with_links(response, paging.links(found.total), total=found.total)


@router.post(
    "/resources/{resourceId}/scopes",
    **operation("CreateResourceScope", answers={201: ScopeOut}, refusals=(400, 401, 403, 404, 422)),
)
async def create_resource_scope(resourceId: str, body: CreateScopeBody, services: ServicesDep) -> Response:  # noqa: N803
    scope = await services.resources.create_scope(
        ResourceId(resourceId), name=body.name, description=body.description or None
    )
    return JsonResponse(scope_out(scope, tenant_id=services.tenant_id), status_code=201)


@router.patch(
    "/resources/{resourceId}/scopes/{scopeId}",
    **operation("UpdateResourceScope", answers={200: ScopeOut}, refusals=(400, 401, 403, 404, 422)),
)
async def update_resource_scope(
    resourceId: str,  # noqa: N803
    scopeId: str,  # noqa: N803
    body: UpdateScopeBody,
    services: ServicesDep,
) -> Response:
    scope = await services.resources.update_scope(ResourceId(resourceId), ScopeId(scopeId), body.to_model())
    return JsonResponse(scope_out(scope, tenant_id=services.tenant_id))


@router.delete(
    "/resources/{resourceId}/scopes/{scopeId}",
    **operation("DeleteResourceScope", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_resource_scope(resourceId: str, scopeId: str, services: ServicesDep) -> Response:  # noqa: N803
    await services.resources.delete_scope(ResourceId(resourceId), ScopeId(scopeId))
    return NoContent()
