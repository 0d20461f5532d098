"""Crossing from one tenant, cookie or token into another."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

import pytest
from tests.api.conftest import on_sqlite
from tests.hosted.conftest import PASSWORD, House, Person
from tests.oidc.party import PartyMaker
from tests.support.factories import Factory
from tests.support.visitor import ORIGIN, Visitor

from sekisho.services import Runtime


def signed_pairs(visitor: Visitor) -> dict[str, str]:
    return {cookie.name: cookie.value for cookie in visitor.jar.cookies()}


async def test_a_session_of_one_tenant_is_none_in_another_whatever_the_cookie_is_called(
    house: House, person: Person
) -> None:
    await house.user()
    await person.follow(await person.fill(await person.arrive(), identifier="ada", password=PASSWORD))
    pairs = signed_pairs(person.visitor)
    forged = f"_session__admin={pairs['_session']}; _session__admin.sig={pairs['_session.sig']}"
    query = {"client_id": "admin-console", "redirect_uri": f"{ORIGIN}/console/callback", "response_type": "code"}
    query |= {"scope": "openid", "prompt": "none", "code_challenge": "c" * 43, "code_challenge_method": "S256"}
    answer = await person.visitor.get(f"/t/admin/oidc/auth?{urlencode(query)}", headers={"cookie": forged})
    assert "error=login_required" in answer.headers["location"]


@on_sqlite
async def test_a_sealed_cookie_opens_under_its_own_name_only(visitor: Visitor, house: House) -> None:
    async with house.services("admin") as services:
        token = (await services.administrators.issue_first_admin_token()).reveal()
    await visitor.get(f"/console/welcome?token={token}")
    sealed = visitor.jar.get("_console_sign_in")
    home = await visitor.get("/console", headers={"cookie": f"_console={sealed}"})
    assert "sekisho admin link" in home.text


@pytest.mark.parametrize("kind", ["applications", "users"])
async def test_ids_of_another_tenant_are_unknown(management: Visitor, factory: Factory, kind: str) -> None:
    admin = factory.in_tenant("admin")
    there = (await admin.user()).id if kind == "users" else (await admin.spa()).id
    address = f"/api/{kind}/{there}"
    assert (await management.get(address)).status_code == 404
    assert (await management.patch(address, json={"name": "taken over"})).status_code == 404
    assert (await management.delete(address)).status_code == 404
    excluding = await management.get(f"/api/{kind}?excludeRoleId=m-admin")
    assert there not in excluding.text


OTHER_ADDRESSES = (
    *("//t/admin/oidc/jwks", "/T/admin/oidc/jwks", "/t/default/oidc/jwks", "/t/Admin/oidc/jwks"),
    *("/t//oidc/jwks", "/t/nobody/oidc/jwks", "/t/admin;x/oidc/jwks", "/t/admin/t/admin/oidc/jwks"),
)


@on_sqlite
async def test_a_tenant_has_one_address(visitor: Visitor) -> None:
    for path in OTHER_ADDRESSES:
        request = visitor.build_request("GET", ORIGIN)
        request.url = request.url.copy_with(raw_path=path.encode())
        assert (await visitor.send(request)).status_code == 404, path


@on_sqlite
async def test_assets_are_a_list_not_a_folder(visitor: Visitor) -> None:
    for path in ("/assets/../sekisho.db", "/assets/%2e%2e/sekisho.db", "/assets//etc/passwd", "/assets/"):
        request = visitor.build_request("GET", ORIGIN)
        request.url = request.url.copy_with(raw_path=path.encode())
        assert (await visitor.send(request)).status_code == 404, path


WORDS_OF_PROXIES: Sequence[dict[str, str]] = (
    {"x-forwarded-host": "9.9.9.9"},
    {"x-forwarded-proto": "https"},
    {"forwarded": "host=9.9.9.9;proto=https"},
    {"x-original-url": "/t/admin/oidc/jwks", "x-rewrite-url": "/t/admin/oidc/jwks"},
)


@on_sqlite
async def test_headers_of_proxies_nobody_trusts_say_nothing(visitor: Visitor) -> None:
    for headers in WORDS_OF_PROXIES:
        found = await visitor.get("/oidc/.well-known/openid-configuration", headers=headers)
        assert found.json()["issuer"] == f"{ORIGIN}/oidc", headers


@on_sqlite
async def test_a_forged_host_mints_nothing(visitor: Visitor) -> None:
    for host in ("evil.example", "localhost.evil.example", "localhost.", "127.1", "0x7f.1", "x@localhost"):
        answer = await visitor.get("/oidc/.well-known/openid-configuration", headers={"host": host})
        assert answer.status_code in {400, 421}, host
        assert "issuer" not in answer.text, host


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


async def forged_hint(house: House, trick: str, *, client_id: str) -> str:
    """Return an ID token we never signed."""
    async with house.services() as services:
        key = await services.signing_keys.current()
    claims = json.dumps({"sub": "somebody", "aud": client_id, "iss": f"{ORIGIN}/oidc", "exp": 9_999_999_999}).encode()
    match trick:
        case "alg none":
            return ".".join((b64(b'{"alg":"none"}'), b64(claims), ""))
        case "an empty signature":
            named = json.dumps({"alg": key.algorithm, "kid": key.kid}).encode()
            return ".".join((b64(named), b64(claims), ""))
        case "our public key as a secret":
            secret = key.key.as_pem(private=False)
        case _:
            secret = b"a secret of the attacker's own choosing"
    content = f"{b64(json.dumps({'alg': 'HS256', 'kid': key.kid}).encode())}.{b64(claims)}"
    return f"{content}.{b64(hmac.digest(secret, content.encode(), 'sha256'))}"


@on_sqlite
async def test_a_hint_we_did_not_sign_is_refused(house: House, person: Person) -> None:
    for trick in ("alg none", "an empty signature", "our public key as a secret", "a key of their own"):
        hint = await forged_hint(house, trick, client_id=person.client_id)
        answer = await person.arrive(id_token_hint=hint)
        assert "could+not+validate+id_token_hint" in answer.headers["location"], trick
        ending = await person.visitor.get(f"/oidc/session/end?{urlencode({'id_token_hint': hint})}")
        assert (ending.status_code, ending.json()["error"]) == (400, "invalid_request"), trick


@on_sqlite
async def test_a_hint_of_another_application_or_kind_is_refused(
    runtime: Runtime, visitor: Visitor, new_visitor: Callable[[], Visitor], factory: Factory
) -> None:
    make = PartyMaker(runtime=runtime)
    one, other = await make(), await make()
    tokens = await one.tokens(visitor)
    answer = await other.authorize(new_visitor(), id_token_hint=tokens["id_token"])
    assert "could+not+validate+id_token_hint" in answer.headers["location"]
    machine = await factory.machine(may_manage=True)
    form = {"grant_type": "client_credentials", "resource": "https://default.logto.app/api", "scope": "all"}
    bearer = (await visitor.post("/oidc/token", data=form, auth=machine.credentials)).json()["access_token"]
    ending = await visitor.get(f"/oidc/session/end?{urlencode({'id_token_hint': bearer})}")
    assert ending.status_code == 400
