"""`/api/resources`: the APIs that access tokens are made for. Their scopes are in `scopes.py`."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import PAGE_PARAMETERS, operation
from sekisho.api.management.wire.resources import (
    CreateResourceBody,
    IsDefaultBody,
    ResourceOut,
    ResourceWithScopesOut,
    UpdateResourceBody,
    resource_out,
    resource_with_scopes_out,
)
from sekisho.api.paging import PagingDep
from sekisho.api.responses import JsonResponse, NoContent, with_links
from sekisho.api.search import is_truthy
from sekisho.resources.models import ResourceId

router = APIRouter(route_class=ManagementRoute, tags=["Resources"])


@router.get(
    "/resources",
    **operation(
        "ListResources",
        answers={200: list[ResourceWithScopesOut]},
        refusals=(400, 401, 403),
        parameters=PAGE_PARAMETERS,
    ),
)
async def list_resources(
    paging: PagingDep,
    services: ServicesDep,
    include_scopes: Annotated[str | None, Query(alias="includeScopes")] = None,
) -> Response:
    found = await services.resources.page(paging.page if paging.is_requested else None)
    shows_scopes = is_truthy(include_scopes)
    response = JsonResponse(
        [
            resource_with_scopes_out(
                entry.resource, list(entry.scopes) if shows_scopes else None, tenant_id=services.tenant_id
            )
            for entry in found.rows
        ]
    )
    return with_links(response, paging.links(found.total), total=found.total) if paging.is_requested else response


@router.post(
    "/resources",
    **operation("CreateResource", answers={201: ResourceWithScopesOut}, refusals=(400, 401, 403, 422)),
)
async def create_resource(body: CreateResourceBody, services: ServicesDep) -> Response:
    made = await services.resources.create(name=body.name, indicator=body.indicator, access_token_ttl=body.ttl)
    return JsonResponse(resource_with_scopes_out(made, [], tenant_id=services.tenant_id), status_code=201)


@router.get(
    "/resources/{id}",
    **operation("GetResource", answers={200: ResourceOut}, refusals=(400, 401, 403, 404)),
)
async def get_resource(id: str, services: ServicesDep) -> Response:  # noqa: A002 — the contract's name
    found = await services.resources.get(ResourceId(id))
    return JsonResponse(resource_out(found.resource, tenant_id=services.tenant_id))


@router.patch(
    "/resources/{id}",
    **operation("UpdateResource", answers={200: ResourceOut}, refusals=(400, 401, 403, 404)),
)
async def update_resource(id: str, body: UpdateResourceBody, services: ServicesDep) -> Response:  # noqa: A002
    resource = await services.resources.update(ResourceId(id), body.to_model())
    return JsonResponse(resource_out(resource, tenant_id=services.tenant_id))


@router.patch(
    "/resources/{id}/is-default",
    **operation("UpdateResourceIsDefault", answers={200: ResourceOut}, refusals=(400, 401, 403, 404)),
)
async def update_resource_is_default(id: str, body: IsDefaultBody, services: ServicesDep) -> Response:  # noqa: A002
    resource = await services.resources.set_default(ResourceId(id), is_default=body.is_default)
    return JsonResponse(resource_out(resource, tenant_id=services.tenant_id))


@router.delete(
    "/resources/{id}",
    **operation("DeleteResource", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_resource(id: str, services: ServicesDep) -> Response:  # noqa: A002
    await services.resources.delete(ResourceId(id))
    return NoContent()
