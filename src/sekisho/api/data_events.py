"""Which routes of the Management API announce what (management-api.md §10.4): one table, told after success.

An event says which route it came through and what that answered. Where the answer is not what changed, a source reads
it: before the handler what is about to go, after it what has become.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec
from fastapi import Request, Response

from sekisho.http.context import context
from sekisho.kernel.events import Event, EventName
from sekisho.kernel.ids import UserId
from sekisho.services import Services
from sekisho.users.public import public_members

Params: TypeAlias = Mapping[str, str]
Source: TypeAlias = Callable[[Services, Params], Awaitable[Any]]

_OK = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataEvent:
    """What a route announces. Without a source, `data` is the body of the answer."""

    name: EventName
    before: Source | None = None
    after: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEvent(Event):
    """Something was changed through a route. `members` are `data` and whatever else the event says."""

    route: Mapping[str, Any]
    members: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> Mapping[str, Any]:
        return {**self.route, **self.members}


async def _user(services: Services, params: Params) -> Any:
    user = await services.users.find(UserId(params["userId"]))
    return None if user is None else public_members(user)


_USER = "/users/{userId}"
_USER_UPDATED = DataEvent(name=EventName.USER_DATA_UPDATED)
_ROLE_SCOPES_UPDATED = DataEvent(name=EventName.ROLE_SCOPES_UPDATED)

DATA_EVENTS: Mapping[tuple[str, str], DataEvent] = {
    ("POST", "/users"): DataEvent(name=EventName.USER_CREATED),
    ("PATCH", _USER): _USER_UPDATED,
    ("PATCH", f"{_USER}/custom-data"): _USER_UPDATED,
    ("PATCH", f"{_USER}/profile"): _USER_UPDATED,
    ("PATCH", f"{_USER}/password"): _USER_UPDATED,
    ("PATCH", f"{_USER}/logto-configs"): DataEvent(name=EventName.USER_DATA_UPDATED, after=_user),
    ("PATCH", f"{_USER}/is-suspended"): DataEvent(name=EventName.USER_SUSPENSION_STATUS_UPDATED),
    ("DELETE", _USER): DataEvent(name=EventName.USER_DELETED, before=_user),
    ("POST", "/roles"): DataEvent(name=EventName.ROLE_CREATED),
    ("PATCH", "/roles/{id}"): DataEvent(name=EventName.ROLE_DATA_UPDATED),
    ("DELETE", "/roles/{id}"): DataEvent(name=EventName.ROLE_DELETED),
    ("POST", "/roles/{id}/scopes"): _ROLE_SCOPES_UPDATED,
    ("DELETE", "/roles/{id}/scopes/{scopeId}"): _ROLE_SCOPES_UPDATED,
    ("POST", "/resources/{resourceId}/scopes"): DataEvent(name=EventName.SCOPE_CREATED),
    ("PATCH", "/resources/{resourceId}/scopes/{scopeId}"): DataEvent(name=EventName.SCOPE_DATA_UPDATED),
    ("DELETE", "/resources/{resourceId}/scopes/{scopeId}"): DataEvent(name=EventName.SCOPE_DELETED),
}


def event_of(methods: set[str] | None, path: str) -> DataEvent | None:
    """Return what a route announces, by its methods and its path below `/api`."""
    return next((found for method in methods or () if (found := DATA_EVENTS.get((method, path)))), None)


async def read_before(event: DataEvent, request: Request) -> None:
    """Keep what the event will tell and the handler will take away."""
    services = context(request).services
    if event.before is not None and await services.webhooks.is_heard(event.name):
        request.state.data_before = await event.before(services, request.path_params)


async def announce(event: DataEvent, request: Request, response: Response, *, path: str) -> None:
    """Tell what a request has changed, in its transaction."""
    services = context(request).services
    if response.status_code not in _OK or not await services.webhooks.is_heard(event.name):
        return
    members = {}
    if (data := await _data(event, request, response, services=services)) is not None:
        members["data"] = data
    route = {
        "path": request.scope["path"].removeprefix(request.scope.get("root_path", "")),
        "method": request.method,
        "status": response.status_code,
        "params": dict(request.path_params),
        "matchedRoute": path.replace("{", ":").replace("}", ""),
    }
    await services.announce(RouteEvent(name=event.name, route=route, members=members))


async def _data(event: DataEvent, request: Request, response: Response, *, services: Services) -> Any:
    if event.before is not None:
        return getattr(request.state, "data_before", None)
    if event.after is not None:
        return await event.after(services, request.path_params)
    if response.headers.get("content-type", "").startswith("application/json"):
        return msgspec.json.decode(bytes(response.body))
    return None
