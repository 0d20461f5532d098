"""Signing in at any provider of OAuth 2.0 or OpenID Connect, with its tokens kept: added by the API, used by all."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.connectors.social_journeys import EMAIL, NewTraveller, Street, new_traveller, street
from tests.support.visitor import Visitor

__all__ = ["new_traveller", "street"]

KEYS = ("oauth2", "oidc")
IDENTITY = "17601031"

every = pytest.mark.parametrize("key", KEYS)


def config_of(key: str, *, base: str) -> dict[str, Any]:
    config: dict[str, Any] = {
        "authorizationEndpoint": f"{base}/{key}/authorize",
        "tokenEndpoint": f"{base}/{key}/token",
        "clientId": f"{key}-client",
        "clientSecret": f"{key}-secret-to-try-out",
    }
    if key == "oidc":
        keys = {"jwksUri": f"{base}/oidc/keys", "issuer": "https://oidc.example"}
        return config | {"scope": "openid profile email", "idTokenVerificationConfig": keys}
    return config | {
        "userInfoEndpoint": f"{base}/oauth2/user",
        "tokenEndpointResponseType": "json",
        "profileMap": {"name": "person.name", "phone": "person.phone"},
    }


@pytest.fixture
async def manager(street: Street, visitor: Visitor) -> Visitor:
    """Return somebody who may call the Management API."""
    application = await street.make.machine(may_manage=True)
    form = {"grant_type": "client_credentials", "resource": "https://default.logto.app/api", "scope": "all"}
    answer = await visitor.post("/oidc/token", data=form, auth=application.credentials)
    visitor.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return visitor


async def add(manager: Visitor, street: Street, key: str) -> None:
    body = {
        "id": f"{key}-instance",
        "connectorId": key,
        "metadata": {"target": f"harbour-{key}", "name": {"en": "Harbour"}},
        "config": config_of(key, base=street.base),
        "enableTokenStorage": True,
    }
    made = await manager.post("/api/connectors", json=body)
    assert made.status_code == 200, made.text
    offered = await manager.patch("/api/sign-in-exp", json={"socialSignInConnectorTargets": [f"harbour-{key}"]})
    assert offered.status_code == 200, offered.text


async def identity(manager: Visitor, user_id: str, key: str) -> Mapping[str, Any]:
    answer = await manager.get(f"/api/users/{user_id}/identities/harbour-{key}?includeTokenSecret=true")
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()
    return found


@every
async def test_somebody_comes_and_the_tokens_are_kept_without_being_shown(
    new_traveller: NewTraveller, street: Street, manager: Visitor, key: str
) -> None:
    await add(manager, street, key)
    traveller = new_traveller(key)

    user = await traveller.register(await traveller.prove())

    assert (user.name, user.primary_email, user.primary_phone) == ("Katsushika Hokusai", EMAIL, "81312345678")
    kept = await identity(manager, user.id, key)
    assert kept["identity"]["userId"] == IDENTITY
    assert kept["tokenSecret"]["type"] == "federated_token_set"
    assert kept["tokenSecret"]["metadata"]["hasRefreshToken"] is True
    assert not {"ciphertext", "encryptedDek", "iv", "authTag"} & set(kept["tokenSecret"])

    again = new_traveller(key)
    assert (await again.identify(await again.prove())).status_code == 204
    assert (await again.arrive()).id == user.id


@every
async def test_without_storage_no_tokens_are_kept(
    new_traveller: NewTraveller, street: Street, manager: Visitor, key: str
) -> None:
    await add(manager, street, key)
    changed = await manager.patch(f"/api/connectors/{key}-instance", json={"enableTokenStorage": False})
    assert changed.status_code == 200, changed.text
    traveller = new_traveller(key)
    user = await traveller.register(await traveller.prove())
    assert "tokenSecret" not in await identity(manager, user.id, key)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("forged-id-token", (500, None)),
        ("other-nonce", (401, "connector.social_invalid_id_token")),
        ("no-id", (401, "connector.social_invalid_id_token")),
        ("wrong-secret", (400, "connector.general")),
        ("not-json", (400, "connector.invalid_response")),
    ],
)
async def test_an_id_token_that_proves_nothing_lets_nobody_in(
    new_traveller: NewTraveller, street: Street, manager: Visitor, fault: str, answer: tuple[int, str | None]
) -> None:
    await add(manager, street, "oidc")
    traveller = new_traveller("oidc")
    record, back = await traveller.go(fault=fault)
    verified = await traveller.verify(record, back)
    assert (verified.status_code, verified.json().get("code")) == answer
    assert (await traveller.identify(record)).status_code == 400
