"""`/api/users/{userId}/sessions`: where a person is signed in."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.user_sessions import SessionOut, SessionsOut, session_out
from sekisho.api.responses import JsonResponse, NoContent
from sekisho.consents.access import Party
from sekisho.kernel.ids import UserId

router = APIRouter(route_class=ManagementRoute, tags=["Users"])

_TARGETS: Mapping[str | None, Sequence[Party]] = {
    None: (),
    "firstParty": (Party.FIRST,),
    "all": (Party.FIRST, Party.THIRD),
}


@router.get(
    "/users/{userId}/sessions",
    **operation("ListUserSessions", answers={200: SessionsOut}, refusals=(400, 401, 403, 500)),
)
async def list_user_sessions(userId: str, services: ServicesDep) -> Response:  # noqa: N803 — the contract's name
    records = await services.access.sessions(UserId(userId))
    return JsonResponse(SessionsOut(sessions=[session_out(record) for record in records]))


@router.get(
    "/users/{userId}/sessions/{sessionId}",
    **operation("GetUserSession", answers={200: SessionOut}, refusals=(400, 401, 403, 404, 500)),
)
async def get_user_session(userId: str, sessionId: str, services: ServicesDep) -> Response:  # noqa: N803
    return JsonResponse(session_out(await services.access.session(UserId(userId), sessionId)))


@router.delete(
    "/users/{userId}/sessions/{sessionId}",
    **operation("DeleteUserSession", answers={204: None}, refusals=(400, 401, 403, 404, 500)),
)
async def delete_user_session(
    userId: str,  # noqa: N803
    sessionId: str,  # noqa: N803
    services: ServicesDep,
    revoke_grants_target: Annotated[Literal["all", "firstParty"] | None, Query(alias="revokeGrantsTarget")] = None,
) -> Response:
    await services.access.end_session(UserId(userId), sessionId, revoking=_TARGETS[revoke_grants_target])
    return NoContent()
