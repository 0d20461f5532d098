"""What handlers may ask to be given."""

from typing import Annotated

import pytest
from fastapi import Header, Response
from fastapi.dependencies.utils import get_dependant
from fastapi.routing import APIRoute

from sekisho.api.app import create_api
from sekisho.api.arguments import Arguments


def test_no_operation_asks_for_what_it_would_not_be_given() -> None:
    routes = [route for route in create_api().state.operations if isinstance(route, APIRoute)]

    assert len(routes) > 150
    for route in routes:
        Arguments(route.dependant)


async def of_a_header(if_match: Annotated[str, Header()]) -> None: ...


async def of_the_answer(response: Response) -> None: ...


@pytest.mark.parametrize(("handler", "told"), [(of_a_header, "header_params"), (of_the_answer, "response_param_name")])
def test_what_no_request_is_read_for_is_refused(handler: object, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        Arguments(get_dependant(path="/", call=handler))  # type: ignore[arg-type]
