"""Whatever is sent, the answer is a refusal or a success, never a failure of ours."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

pytestmark = on_sqlite

# The database is the same for all examples of a test on purpose: what one leaves behind must not break another.
ONE_DATABASE = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**30, max_value=10**400),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", "\x00", "a" * 300, "💥", "https://a.example.com", "1", "taro", "a@b.co", "SPA", "MD5"]),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(
    [
        *("username", "primaryEmail", "primaryPhone", "name", "avatar", "customData", "profile", "password"),
        *("passwordDigest", "passwordAlgorithm", "type", "description", "oidcClientMetadata", "customClientMetadata"),
        *(
            "isThirdParty",
            "protectedAppMetadata",
            "isAdmin",
            "appLevelAccessControlEnabled",
            "expiresAt",
            "isSuspended",
        ),
    ]
)
BODIES = st.dictionaries(MEMBERS | st.text(max_size=5), VALUES, max_size=5).map(json.dumps)
CONTENTS = st.one_of(
    BODIES.map(str.encode),
    st.binary(max_size=200),
    st.sampled_from([b"[" * 100_000, b'{"a":' * 5_000, b"9" * 5_000, b'{"customData":{"n":' + b"9" * 5_000 + b"}}"]),
    st.just(b'{"name":"' + b"x" * 1_000_000 + b'"}'),
)
KINDS = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain; charset=nope",
        "*/*",
        "",
    ]
)
PARAMETERS = st.sampled_from(
    [
        *("page", "page_size", "search", "search.name", "search.primaryEmail", "mode", "mode.name", "joint"),
        *("isCaseSensitive", "types", "isThirdParty", "excludeRoleId", "excludeOrganizationId", "includePasswordHash"),
    ]
)
TEXTS = st.text(max_size=12) | st.sampled_from(["1", "SPA", "exact", "like", "and", "true", "%", "\\", "_", "\x00"])
PATHS = st.sampled_from(
    [
        ("POST", "/users"),
        ("PATCH", "/users/{id}"),
        ("PATCH", "/users/{id}/custom-data"),
        ("PATCH", "/users/{id}/profile"),
        ("PATCH", "/users/{id}/is-suspended"),
        ("POST", "/applications"),
        ("PATCH", "/applications/{id}"),
        ("PATCH", "/applications/{id}/custom-data"),
        ("POST", "/applications/{id}/secrets"),
        ("PATCH", "/applications/{id}/secrets/Default secret"),
    ]
)


@pytest.fixture
async def targets(management: Visitor) -> dict[str, str]:
    body = {"name": "App", "type": "Traditional"}
    return {
        "users": (await management.post("/api/users", json={"username": "taro"})).json()["id"],
        "applications": (await management.post("/api/applications", json=body)).json()["id"],
    }


def expect_no_failure(response: Any) -> None:
    assert response.status_code < 500 or response.status_code == 501, response.text
    if response.status_code >= 400 and response.headers["content-type"].startswith("application/json"):
        assert response.json()["message"]


@ONE_DATABASE
@given(path=PATHS, content=CONTENTS, kind=KINDS)
async def test_no_body_breaks_a_write(
    management: Visitor, targets: dict[str, str], path: tuple[str, str], content: bytes, kind: str
) -> None:
    method, where = path
    target = where.format(id=targets[where.split("/")[1]])
    headers = {"content-type": kind} if kind else {}
    expect_no_failure(await management.request(method, f"/api{target}", content=content, headers=headers))


@ONE_DATABASE
@given(
    path=st.sampled_from(["/users", "/applications"]),
    query=st.lists(st.tuples(PARAMETERS | st.text(max_size=5), TEXTS), max_size=5),
)
async def test_no_query_breaks_a_list(
    management: Visitor, targets: dict[str, str], path: str, query: list[tuple[str, str]]
) -> None:
    assert targets
    expect_no_failure(await management.get(f"/api{path}?{urlencode(_encodable(query))}"))


@ONE_DATABASE
@given(where=st.sampled_from(["users", "applications"]), name=TEXTS, method=st.sampled_from(["GET", "PATCH", "DELETE"]))
async def test_no_id_breaks_a_look_up(management: Visitor, where: str, name: str, method: str) -> None:
    (encoded,) = _encodable([("", name)])
    segment = "".join(f"%{byte:02X}" for byte in encoded[1].encode()) or "x"
    expect_no_failure(await management.request(method, f"/api/{where}/{segment}", json={"name": "x"}))


def _encodable(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Make texts what a URL can carry."""
    return [(_utf8(name), _utf8(value)) for name, value in pairs]


def _utf8(text: str) -> str:
    return text.encode(errors="replace").decode()
