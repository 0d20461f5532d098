"""`/api/dashboard`: figures of the tenant."""

from datetime import date as Date  # noqa: N812 — `date` is the contract's name of a parameter
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from sekisho.api.auth import ManagementRoute
from sekisho.api.dependencies import ServicesDep
from sekisho.api.documented import operation
from sekisho.api.guard import GuardInvalidInput
from sekisho.api.responses import JsonResponse
from sekisho.dashboard.models import Figure

router = APIRouter(route_class=ManagementRoute, tags=["Dashboard"])


class TotalOut(msgspec.Struct, frozen=True, rename="camel"):
    total_user_count: int


class FigureOut(msgspec.Struct, frozen=True, rename="camel"):
    count: int
    delta: int


class NewUsersOut(msgspec.Struct, frozen=True, kw_only=True):
    today: FigureOut
    last_week: FigureOut = msgspec.field(name="last7Days")


class PointOut(msgspec.Struct, frozen=True, rename="camel"):
    date: str
    count: int


class ActiveUsersOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    dau_curve: list[PointOut]
    dau: FigureOut
    wau: FigureOut
    mau: FigureOut


@router.get("/dashboard/users/total", **operation("GetTotalUserCount", answers={200: TotalOut}, refusals=(401, 403)))
async def get_total_user_count(services: ServicesDep) -> Response:
    return JsonResponse(TotalOut(await services.dashboard.total_users()))


@router.get("/dashboard/users/new", **operation("GetNewUserCounts", answers={200: NewUsersOut}, refusals=(401, 403)))
async def get_new_user_counts(services: ServicesDep) -> Response:
    found = await services.dashboard.new_users()
    return JsonResponse(NewUsersOut(today=_out(found.today), last_week=_out(found.last_week)))


@router.get(
    "/dashboard/users/active",
    **operation("GetActiveUserCounts", answers={200: ActiveUsersOut}, refusals=(400, 401, 403)),
)
async def get_active_user_counts(
    services: ServicesDep,
    date: Annotated[str | None, Query(pattern=r"^[0-9]{4}(-[0-9]{2}){2}$")] = None,
) -> Response:
    found = await services.dashboard.active_users(None if date is None else _day(date))
    return JsonResponse(
        ActiveUsersOut(
            dau_curve=[PointOut(day.isoformat(), count) for day, count in found.curve],
            dau=_out(found.daily),
            wau=_out(found.weekly),
            mau=_out(found.monthly),
        )
    )


def _day(text: str) -> Date:
    try:
        day = Date.fromisoformat(text)
    except ValueError:
        day = Date.min
    # The first years of the calendar have nothing before them to compare with.
    if day.year < 1970:  # noqa: PLR2004
        issue = {"code": "invalid_string", "validation": "regex", "path": ["date"], "message": "Invalid"}
        raise GuardInvalidInput(part="query", issues=[issue])
    return day


def _out(figure: Figure) -> FigureOut:
    return FigureOut(figure.count, figure.delta)
