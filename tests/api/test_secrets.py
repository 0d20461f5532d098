"""What providers gave for a user: told of, never shown, and gone with what it belongs to (connectors.md §4.10)."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from tests.api.conftest import on_sqlite
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.connectors.kit.social import TokenResponse
from sekisho.connectors.models import ConnectorId
from sekisho.crypto.sealing import CannotOpen
from sekisho.kernel.clock import ManualClock, epoch_milliseconds, epoch_seconds
from sekisho.kernel.ids import UserId
from sekisho.secrets.models import Origin, TokenSet
from sekisho.secrets.tables import SecretTable
from sekisho.services import Services

GIVEN = TokenResponse(
    access_token="hush-access", refresh_token="hush-refresh", expires_in=3600, scope="email", token_type="Bearer"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user's account at a provider, whose tokens are kept."""

    user_id: str
    connector_id: str

    @property
    def path(self) -> str:
        return f"/api/users/{self.user_id}/identities/mock-social"

    async def secret(self, management: Visitor) -> dict[str, Any] | None:
        answer = await management.get(self.path, params={"includeTokenSecret": "true"})
        told: dict[str, Any] | None = answer.json().get("tokenSecret")
        return told


def of(services: Services, given: TokenResponse = GIVEN) -> TokenSet:
    token_set = services.secrets.token_set(given)
    assert token_set is not None
    return token_set


@pytest.fixture
async def account(management: Visitor, make: Factory) -> Account:
    connector = await management.post(
        "/api/connectors",
        json={
            "connectorId": "mock-social-connector",
            "config": {"clientId": "id", "clientSecret": "secret"},
            "enableTokenStorage": True,
        },
    )
    user = await management.post("/api/users", json={"username": "hokusai"})
    account = Account(user_id=user.json()["id"], connector_id=connector.json()["id"])
    assert (await management.put(account.path, json={"userId": "his-id"})).status_code == 201
    await keep(make, account)
    return account


async def keep(make: Factory, account: Account) -> None:
    origin = Origin(connector_id=ConnectorId(account.connector_id), target="mock-social", identity_id="his-id")
    async with make.services() as services:
        await services.secrets.keep(UserId(account.user_id), of(services), origin=origin)


async def test_of_tokens_is_told_what_they_are_good_for(
    management: Visitor, account: Account, clock: ManualClock
) -> None:
    secret = await account.secret(management)
    assert secret == {
        "tenantId": "default",
        "id": secret and secret["id"],
        "userId": account.user_id,
        "type": "federated_token_set",
        "metadata": {
            "hasRefreshToken": True,
            "scope": "email",
            "tokenType": "Bearer",
            "expiresAt": epoch_seconds(clock.now()) + 3600,
        },
        "createdAt": epoch_milliseconds(clock.now()),
        "updatedAt": epoch_milliseconds(clock.now()),
        "connectorId": account.connector_id,
        "identityId": "his-id",
        "target": "mock-social",
    }
    everything = await management.get(
        f"/api/users/{account.user_id}/all-identities", params={"includeTokenSecret": "true"}
    )
    assert everything.json()["socialIdentities"][0]["tokenSecret"] == secret
    assert "hush" not in everything.text
    assert "tokenSecret" not in (await management.get(account.path)).json()


async def test_tokens_are_sealed_and_can_be_opened(management: Visitor, account: Account, make: Factory) -> None:
    assert await account.secret(management)
    async with make.services() as services:
        (sealed,) = (await services.uow.execute(select(SecretTable.value))).scalars()
        assert b"hush" not in sealed
        kept = await services.secrets.of_user(UserId(account.user_id))
        opened = await services.secrets.open(kept["mock-social"])
    assert (opened.tokens.access_token, opened.tokens.refresh_token) == ("hush-access", "hush-refresh")
    assert "hush" not in repr(opened)


async def test_a_user_has_one_token_set_of_each_provider(management: Visitor, account: Account, make: Factory) -> None:
    first = await account.secret(management)
    await keep(make, account)
    second = await account.secret(management)
    assert first is not None
    assert second is not None
    assert first["id"] != second["id"]
    assert (await management.delete(f"/api/secrets/{first['id']}")).status_code == 404


async def test_a_secret_is_removed(management: Visitor, account: Account) -> None:
    secret = await account.secret(management)
    assert secret is not None
    assert (await management.delete(f"/api/secrets/{secret['id']}")).status_code == 204
    assert await account.secret(management) is None
    again = await management.delete(f"/api/secrets/{secret['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "entity.not_found")


async def test_tokens_go_with_the_identity(management: Visitor, account: Account, make: Factory) -> None:
    await management.put(account.path, json={"userId": "his-id", "details": {"name": "Hokusai"}})
    assert await account.secret(management) is not None
    await management.put(account.path, json={"userId": "another-id"})
    assert await account.secret(management) is None

    await management.put(account.path, json={"userId": "his-id"})
    await keep(make, account)
    await management.delete(account.path)
    await management.put(account.path, json={"userId": "his-id"})
    assert await account.secret(management) is None


async def test_tokens_go_with_the_connector(management: Visitor, account: Account) -> None:
    assert (await management.delete(f"/api/connectors/{account.connector_id}")).status_code == 204
    assert await account.secret(management) is None


async def test_tokens_go_when_they_are_to_be_stored_no_longer(management: Visitor, account: Account) -> None:
    path = f"/api/connectors/{account.connector_id}"
    await management.patch(path, json={"syncProfile": True})
    assert await account.secret(management) is not None
    await management.patch(path, json={"enableTokenStorage": False})
    assert await account.secret(management) is None


async def test_tokens_go_with_the_user(management: Visitor, account: Account, make: Factory) -> None:
    assert (await management.delete(f"/api/users/{account.user_id}")).status_code == 204
    async with make.services() as services:
        assert (await services.uow.execute(select(SecretTable.id))).all() == []


async def test_tenants_do_not_reach_each_others_secrets(
    management: Visitor, admin_management: Visitor, account: Account
) -> None:
    secret = await account.secret(management)
    assert secret is not None
    assert (await admin_management.delete(f"/t/admin/api/secrets/{secret['id']}")).status_code == 404
    assert await account.secret(management) == secret


@on_sqlite
async def test_on_the_road_tokens_are_sealed_for_one_connector(make: Factory) -> None:
    mine, other = ConnectorId("mine00000000"), ConnectorId("other0000000")
    async with make.services() as services:
        packed = services.secrets.pack(of(services), connector_id=mine)
        assert "hush" not in str(packed)
        assert services.secrets.unpack(packed, connector_id=mine) == of(services)
        # Attack: what one provider gave passed off as what another one gave.
        with pytest.raises(CannotOpen):
            services.secrets.unpack(packed, connector_id=other)


@on_sqlite
async def test_without_an_access_token_there_is_nothing_to_keep(make: Factory) -> None:
    async with make.services() as services:
        assert services.secrets.token_set(TokenResponse(id_token="only-this")) is None
