"""`/api/users/{userId}/grants`: what a person allows applications."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.user_grants import GrantsOut, grant_out
from sekisho.api.responses import JsonResponse, NoContent
from sekisho.consents.access import Party
from sekisho.kernel.ids import UserId

router = APIRouter(route_class=ManagementRoute, tags=["Users"])


@router.get(
    "/users/{userId}/grants",
    **operation("ListUserGrants", answers={200: GrantsOut}, refusals=(400, 401, 403, 500)),
)
async def list_user_grants(
    userId: str,  # noqa: N803 — the contract's name
    services: ServicesDep,
    app_type: Annotated[Literal["firstParty", "thirdParty"] | None, Query(alias="appType")] = None,
) -> Response:
    found = await services.access.grants(UserId(userId), party=None if app_type is None else Party(app_type))
    return JsonResponse(GrantsOut(grants=[grant_out(each) for each in found]))


@router.delete(
    "/users/{userId}/grants/{grantId}",
    **operation("DeleteUserGrant", answers={204: None}, refusals=(400, 401, 403, 404, 500)),
)
async def delete_user_grant(userId: str, grantId: str, services: ServicesDep) -> Response:  # noqa: N803
    await services.access.revoke_grant(UserId(userId), grantId)
    return NoContent()
