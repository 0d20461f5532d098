"""Requests that cost the APIs and endpoints too much, or come from where they must not: each was answered before."""

import asyncio

import pytest
from tests.api.conftest import on_sqlite
from tests.hosted.conftest import PASSWORD, House, Person
from tests.support.visitor import ORIGIN, Visitor

_FORM = "application/x-www-form-urlencoded"


@on_sqlite
@pytest.mark.parametrize("charset", ["punycode", "idna", "undefined", "utf-7", "unicode_escape", "cp1252", "utf-16-be"])
@pytest.mark.parametrize("path", ["/oidc/token", "/oidc/auth", "/sign-in"])
async def test_no_form_is_sent_in_a_charset_of_the_senders_choosing(person: Person, path: str, charset: str) -> None:
    await person.arrive()
    loop = asyncio.get_running_loop()
    before = loop.time()
    headers = {"content-type": f'{_FORM}; boundary=x; Charset="{charset}"'}
    answer = await person.visitor.post(path, content=b"a-" + b"99999" * 11_000, headers=headers)
    assert answer.status_code == 400
    assert loop.time() - before < 0.5


@on_sqlite
@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "us-ascii", "iso-8859-1", "latin1", '"utf-16"', "utf-16le"])
async def test_a_form_may_be_sent_in_a_charset_of_forms(visitor: Visitor, charset: str) -> None:
    body = "grant_type=nonsense&client_id=demo-app".encode(charset.strip('"'))
    headers = {"content-type": f"{_FORM}; charset={charset}"}
    answer = await visitor.post("/oidc/token", content=body, headers=headers)
    assert answer.json()["error"] == "unsupported_grant_type"


_SALT_AND_HASH = "c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"


@on_sqlite
@pytest.mark.parametrize(
    "digest",
    [
        f"$argon2id$v=19$m=4194304,t=1000,p=1${_SALT_AND_HASH}",
        f"$argon2id$v=19$m=262145,t=1,p=1${_SALT_AND_HASH}",
        f"$argon2id$v=19$m=65536,t=11,p=1${_SALT_AND_HASH}",
        f"$argon2id$v=19$m=65536,t=1,p=9${_SALT_AND_HASH}",
        f"$argon2id$v=19$m=65536,t=0,p=1${_SALT_AND_HASH}",
        f"$argon2id$v=19$m=65536,t=1${_SALT_AND_HASH}",
        f"$scrypt$ln=15,r=8,p=1${_SALT_AND_HASH}",
        "nonsense",
    ],
)
async def test_an_imported_hash_is_one_that_can_be_afforded(management: Visitor, digest: str) -> None:
    body = {"username": "bomb", "passwordDigest": digest, "passwordAlgorithm": "Argon2id"}
    answer = await management.post("/api/users", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid_input")
    assert "password digest" in answer.json()["message"]


@on_sqlite
async def test_an_imported_hash_may_cost_more_than_ours(management: Visitor) -> None:
    digest = f"$argon2i$v=19$m=262144,t=10,p=8${_SALT_AND_HASH}"
    body = {"username": "taro", "passwordDigest": digest, "passwordAlgorithm": "Argon2i"}
    assert (await management.post("/api/users", json=body)).status_code == 200


@pytest.mark.parametrize("path", ["users", "applications"])
async def test_a_search_has_at_most_a_hundred_values(management: Visitor, path: str) -> None:
    assert (await management.get(f"/api/{path}?mode=exact" + "&search=a" * 100)).status_code == 200
    answer = await management.get(f"/api/{path}?mode=exact" + "&search=a" * 7000)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid_input")


@on_sqlite
async def test_a_page_of_another_origin_drives_no_sign_in(house: House, visitor: Visitor) -> None:
    person = Person(visitor=visitor, client_id=await house.application(is_third_party=True))
    await house.user()
    page = await person.arrive(scope="openid")
    await person.follow(await person.fill(page, identifier="ada", password=PASSWORD))
    calls = (("POST", "interaction/consent"), ("PUT", "experience"), ("GET", "experience/interaction"))
    for site in ("same-site", None):
        for origin in ("https://evil.example.com", "http://localhost:3002", "https://localhost:3001", "null"):
            headers = {"origin": origin, "content-type": _FORM} | ({"sec-fetch-site": site} if site else {})
            for method, path in calls:
                refused = await visitor.request(method, f"/api/{path}", headers=headers)
                assert refused.status_code == 403, (method, path, headers)
    assert (await visitor.post("/api/interaction/consent", headers={"origin": ORIGIN}, json={})).status_code == 200


@on_sqlite
async def test_what_a_browser_learns_of_its_sign_in_is_kept_by_no_cache(person: Person) -> None:
    visitor = person.visitor
    path = "/api/experience/interaction"
    stranger = await visitor.get(path)
    await person.arrive()
    early = await visitor.get(path)
    begun = await visitor.put("/api/experience", json={"interactionEvent": "SignIn"})
    answer = await visitor.get(path)
    again = await visitor.get(path, headers={"if-none-match": answer.headers["etag"]})
    invalid = await visitor.put("/api/experience", json={})
    answers = (stranger, early, begun, answer, again, invalid)
    assert [each.status_code for each in answers] == [400, 404, 204, 200, 304, 400]
    assert {each.headers.get("cache-control") for each in answers} == {"no-store"}


@on_sqlite
async def test_what_a_token_opens_is_kept_by_no_cache(management: Visitor) -> None:
    found = await management.get("/api/users")
    missing = await management.get("/api/users/nobody")
    unread = await management.post("/api/users", content=b"{", headers={"content-type": "application/json"})
    del management.headers["authorization"]
    refused = await management.get("/api/users")
    answers = (found, missing, unread, refused)
    assert [each.status_code for each in answers] == [200, 404, 400, 401]
    assert {each.headers.get("cache-control") for each in answers} == {"no-store"}


@on_sqlite
async def test_a_cache_keeps_phrases_by_language(visitor: Visitor) -> None:
    answer = await visitor.get("/api/.well-known/phrases", headers={"accept-language": "ja"})
    known = {"accept-language": "ja", "if-none-match": answer.headers["etag"]}
    again = await visitor.get("/api/.well-known/phrases", headers=known)
    assert (answer.status_code, again.status_code) == (200, 304)
    assert {each.headers.get("vary") for each in (answer, again)} == {"Accept-Language"}
    assert answer.headers["content-language"] == "ja"
    assert "no-store" not in answer.headers.get("cache-control", "")
