"""How a client that signs is registered: additions of ours to `customClientMetadata`."""

from collections.abc import Sequence
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

KEY = ECKey.generate_key("P-256", {"kid": "one"})
JWKS = {"keys": [KEY.as_dict(private=False)]}
SIGNS = {"tokenEndpointAuthMethod": "private_key_jwt", "jwks": JWKS}


async def register(management: Visitor, custom: Any, *, kind: str = "MachineToMachine") -> tuple[int, Any]:
    body = {"name": "App", "type": kind, "customClientMetadata": custom}
    answer = await management.post("/api/applications", json=body)
    return answer.status_code, answer.json()


REGISTERED: Sequence[Any] = (
    SIGNS,
    {"tokenEndpointAuthMethod": "private_key_jwt", "jwksUri": "https://app.example.com/jwks"},
    {"tokenEndpointAuthMethod": "private_key_jwt", "jwksUri": "http://localhost:9000/jwks"},
    {"tokenEndpointAuthMethod": "client_secret_jwt"},
    {"dpopBoundAccessTokens": True},
)


async def test_what_was_registered_is_returned(management: Visitor) -> None:
    for custom in REGISTERED:
        status, created = await register(management, custom)
        assert (status, created["customClientMetadata"]) == (200, custom), custom
        found = (await management.get(f"/api/applications/{created['id']}")).json()
        assert found["customClientMetadata"] == custom, custom
        # As everywhere in these metadata, a change replaces them whole.
        changed = await management.patch(f"/api/applications/{created['id']}", json={"customClientMetadata": {}})
        assert changed.json()["customClientMetadata"] == {}, custom


@on_sqlite
async def test_who_signs_with_a_key_of_its_own_gets_no_secret(management: Visitor) -> None:
    for custom, count in ((SIGNS, 0), ({"tokenEndpointAuthMethod": "client_secret_jwt"}, 1)):
        _, created = await register(management, custom)
        assert len((await management.get(f"/api/applications/{created['id']}/secrets")).json()) == count


@on_sqlite
@pytest.mark.parametrize(
    "custom",
    [
        pytest.param({"tokenEndpointAuthMethod": "none"}, id="another method"),
        pytest.param({"tokenEndpointAuthMethod": "client_secret_basic"}, id="the method everybody has"),
        pytest.param({**SIGNS, "jwks": []}, id="a list"),
        pytest.param({**SIGNS, "jwks": {}}, id="no keys"),
        pytest.param({**SIGNS, "jwks": {"keys": []}}, id="an empty set"),
        pytest.param({**SIGNS, "jwks": {"keys": [KEY.as_dict(private=True)]}}, id="a private key"),
        pytest.param({**SIGNS, "jwks": {"keys": [OctKey.generate_key(256).as_dict()]}}, id="a secret"),
        pytest.param({**SIGNS, "jwks": {"keys": JWKS["keys"] * 21}}, id="too many"),
        pytest.param({**SIGNS, "jwks": {"keys": [{**JWKS["keys"][0], "use": "enc"}]}}, id="for encryption"),
        pytest.param({**SIGNS, "jwks": {"keys": [{"kty": "RSA", "n": "_" * 171, "e": "AQAB"}]}}, id="a weak one"),
        pytest.param({"jwksUri": "http://app.example.com/jwks"}, id="over plain HTTP"),
        pytest.param({"jwksUri": "https://user@app.example.com/jwks"}, id="with credentials"),
        pytest.param({"jwksUri": "https://app.example.com/jwks#keys"}, id="with a fragment"),
        pytest.param({"jwksUri": "file:///etc/passwd"}, id="a file"),
        pytest.param({"jwksUri": "https://"}, id="nowhere"),
        pytest.param({"dpopBoundAccessTokens": "yes"}, id="a text for a truth"),
    ],
)
async def test_what_cannot_be_used_is_refused(management: Visitor, custom: Any) -> None:
    status, refusal = await register(management, custom)
    assert (status, refusal["code"]) == (400, "guard.invalid_input")


@on_sqlite
@pytest.mark.parametrize(
    ("kind", "custom"),
    [
        pytest.param("SPA", SIGNS, id="a public client"),
        pytest.param("Native", {"tokenEndpointAuthMethod": "client_secret_jwt"}, id="another public client"),
        pytest.param("Traditional", {"tokenEndpointAuthMethod": "private_key_jwt"}, id="without keys"),
        pytest.param("Traditional", {**SIGNS, "jwksUri": "https://app.example.com/jwks"}, id="two sources of keys"),
        pytest.param("Traditional", {"jwks": JWKS}, id="keys without a use"),
        pytest.param("Traditional", {"tokenEndpointAuthMethod": "client_secret_jwt", "jwks": JWKS}, id="both"),
    ],
)
async def test_what_does_not_go_together_is_refused_then_and_later(management: Visitor, kind: str, custom: Any) -> None:
    status, refusal = await register(management, custom, kind=kind)
    assert (status, refusal["code"]) == (400, "request.invalid_input")
    _, created = await register(management, {}, kind=kind)
    changed = await management.patch(f"/api/applications/{created['id']}", json={"customClientMetadata": custom})
    assert (changed.status_code, changed.json()["code"]) == (400, "request.invalid_input")


@on_sqlite
async def test_a_key_with_rsa_is_accepted(management: Visitor) -> None:
    keys = {"keys": [RSAKey.generate_key(2048).as_dict(private=False)]}
    status, _ = await register(management, {"tokenEndpointAuthMethod": "private_key_jwt", "jwks": keys})
    assert status == 200
