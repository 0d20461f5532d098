import pytest
from starlette.datastructures import QueryParams
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.api.paging import Paging
from sekisho.kernel.pages import PageRequest


def links(query: str, *, number: int, size: int, total: int) -> list[str]:
    paging = Paging(
        page=PageRequest(number=number, size=size), is_requested=True, url="http://a.b/api/x", query=QueryParams(query)
    )
    return [link.removeprefix("<http://a.b/api/x?") for link in paging.links(total)]


@pytest.mark.parametrize(
    ("number", "total", "relations"),
    [
        (1, 0, ["first", "last"]),
        (1, 10, ["first", "last"]),
        (1, 11, ["first", "last", "next"]),
        (2, 11, ["first", "prev", "last"]),
        (2, 21, ["first", "prev", "last", "next"]),
        (9, 11, ["first", "prev", "last"]),
    ],
)
def test_links_name_the_pages_there_are(number: int, total: int, relations: list[str]) -> None:
    found = links(f"page={number}&page_size=10", number=number, size=10, total=total)
    assert [link.partition('rel="')[2].rstrip('"') for link in found] == relations


def test_links_keep_every_other_parameter_in_place() -> None:
    found = links("types=SPA&page=1&types=Native&search=%25a+b%25", number=1, size=20, total=1)
    assert found == [
        f'types=SPA&page=1&types=Native&search=%25a+b%25>; rel="{relation}"' for relation in ("first", "last")
    ]


IMPOSSIBLE_PAGES = (
    "page=0",
    "page=-1",
    "page=x",
    "page=1.5",
    "page=1&page=2",
    "page_size=0",
    "page_size=101",
    "page=99999999999999999999999",
    "page=²",
    "page=+1",
)


@on_sqlite
async def test_a_page_that_cannot_be_is_refused(management: Visitor) -> None:
    for query in IMPOSSIBLE_PAGES:
        for path in ("users", "applications"):
            response = await management.get(f"/api/{path}?{query}")
            assert (response.status_code, response.json()["code"]) == (400, "guard.invalid_pagination"), (path, query)


@on_sqlite
@pytest.mark.parametrize("query", ["", "?page=&page_size=", "?page=1&page_size=100", "?page=1000000000"])
async def test_pages_that_can_be_are_answered(management: Visitor, query: str) -> None:
    response = await management.get(f"/api/users{query}")
    assert response.status_code == 200
    assert response.headers["total-number"] == "0"


@on_sqlite
async def test_links_carry_the_prefix_of_the_tenant(admin_management: Visitor) -> None:
    response = await admin_management.get("/t/admin/api/users")
    assert response.headers["link"].startswith("<http://localhost:3001/t/admin/api/users?page=1>")
