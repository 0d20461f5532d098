"""Which operation a request reaches: the same one as if all had been tried one after the other."""

import re
from collections.abc import Iterator
from typing import cast

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from sekisho.api.app import create_api
from sekisho.api.routing import RoutesBySegment

_PARAMETER = re.compile(r"\{[^}]*\}")


def asked(path: str, *, method: str, root_path: str = "/t/other/api") -> Scope:
    return {"type": "http", "method": method, "path": root_path + path, "root_path": root_path, "headers": []}


def tried_in_turn(routes: list[BaseRoute], scope: Scope) -> tuple[Match, BaseRoute | None]:
    partial: tuple[Match, BaseRoute | None] = (Match.NONE, None)
    for route in routes:
        match, _ = route.matches(scope)
        if match is Match.FULL:
            return match, route
        if match is Match.PARTIAL and partial[1] is None:
            partial = match, route
    return partial


def operations() -> list[BaseRoute]:
    return cast("list[BaseRoute]", create_api().state.operations)


def paths(routes: list[BaseRoute]) -> Iterator[str]:
    for route in routes:
        assert isinstance(route, APIRoute)
        yield _PARAMETER.sub("one", route.path)


def test_a_request_reaches_the_operation_it_would_reach_in_turn() -> None:
    routes = operations()
    by_segment = RoutesBySegment(routes)
    strange = ["", "/", "//", "/users/", "/nothing", "/nothing/users", "/users/a/b/c/d/e", "/USERS", "/%75sers"]

    for path in {*paths(routes), *strange}:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            scope = asked(path, method=method)
            match, found = by_segment.matches(scope)
            assert (match, found.get("route")) == tried_in_turn(routes, scope), f"{method} {path}"


def test_all_operations_are_there() -> None:
    by_segment = RoutesBySegment(routes := operations())

    reached = {
        id(by_segment.matches(asked(path, method=method))[1].get("route"))
        for path in paths(routes)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    }

    assert reached >= {id(route) for route in routes}
