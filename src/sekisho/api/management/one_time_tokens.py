"""`/api/one-time-tokens`: what links in messages carry."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import PAGE_PARAMETERS, operation
from sekisho.api.formats import Email
from sekisho.api.management.wire.one_time_tokens import (
    AddOneTimeTokenBody,
    OneTimeTokenOut,
    OneTimeTokenStatusBody,
    StatusName,
    VerifyOneTimeTokenBody,
    one_time_token_out,
)
from sekisho.api.paging import PagingDep
from sekisho.api.responses import JsonResponse, NoContent, with_links
from sekisho.http.context import context
from sekisho.http.rate_limits import Guarded
from sekisho.one_time_tokens.errors import EmailMismatch, TokenNotFound
from sekisho.one_time_tokens.models import OneTimeToken, OneTimeTokenId, TokenStatus
from sekisho.services import Services

router = APIRouter(route_class=ManagementRoute, tags=["One-time tokens"])


@router.get(
    "/one-time-tokens",
    **operation(
        "ListOneTimeTokens",
        answers={200: list[OneTimeTokenOut]},
        refusals=(400, 401, 403),
        parameters=PAGE_PARAMETERS,
    ),
)
async def list_one_time_tokens(
    paging: PagingDep,
    services: ServicesDep,
    email: Annotated[Email | None, Query()] = None,
    status: Annotated[StatusName | None, Query()] = None,
) -> Response:
    found = await services.one_time_tokens.page(
        paging.page if paging.is_requested else None,
        email=email,
        status=None if status is None else TokenStatus(status),
    )
    response = JsonResponse([one_time_token_out(row, tenant_id=services.tenant_id) for row in found.rows])
    return with_links(response, paging.links(found.total), total=found.total) if paging.is_requested else response


@router.post(
    "/one-time-tokens",
    **operation("AddOneTimeTokens", answers={201: OneTimeTokenOut}, refusals=(400, 401, 403)),
)
async def add_one_time_tokens(body: AddOneTimeTokenBody, services: ServicesDep) -> Response:
    context_ = body.context.to_wire() if "context" in body.model_fields_set else {}
    token = await services.one_time_tokens.create(email=body.email, context=context_, lifetime=body.lifetime)
    return _shown(token, services, status=201)


@router.post(
    "/one-time-tokens/verify",
    **operation("VerifyOneTimeToken", answers={200: OneTimeTokenOut}, refusals=(400, 401, 403, 404)),
)
async def verify_one_time_token(request: Request, body: VerifyOneTimeTokenBody, services: ServicesDep) -> Response:
    ctx = context(request)
    async with ctx.rate_limits.guess(
        ctx,
        Guarded.ONE_TIME_TOKEN,
        account=body.email,
        wrong=(TokenNotFound, EmailMismatch),
        is_from_anybody=False,
    ):
        return _shown(await services.one_time_tokens.consume(body.token, email=body.email), services)


@router.get(
    "/one-time-tokens/{id}",
    **operation("GetOneTimeToken", answers={200: OneTimeTokenOut}, refusals=(400, 401, 403, 404)),
)
async def get_one_time_token(id: str, services: ServicesDep) -> Response:  # noqa: A002 — the contract's name
    return _shown(await services.one_time_tokens.get(OneTimeTokenId(id)), services)


@router.put(
    "/one-time-tokens/{id}/status",
    **operation("ReplaceOneTimeTokenStatus", answers={200: OneTimeTokenOut}, refusals=(400, 401, 403, 404)),
)
async def replace_one_time_token_status(
    id: str,  # noqa: A002
    body: OneTimeTokenStatusBody,
    services: ServicesDep,
) -> Response:
    token = await services.one_time_tokens.set_status(OneTimeTokenId(id), TokenStatus(body.status))
    return _shown(token, services)


@router.delete(
    "/one-time-tokens/{id}",
    **operation("DeleteOneTimeToken", answers={204: None}, refusals=(400, 401, 403, 404)),
)
async def delete_one_time_token(id: str, services: ServicesDep) -> Response:  # noqa: A002
    await services.one_time_tokens.delete(OneTimeTokenId(id))
    return NoContent()


def _shown(token: OneTimeToken, services: Services, *, status: int = 200) -> Response:
    return JsonResponse(one_time_token_out(token, tenant_id=services.tenant_id), status_code=status)
