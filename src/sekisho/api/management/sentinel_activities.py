"""`/api/sentinel-activities`: let people who guessed wrong too often try again."""

from typing import Literal

from fastapi import APIRouter, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.management.wire.body import Body
from sekisho.api.responses import NoContent

router = APIRouter(route_class=ManagementRoute, tags=["Sentinel activities"])


class DeleteSentinelActivitiesBody(Body):
    target_type: Literal["User", "App"]
    targets: list[str]


@router.post(
    "/sentinel-activities/delete",
    **operation("DeleteSentinelActivities", answers={204: None}, refusals=(400, 401, 403)),
)
async def delete_sentinel_activities(body: DeleteSentinelActivitiesBody, services: ServicesDep) -> Response:
    # Applications are never stopped from guessing, so there is nothing of theirs to forget.
    if body.target_type == "User" and body.targets:
        await services.sentinel.forgive(body.targets)
    return NoContent()
