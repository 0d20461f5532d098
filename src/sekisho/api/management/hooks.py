"""`/api/hooks`: webhooks, what was sent to them lately, and, a door of our own, what could not be sent."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import PAGE_PARAMETERS, operation
from sekisho.api.management.log_queries import LogQueryDep, paged
from sekisho.api.management.wire.hooks import (
    CreateHookBody,
    DeadLetterOut,
    HookOut,
    HookWithStatsOut,
    TestHookBody,
    UpdateHookBody,
    dead_letter_out,
    hook_out,
    hook_with_stats_out,
)
from sekisho.api.management.wire.logs import HookLogOut, hook_log_out
from sekisho.api.paging import PagingDep
from sekisho.api.responses import JsonResponse, NoContent, with_links
from sekisho.api.search import is_truthy
from sekisho.kernel.events import EventName
from sekisho.services import Services
from sekisho.webhooks.jobs import send_samples
from sekisho.webhooks.models import Hook, HookId

router = APIRouter(route_class=ManagementRoute, tags=["Hooks"])


@router.get(
    "/hooks",
    **operation(
        "ListHooks", answers={200: list[HookWithStatsOut]}, refusals=(400, 401, 403), parameters=PAGE_PARAMETERS
    ),
)
async def list_hooks(
    paging: PagingDep,
    services: ServicesDep,
    include_execution_stats: Annotated[str | None, Query(alias="includeExecutionStats")] = None,
) -> Response:
    found = await services.webhooks.page(paging.page if paging.is_requested else None)
    response = JsonResponse(await _shown(found.rows, services, with_stats=is_truthy(include_execution_stats)))
    return with_links(response, paging.links(found.total), total=found.total) if paging.is_requested else response


@router.post("/hooks", **operation("CreateHook", answers={201: HookOut}, refusals=(400, 401, 403)))
async def create_hook(body: CreateHookBody, services: ServicesDep) -> Response:
    hook = await services.webhooks.create(body.to_model())
    return JsonResponse(hook_out(hook, tenant_id=services.tenant_id), status_code=201)


@router.get("/hooks/{id}", **operation("GetHook", answers={200: HookWithStatsOut}, refusals=(400, 401, 403, 404)))
async def get_hook(
    id: str,  # noqa: A002 — the contract's name
    services: ServicesDep,
    include_execution_stats: Annotated[str | None, Query(alias="includeExecutionStats")] = None,
) -> Response:
    hook = await services.webhooks.get(HookId(id))
    (shown,) = await _shown([hook], services, with_stats=is_truthy(include_execution_stats))
    return JsonResponse(shown)


@router.patch("/hooks/{id}", **operation("UpdateHook", answers={200: HookOut}, refusals=(400, 401, 403, 404)))
async def update_hook(id: str, body: UpdateHookBody, services: ServicesDep) -> Response:  # noqa: A002
    hook = await services.webhooks.update(HookId(id), body.to_model())
    return JsonResponse(hook_out(hook, tenant_id=services.tenant_id))


@router.delete("/hooks/{id}", **operation("DeleteHook", answers={204: None}, refusals=(400, 401, 403, 404)))
async def delete_hook(id: str, services: ServicesDep) -> Response:  # noqa: A002
    await services.webhooks.delete(HookId(id))
    return NoContent()


@router.get(
    "/hooks/{id}/recent-logs",
    **operation(
        "ListHookRecentLogs", answers={200: list[HookLogOut]}, refusals=(400, 401, 403), parameters=PAGE_PARAMETERS
    ),
)
async def list_hook_recent_logs(
    id: str,  # noqa: A002
    query: LogQueryDep,
    paging: PagingDep,
    services: ServicesDep,
) -> Response:
    found = await services.audit.page_of_hook(id, paging.page, filter_=query.filter_, is_capped=query.is_capped)
    response = JsonResponse([hook_log_out(entry) for entry in found.rows])
    return paged(response, found, paging=paging, query=query)


@router.post(
    "/hooks/{id}/test",
    **operation("CreateHookTest", answers={204: None}, refusals=(400, 401, 403, 404, 422)),
)
async def create_hook_test(id: str, body: TestHookBody, services: ServicesDep) -> Response:  # noqa: A002
    hook = await services.webhooks.get(HookId(id))
    await services.uow.release()
    await send_samples(
        hook,
        [EventName(name) for name in body.events],
        config=body.config.to_model(),
        clock=services.clock,
        outbound=services.runtime.outbound,
    )
    return NoContent()


@router.patch(
    "/hooks/{id}/signing-key",
    **operation("UpdateHookSigningKey", answers={200: HookOut}, refusals=(400, 401, 403, 404)),
)
async def update_hook_signing_key(id: str, services: ServicesDep) -> Response:  # noqa: A002
    hook = await services.webhooks.renew_signing_key(HookId(id))
    return JsonResponse(hook_out(hook, tenant_id=services.tenant_id))


@router.get(
    "/hooks/{id}/dead-letters",
    **operation(
        "ListHookDeadLetters",
        answers={200: list[DeadLetterOut]},
        refusals=(400, 401, 403, 404),
        parameters=PAGE_PARAMETERS,
    ),
)
async def list_hook_dead_letters(id: str, paging: PagingDep, services: ServicesDep) -> Response:  # noqa: A002
    found = await services.webhooks.dead_letters(HookId(id), paging.page)
    response = JsonResponse([dead_letter_out(letter) for letter in found.rows])
    return with_links(response, paging.links(found.total), total=found.total)


@router.post(
    "/hooks/{id}/dead-letters/{letterId}/replay",
    **operation("ReplayHookDeadLetter", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def replay_hook_dead_letter(id: str, letterId: str, services: ServicesDep) -> Response:  # noqa: A002, N803
    await services.webhooks.send_again(HookId(id), letterId)
    return NoContent()


async def _shown(hooks: Sequence[Hook], services: Services, *, with_stats: bool) -> Sequence[HookWithStatsOut]:
    deliveries = await services.audit.deliveries([hook.id for hook in hooks]) if with_stats else None
    return [
        hook_with_stats_out(
            hook,
            tenant_id=services.tenant_id,
            deliveries=None if deliveries is None else deliveries.get(hook.id, {}),
        )
        for hook in hooks
    ]
