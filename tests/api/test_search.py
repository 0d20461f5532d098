import asyncio
from typing import Any

import pytest
from starlette.datastructures import QueryParams
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.api.search import USER_FIELDS, parse_search
from sekisho.db.search import Search, SearchMode, SearchTerm
from sekisho.kernel.errors import InvalidInput

_ALL = ("id", "primary_email", "primary_phone", "username", "name")


def parsed(query: str) -> Search | None:
    return parse_search(QueryParams(query), USER_FIELDS)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("page=1", None),
        ("mode=exact&joint=and", None),
        ("search=a", Search(terms=(SearchTerm(fields=_ALL, values=("a",)),))),
        (
            "search.primaryEmail=a&search.name=b&joint=and&mode.name=exact",
            Search(
                terms=(
                    SearchTerm(fields=("primary_email",), values=("a",)),
                    SearchTerm(fields=("name",), values=("b",), mode=SearchMode.EXACT),
                ),
                matches_all=True,
            ),
        ),
        (
            "search.id=a&search.id=b&mode=exact&jointMode=or&isCaseSensitive=true",
            Search(
                terms=(SearchTerm(fields=("id",), values=("a", "b"), mode=SearchMode.EXACT),), is_case_sensitive=True
            ),
        ),
        (
            "search=a&mode=similar_to&mode.name=posix&search.name=b&isCaseSensitive=true",
            Search(
                terms=(
                    SearchTerm(fields=_ALL, values=("a",), mode=SearchMode.SIMILAR_TO),
                    SearchTerm(fields=("name",), values=("b",), mode=SearchMode.POSIX),
                ),
                is_case_sensitive=True,
            ),
        ),
    ],
)
def test_the_query_says_what_is_searched_for(query: str, expected: Search | None) -> None:
    assert parsed(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        "search=",
        "search.nope=a",
        "search.name.first=a",
        "searching=a",
        "search.=a",
        "search=a&mode=fuzzy",
        "search=a&mode.nope=like",
        "search=a&mode=like&mode=exact",
        "search=a&mode=similar_to",
        "search=a&mode=similar_to&isCaseSensitive=false",
        "search.name=a&mode.name=similar_to",
        "search=a&search=b&mode=posix",
        "search=a&joint=xor",
        "search=a&joint=and&jointMode=and",
        "search=a&search=b",
        "search=" + "a" * 1025,
        "mode=exact" + "&search=a" * 101,
        "mode=exact" + "&search=a" * 60 + "&search.name=a" * 41,
    ],
)
def test_a_search_that_means_nothing_is_refused(query: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parsed(query)
    assert caught.value.values["details"]


PEOPLE: list[dict[str, Any]] = [
    {"username": "taro", "primaryEmail": "Taro@Example.com", "name": "50% [a-z]*"},
    {"username": "Taro_2", "primaryEmail": "t2@example.org", "name": r"back\slash"},
    {"username": "jiro", "primaryPhone": "819012345678", "name": "Jiro"},
]


@pytest.fixture
async def people(management: Visitor) -> Visitor:
    for person in PEOPLE:
        assert (await management.post("/api/users", json=person)).status_code == 200
    return management


async def found(people: Visitor, **query: str | list[str]) -> set[str]:
    parameters = {name.replace("__", "."): value for name, value in query.items()}
    response = await people.get("/api/users", params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["total-number"] == str(len(response.json()))
    return {user["username"] for user in response.json()}


async def test_a_search_means_the_same_on_both_databases(people: Visitor) -> None:
    assert await found(people, search="%taro%") == {"taro", "Taro_2"}
    assert await found(people, search="taro") == {"taro"}
    assert await found(people, search="%taro%", isCaseSensitive="true") == {"taro"}
    assert await found(people, search="Taro%", isCaseSensitive="true") == {"taro", "Taro_2"}
    assert await found(people, search__username="Taro__", isCaseSensitive="yes") == {"Taro_2"}
    assert await found(people, search__primaryEmail="%.ORG") == {"Taro_2"}
    assert await found(people, search__primaryPhone="8190%") == {"jiro"}
    assert await found(people, search="TARO@example.com", mode="exact") == {"taro"}
    assert await found(people, search="TARO@example.com", mode="exact", isCaseSensitive="1") == set()
    assert await found(people, search__username=["taro", "JIRO"], mode__username="exact") == {"taro", "jiro"}
    assert await found(people, search__username="%taro%", search__name="jiro") == {"taro", "Taro_2", "jiro"}
    assert await found(people, search__username="%taro%", search__name="jiro", joint="and") == set()


async def test_only_the_wildcards_of_like_are_wild(people: Visitor) -> None:
    for is_case_sensitive in ("false", "true"):

        async def matching(pattern: str, sensitive: str = is_case_sensitive) -> set[str]:
            return await found(people, search__name=pattern, isCaseSensitive=sensitive)

        assert await matching(r"50\%%") == {"taro"}
        assert await matching(r"%[a-z]*") == {"taro"}
        assert await matching("J[i]ro") == set()
        assert await matching("J*") == set()
        assert await matching("Jir?") == set()
        assert await matching("Jir_") == {"jiro"}
        assert await matching(r"back\\slash") == {"Taro_2"}
        assert await matching("back%\\") == set()
        assert await matching("\\") == set()


async def test_expressions_mean_the_same_on_both_databases(people: Visitor) -> None:
    sensitive = {"isCaseSensitive": "true"}
    assert await found(people, search="^taro", mode="posix") == {"taro", "Taro_2"}
    assert await found(people, search="^taro", mode="posix", **sensitive) == {"taro"}
    assert await found(people, search="t[0-9]+@|^ji", mode="posix") == {"Taro_2", "jiro"}
    assert await found(people, search__name="k.s", mode__name="posix") == {"Taro_2"}
    assert await found(people, search="(T|t)aro%", mode="similar_to", **sensitive) == {"taro", "Taro_2"}
    assert await found(people, search="taro", mode="similar_to", **sensitive) == {"taro"}
    assert await found(people, search__username="[a-z]{4}", mode="similar_to", **sensitive) == {"taro", "jiro"}
    assert await found(people, search__primaryEmail="t2@example.___", mode="similar_to", **sensitive) == {"Taro_2"}
    assert await found(people, search__primaryEmail="t2@example.+", mode="similar_to", **sensitive) == set()
    assert await found(people, search__name=r"50\%%", mode="similar_to", **sensitive) == {"taro"}


@pytest.mark.parametrize("mode", ["posix", "similar_to"])
async def test_an_expression_that_cannot_be_read_is_refused(people: Visitor, mode: str) -> None:
    answer = await people.get("/api/users", params={"search": "(unclosed", "mode": mode, "isCaseSensitive": "true"})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid_input")
    assert (await people.get("/api/users")).status_code == 200


@on_sqlite
async def test_an_expression_that_would_try_every_way_takes_no_time(people: Visitor) -> None:
    await people.post("/api/users", json={"username": "evil", "name": "a" * 120 + "!"})
    async with asyncio.timeout(5):
        assert await found(people, search__name="^(a+)+$", mode="posix") == set()
        assert await found(people, search__name="(a%)+", mode="similar_to", isCaseSensitive="true") == {"evil"}


@pytest.mark.parametrize("path", ["applications", "roles"])
async def test_applications_and_roles_are_searched_likewise(management: Visitor, path: str) -> None:
    types = {"applications": "SPA", "roles": "User"}
    for name in ("Bookshop", "Workshop"):
        body = {"name": name, "description": f"The {name}.", "type": types[path]}
        assert (await management.post(f"/api/{path}", json=body)).status_code == 200

    async def names(**query: str) -> set[str]:
        return {each["name"] for each in (await management.get(f"/api/{path}", params=query)).json()}

    assert await names(search="%SHOP%") == {"Bookshop", "Workshop"}
    assert await names(search="%the book%") == {"Bookshop"}
    assert await names(search="WORKSHOP", mode="exact") == {"Workshop"}
    assert await names(search="^(Book|Cook)shop$", mode="posix") == {"Bookshop"}


async def test_what_changes_is_found_by_what_it_became(people: Visitor) -> None:
    (jiro,) = (await people.get("/api/users", params={"search": "jiro"})).json()
    await people.patch(f"/api/users/{jiro['id']}", json={"name": "Saburo Yamada", "primaryEmail": "saburo@example.com"})
    assert await found(people, search="%yamada%") == {"jiro"}
    assert await found(people, search__name="%jiro%") == set()
    assert await found(people, search="SABURO@example.com", mode="exact") == {"jiro"}
    await people.delete(f"/api/users/{jiro['id']}")
    assert await found(people, search="%saburo%") == set()
    assert await found(people) == {"taro", "Taro_2"}


async def test_a_search_is_narrowed_to_those_who_hold_a_role_or_do_not(people: Visitor) -> None:
    role = (await people.post("/api/roles", json={"name": "Clerk", "description": "Clerks."})).json()
    (taro,) = (await people.get("/api/users", params={"search": "taro"})).json()
    assert (await people.post(f"/api/roles/{role['id']}/users", json={"userIds": [taro["id"]]})).status_code == 201

    async def names(path: str, **query: str) -> set[str]:
        answer = await people.get(path, params=query)
        assert answer.headers["total-number"] == str(len(answer.json()))
        return {user["username"] for user in answer.json()}

    assert await names(f"/api/roles/{role['id']}/users") == {"taro"}
    assert await names(f"/api/roles/{role['id']}/users", search="%taro%") == {"taro"}
    assert await names(f"/api/roles/{role['id']}/users", search="%jiro%") == set()
    assert await names("/api/users", excludeRoleId=role["id"]) == {"Taro_2", "jiro"}
    assert await names("/api/users", excludeRoleId=role["id"], search="%taro%") == {"Taro_2"}
    assert await names("/api/users", excludeRoleId=role["id"], search="taro", mode="exact") == set()


async def test_another_tenants_people_are_not_found(people: Visitor, admin_management: Visitor) -> None:
    await admin_management.post("/t/admin/api/users", json={"username": "taro_admin"})
    assert await found(people, search="%taro%") == {"taro", "Taro_2"}
    others = (await admin_management.get("/t/admin/api/users", params={"search": "%taro%"})).json()
    assert [user["username"] for user in others] == ["taro_admin"]


@on_sqlite
@pytest.mark.parametrize("path", ["users", "applications"])
async def test_a_refused_search_says_why(management: Visitor, path: str) -> None:
    response = await management.get(f"/api/{path}?search.nope=a")
    assert (response.status_code, response.json()["code"]) == (400, "request.invalid_input")
    assert "`search.nope`" in response.json()["message"]
