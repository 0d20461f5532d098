import base64
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from tests.api.conftest import CALLER, Mint, on_sqlite
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.services import Services

pytestmark = on_sqlite

_CLAIM = {"code": "ERR_JWT_CLAIM_VALIDATION_FAILED", "name": "JWTClaimValidationFailed", "reason": "check_failed"}
_NO_KEY = {"code": "ERR_JWKS_NO_MATCHING_KEY", "name": "JWKSNoMatchingKey"}
_EXPIRED = {"code": "ERR_JWT_EXPIRED", "name": "JWTExpired", "claim": "exp", "reason": "check_failed"}
_BAD_SIGNATURE = {"code": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "name": "JWSSignatureVerificationFailed"}


async def ask(visitor: Visitor, authorization: str | None, path: str = "/api/users") -> tuple[int, Any]:
    headers = {} if authorization is None else {"authorization": authorization}
    response = await visitor.get(path, headers=headers)
    body = response.json()
    return response.status_code, body if response.status_code != 200 else None


async def refusal(visitor: Visitor, token: str) -> tuple[int, str, Any]:
    status, body = await ask(visitor, f"Bearer {token}")
    return status, body["code"], body.get("data")


async def test_a_request_without_a_token_is_refused(visitor: Visitor) -> None:
    status, body = await ask(visitor, None)
    assert (status, body["code"]) == (401, "auth.authorization_header_missing")
    assert body.keys() == {"code", "message"}


@pytest.mark.parametrize("header", ["Basic abc", "bearer abc", "DPoP abc"])
async def test_another_kind_of_token_is_refused(visitor: Visitor, header: str) -> None:
    status, body = await ask(visitor, header)
    assert (status, body["code"]) == (401, "auth.authorization_token_type_not_supported")
    assert body["data"] == {"supportedTypes": ["Bearer"]}


@pytest.mark.parametrize("token", ["", "abc", "a.b.c", "é", "eyJhbGciOiJub25lIn0.e30."])
async def test_what_is_no_token_is_refused(visitor: Visitor, token: str) -> None:
    response = await visitor.get("/api/users", headers=[(b"authorization", f"Bearer {token}".encode())])
    assert (response.status_code, response.json()["code"]) == (401, "auth.unauthorized")


async def test_deeply_nested_headers_are_refused(visitor: Visitor) -> None:
    header = base64.urlsafe_b64encode(b"[" * 20_000).decode().rstrip("=")
    assert await refusal(visitor, f"{header}.e30.AA") == (
        401,
        "auth.unauthorized",
        {"code": "ERR_JWS_INVALID", "name": "JWSInvalid"},
    )


FOR_SOMETHING_ELSE: Sequence[tuple[dict[str, Any], Any]] = (
    ({"aud": "https://other.logto.app/api"}, {**_CLAIM, "claim": "aud"}),
    ({"aud": None}, {**_CLAIM, "claim": "aud"}),
    ({"iss": "http://evil.example/oidc"}, {**_CLAIM, "claim": "iss"}),
    ({"exp": 1}, _EXPIRED),
    ({"exp": None}, _EXPIRED),
    ({"exp": "tomorrow"}, _EXPIRED),
    ({"nbf": 4_000_000_000}, {**_CLAIM, "claim": "nbf"}),
    ({"typ": "JWT"}, {**_CLAIM, "claim": "typ"}),
    ({"cnf": {"jkt": "key"}}, {**_CLAIM, "claim": "cnf"}),
)


async def test_a_token_for_something_else_is_refused(visitor: Visitor, mint: Mint) -> None:
    for claims, data in FOR_SOMETHING_ELSE:
        for _ in range(2):  # the second time it is remembered, and refused all the same
            assert await refusal(visitor, await mint(**claims)) == (401, "auth.unauthorized", data), claims


async def test_a_token_without_a_subject_is_refused(visitor: Visitor, mint: Mint) -> None:
    assert await refusal(visitor, await mint(sub=None)) == (401, "auth.jwt_sub_missing", None)


@pytest.mark.parametrize("scope", [None, "", "al", "all2", "read:all"])
async def test_a_token_without_the_scope_is_forbidden(visitor: Visitor, mint: Mint, scope: str | None) -> None:
    assert await refusal(visitor, await mint(scope=scope)) == (403, "auth.forbidden", None)


async def test_the_scope_may_stand_among_others_and_the_audience_in_a_list(visitor: Visitor, mint: Mint) -> None:
    token = await mint(scope="openid all email", aud=["https://x.example", "https://default.logto.app/api"])
    assert await ask(visitor, f"Bearer {token}") == (200, None)


