"""`/api/logs`: the audit log."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import PAGE_PARAMETERS, operation
from sekisho.api.management.log_queries import LogQueryDep, paged
from sekisho.api.management.wire.logs import LogOut, log_out
from sekisho.api.paging import PagingDep
from sekisho.api.responses import JsonResponse

router = APIRouter(route_class=ManagementRoute, tags=["Audit logs"])


@router.get(
    "/logs",
    **operation("ListLogs", answers={200: list[LogOut]}, refusals=(400, 401, 403), parameters=PAGE_PARAMETERS),
)
async def list_logs(
    query: LogQueryDep,
    paging: PagingDep,
    services: ServicesDep,
    user_id: Annotated[str | None, Query(alias="userId")] = None,
    application_id: Annotated[str | None, Query(alias="applicationId")] = None,
) -> Response:
    filter_ = replace(query.filter_, user_id=user_id or None, application_id=application_id or None)
    found = await services.audit.page(paging.page, filter_=filter_, is_capped=query.is_capped)
    response = JsonResponse([log_out(entry, tenant_id=services.tenant_id) for entry in found.rows])
    return paged(response, found, paging=paging, query=query)


@router.get("/logs/{id}", **operation("GetLog", answers={200: LogOut}, refusals=(400, 401, 403, 404)))
async def get_log(id: str, services: ServicesDep) -> Response:  # noqa: A002 — the contract's name
    return JsonResponse(log_out(await services.audit.get(id), tenant_id=services.tenant_id))
