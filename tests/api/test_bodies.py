"""How requests are taken in, whatever they carry."""

import pytest
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

pytestmark = on_sqlite
JSON = {"content-type": "application/json"}


async def test_broken_json_is_told_without_a_code(management: Visitor) -> None:
    for content in (b"{", b"[1,]", b"'x'", b"\xff\xfe", b'{"name": "\\ud800"}', b"{} {}", b"nul"):
        response = await management.post("/api/users", content=content, headers=JSON)
        assert response.status_code == 400, content
        assert response.json().keys() == {"message"}, content


@pytest.mark.parametrize("content", [b"null", b"1", b'"text"', b"true"])
async def test_json_that_is_neither_object_nor_array_is_broken(management: Visitor, content: bytes) -> None:
    response = await management.post("/api/users", content=content, headers=JSON)
    assert (response.status_code, response.json().keys()) == (400, {"message"})


@pytest.mark.parametrize(
    "content",
    [
        b'{"name": "a\\u0000b"}',
        b'{"customData": {"a\\u0000": 1}}',
        b'{"customData": ' + b'{"a":' * 70 + b"1" + b"}" * 70 + b"}",
        b'{"customData": ' + b"[" * 200_000,
    ],
)
async def test_what_no_database_keeps_is_refused(management: Visitor, content: bytes) -> None:
    response = await management.post("/api/users", content=content, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (400, "request.invalid_input")


async def test_a_body_of_a_megabyte_is_taken_and_a_larger_one_refused(management: Visitor) -> None:
    def body(size: int) -> bytes:
        return b'{"customData":{"a":"' + b"x" * (size - len('{"customData":{"a":""}}')) + b'"}}'

    taken = await management.post("/api/users", content=body(1024 * 1024), headers=JSON)
    assert taken.status_code == 200
    refused = await management.post("/api/users", content=body(1024 * 1024 + 1), headers=JSON)
    assert refused.status_code == 413
    assert refused.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8", "application/x+json"])
async def test_json_goes_by_several_names(management: Visitor, kind: str) -> None:
    response = await management.post("/api/users", content=b'{"name": "x"}', headers={"content-type": kind})
    assert (response.status_code, response.json()["name"]) == (200, "x")


async def test_a_form_is_an_object_of_texts(management: Visitor) -> None:
    response = await management.post("/api/users", data={"name": "太郎", "username": "taro"})
    assert (response.json()["name"], response.json()["username"]) == ("太郎", "taro")
    repeated = {"content-type": "application/x-www-form-urlencoded"}
    response = await management.post("/api/users", content=b"name=a&name=b", headers=repeated)
    assert response.json()["data"]["issues"][0]["message"] == "Expected string, received array"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
async def test_a_body_of_another_type_is_only_text(management: Visitor, kind: str) -> None:
    headers = {"content-type": kind} if kind else {}
    response = await management.post("/api/users", content=b'{"name": "x"}', headers=headers)
    assert (response.status_code, response.json()["code"]) == (400, "guard.invalid_input")
    assert response.json()["data"]["issues"][0]["message"] == "Expected object, received string"


async def test_no_body_says_nothing(management: Visitor) -> None:
    assert (await management.post("/api/users")).status_code == 200


@pytest.mark.parametrize("path", ["/api/users/a%00b", "/api/users?search=%00", "/api/users?%00=1"])
async def test_a_null_in_the_url_is_refused(management: Visitor, path: str) -> None:
    response = await management.get(path)
    assert (response.status_code, response.json()["code"]) == (400, "request.invalid_input")


@pytest.mark.parametrize(
    "path", ["/api/nope", "/api/users/x/nope", "/api/users/x/organizations", "/api/users/", "/api/docs"]
)
async def test_what_is_not_built_is_not_found(visitor: Visitor, path: str) -> None:
    response = await visitor.get(path)
    assert (response.status_code, response.text) == (404, "Not Found")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


async def test_a_path_has_its_methods(visitor: Visitor) -> None:
    response = await visitor.put("/api/users")
    assert (response.status_code, response.text) == (405, "Method Not Allowed")


async def test_messages_are_in_the_callers_language(visitor: Visitor) -> None:
    english = (await visitor.get("/api/users")).json()
    japanese = (await visitor.get("/api/users", headers={"accept-language": "ja"})).json()
    assert english["code"] == japanese["code"]
    assert english["message"] != japanese["message"]
    assert (await visitor.get("/api/users?locale=ja")).json() == japanese


async def test_an_unchanged_answer_is_not_sent_twice(management: Visitor) -> None:
    await management.post("/api/users", json={"username": "taro"})
    first = await management.get("/api/users")
    tag = first.headers["etag"]
    again = await management.get("/api/users", headers={"if-none-match": f'"other", W/{tag}'})
    assert (again.status_code, again.text) == (304, "")
    assert (again.headers["etag"], again.headers["total-number"]) == (tag, "1")
    await management.post("/api/users", json={})
    changed = await management.get("/api/users", headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