async def test_a_token_signed_by_a_stranger_is_refused(visitor: Visitor, mint: Mint) -> None:
    head, payload, _ = (await mint()).split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    stranger = jwt.encode(header, claims, ECKey.generate_key("P-384"), algorithms=["ES384"])
    assert await refusal(visitor, stranger) == (401, "auth.unauthorized", _BAD_SIGNATURE)
    unknown = jwt.encode({**header, "kid": "other"}, claims, ECKey.generate_key("P-384"), algorithms=["ES384"])
    assert await refusal(visitor, unknown) == (401, "auth.unauthorized", _NO_KEY)


async def test_the_token_does_not_choose_the_algorithm(visitor: Visitor, mint: Mint, services: Services) -> None:
    """Attack: the public key, which everybody has, used as the secret of an HMAC."""
    head, payload, _ = (await mint()).split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    public = (await services.signing_keys.current()).key.as_pem(private=False)
    forged = jwt.encode(
        {**header, "alg": "HS256"}, claims, OctKey.import_key(base64.b64encode(public)), algorithms=["HS256"]
    )
    assert await refusal(visitor, forged) == (401, "auth.unauthorized", _BAD_SIGNATURE)


async def test_a_changed_token_is_refused_though_the_original_is_remembered(visitor: Visitor, mint: Mint) -> None:
    token = await mint()
    assert (await ask(visitor, f"Bearer {token}"))[0] == 200
    head, _, signature = token.split(".")
    other = base64.urlsafe_b64encode(json.dumps({"sub": "x", "scope": "all"}).encode()).decode().rstrip("=")
    assert (await refusal(visitor, f"{head}.{other}.{signature}"))[2] == _BAD_SIGNATURE


async def test_a_remembered_token_expires(visitor: Visitor, mint: Mint, clock: ManualClock) -> None:
    token = await mint()
    assert (await ask(visitor, f"Bearer {token}"))[0] == 200
    clock.advance(timedelta(hours=1))
    assert await refusal(visitor, token) == (401, "auth.unauthorized", _EXPIRED)


async def test_administrators_tokens_open_other_tenants(visitor: Visitor, mint: Mint) -> None:
    assert await ask(visitor, f"Bearer {await mint(tenant='default', issuer='admin')}") == (200, None)


async def test_other_tenants_tokens_do_not_open_the_admin_tenant(
    new_visitor: Callable[[], Visitor], mint: Mint
) -> None:
    async with new_visitor() as visitor:
        forged = await mint(tenant="admin", issuer="default")
        status, body = await ask(visitor, f"Bearer {forged}", "/t/admin/api/users")
        assert (status, body["data"]) == (401, _NO_KEY)
        own = await mint(tenant="admin", issuer="admin")
        assert await ask(visitor, f"Bearer {own}", "/t/admin/api/users") == (200, None)


async def test_a_remembered_token_of_one_tenant_is_no_key_to_another(
    new_visitor: Callable[[], Visitor], mint: Mint
) -> None:
    async with new_visitor() as visitor:
        token = await mint(tenant="default", issuer="admin")
        assert (await ask(visitor, f"Bearer {token}"))[0] == 200
        status, body = await ask(visitor, f"Bearer {token}", "/t/admin/api/users")
        assert (status, body["data"]["claim"]) == (401, "aud")


async def test_there_is_no_way_in_by_naming_a_user(visitor: Visitor) -> None:
    response = await visitor.get("/api/users", headers={"development-user-id": CALLER})
    assert response.status_code == 401


async def test_the_caller_is_asked_who_he_is_before_anything_else(visitor: Visitor) -> None:
    response = await visitor.post("/api/users", content=b"{", headers={"content-type": "application/json"})
    assert response.json()["code"] == "auth.authorization_header_missing"


@pytest.mark.parametrize(
    "header", ['["alg"]', '{"alg":"ES384","typ":"at+jwt","crit":5,"kid":"KID"}', '"x"', "5", "null"]
)
async def test_a_token_whose_header_has_no_known_shape_is_unauthorized(
    visitor: Visitor, services: Services, header: str
) -> None:
    kid = (await services.signing_keys.current()).kid
    parts = (
        base64.urlsafe_b64encode(each.encode()).rstrip(b"=").decode()
        for each in (header.replace("KID", kid), "{}", "x")
    )
    assert (await refusal(visitor, ".".join(parts)))[:2] == (401, "auth.unauthorized")
