"""Connectors: what a tenant signs people in with, and what carries its messages (connectors.md §4.5)."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select
from tests.api.conftest import on_sqlite
from tests.connectors_for_tests.outbox import Outbox
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.connectors.models import ConnectorId, FactoryId, StoredConnector
from sekisho.connectors.store import ConnectorStore
from sekisho.connectors.tables import ConnectorTable
from sekisho.kernel.clock import ManualClock
from sekisho.services import Runtime

PATH = "/api/connectors"
TEMPLATES = [
    {"usageType": usage, "type": "text/plain", "subject": f"{usage} {{{{code}}}}", "content": "{{code}}"}
    for usage in ("SignIn", "Register", "ForgotPassword", "Generic")
]
EMAIL = {
    "connectorId": "mock-email-service",
    "config": {"apiKey": "hush-key", "fromEmail": "us@example.com", "templates": TEMPLATES},
}
SMS = {
    "connectorId": "mock-short-message-service",
    "config": {
        "accountSID": "a",
        "authToken": "hush",
        "fromMessagingServiceSID": "c",
        "templates": [{"usageType": "Generic", "content": "{{code}}"}],
    },
}
SOCIAL: dict[str, Any] = {"connectorId": "mock-social-connector", "config": {"clientId": "id", "clientSecret": "hush"}}
OAUTH = {
    "connectorId": "oauth2",
    "metadata": {"target": "partner", "name": {"en": "Partner"}, "logo": "https://partner.example.com/logo.svg"},
    "config": {
        "authorizationEndpoint": "https://partner.example.com/authorize",
        "tokenEndpoint": "https://partner.example.com/token",
        "userInfoEndpoint": "https://partner.example.com/me",
        "clientId": "id",
        "clientSecret": "hush",
    },
}
NOBODY = "/api/connectors/nobody000000"


async def made(management: Visitor, body: dict[str, Any]) -> dict[str, Any]:
    answer = await management.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    connector: dict[str, Any] = answer.json()
    return connector


async def targets(management: Visitor) -> list[str]:
    settings = (await management.get("/api/sign-in-exp")).json()
    offered: list[str] = settings["socialSignInConnectorTargets"]
    return offered


async def test_a_connector_is_made_changed_and_removed(management: Visitor) -> None:
    connector = await made(management, SOCIAL)
    assert connector["id"].isalnum()
    assert len(connector["id"]) == 12
    assert {name: connector[name] for name in ("type", "target", "platform", "connectorId", "config", "metadata")} == {
        "type": "Social",
        "target": "mock-social",
        "platform": "Universal",
        "connectorId": "mock-social-connector",
        "config": SOCIAL["config"],
        "metadata": {},
    }
    assert (connector["syncProfile"], connector["enableTokenStorage"], connector["isDemo"]) == (False, False, False)
    path = f"{PATH}/{connector['id']}"

    change = {"syncProfile": True, "enableTokenStorage": True, "config": {"clientId": "new", "clientSecret": "hush"}}
    changed = await management.patch(path, json=change)

    assert changed.json() == {**connector, **change}
    assert (await management.get(path)).json() == changed.json()
    assert (await management.delete(path)).status_code == 204
    assert (await management.get(path)).json()["code"] == "entity.not_found"
    assert (await management.get(PATH)).json() == []


async def test_a_configuration_is_replaced_whole_and_kept_without_what_is_empty(management: Visitor) -> None:
    config = {**SOCIAL["config"], "scope": "", "more": {"of": [], "this": None}, "count": 0, "flag": False}
    connector = await made(management, {**SOCIAL, "config": config})
    assert connector["config"] == {**SOCIAL["config"], "count": 0, "flag": False}

    changed = await management.patch(f"{PATH}/{connector['id']}", json={"config": SOCIAL["config"]})
    assert changed.json()["config"] == SOCIAL["config"]


async def test_configurations_are_sealed(management: Visitor, make: Factory) -> None:
    await made(management, SOCIAL)
    async with make.services() as services:
        (sealed,) = (await services.uow.execute(select(ConnectorTable.config))).scalars()
    assert b"hush" not in sealed


async def test_an_id_may_be_brought_along_but_not_twice(management: Visitor) -> None:
    first = await made(management, {**OAUTH, "id": "m5x2v7h4q9t1k8c3z6p0a"})
    assert first["id"] == "m5x2v7h4q9t1k8c3z6p0a"
    other = {**OAUTH, "id": first["id"], "metadata": {"target": "other"}}
    assert (await management.post(PATH, json=other)).status_code == 422
    assert [each["target"] for each in (await management.get(PATH)).json()] == ["partner"]


async def test_a_new_connector_for_messages_takes_the_place_of_the_one_before(management: Visitor) -> None:
    await made(management, SMS)
    first, second = await made(management, EMAIL), await made(management, EMAIL)
    assert first["id"] != second["id"]
    left = (await management.get(PATH)).json()
    assert sorted(each["connectorId"] for each in left) == ["mock-email-service", "mock-short-message-service"]
    assert second["id"] in {each["id"] for each in left}


IMPOSSIBLE: Sequence[tuple[dict[str, Any], int, str]] = (
    ({"connectorId": "nope"}, 422, "connector.not_found_with_connector_id"),
    ({"connectorId": "logto-social-demo"}, 422, "connector.not_found_with_connector_id"),
    ({**OAUTH, "metadata": {}}, 400, "connector.should_specify_target"),
    ({**OAUTH, "metadata": {"target": ""}}, 400, "connector.should_specify_target"),
    (
        {**SOCIAL, "metadata": {"target": "x"}},
        400,
        "connector.cannot_overwrite_metadata_for_non_standard_connector",
    ),
    ({**SOCIAL, "config": {"clientId": 7}}, 400, "connector.invalid_config"),
    ({**EMAIL, "enableTokenStorage": True}, 422, "connector.token_storage_not_supported"),
    (
        {"connectorId": "x-universal", "enableTokenStorage": True},
        422,
        "connector.token_storage_not_supported",
    ),
    ({"connectorId": ""}, 400, "guard.invalid_input"),
    ({**OAUTH, "metadata": {"target": "partner", "name": {"ja": "相手"}}}, 400, "guard.invalid_input"),
    ({**OAUTH, "metadata": {"target": "partner", "name": {"en": "P", "xx": "?"}}}, 400, "guard.invalid_input"),
)


@on_sqlite
async def test_a_connector_that_cannot_be_is_refused(management: Visitor) -> None:
    for body, status, code in IMPOSSIBLE:
        answer = await management.post(PATH, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
        assert (await management.get(PATH)).json() == [], body


async def test_social_connectors_do_not_compete(management: Visitor) -> None:
    await made(management, SOCIAL)
    again = await management.post(PATH, json=SOCIAL)
    assert (again.status_code, again.json()["code"]) == (422, "connector.multiple_instances_not_supported")

    await made(management, OAUTH)
    await made(management, {**OAUTH, "metadata": {"target": "another"}})
    taken = await management.post(PATH, json=OAUTH)
    assert (taken.status_code, taken.json()["code"]) == (422, "connector.multiple_target_with_same_platform")
    assert taken.json()["data"] == {"connectorId": "oauth2", "connectorName": {"en": "Partner"}}


async def test_connectors_that_are_made_at_once_keep_the_rules(management: Visitor) -> None:
    answers = await asyncio.gather(*(management.post(PATH, json=SOCIAL) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]

    await asyncio.gather(*(management.post(PATH, json=EMAIL) for _ in range(4)))
    kinds = [each["type"] for each in (await management.get(PATH)).json()]
    assert sorted(kinds) == ["Email", "Social"]


@on_sqlite
async def test_every_mistake_in_a_configuration_is_named(management: Visitor) -> None:
    refused = (await management.post(PATH, json={"connectorId": "mock-email-service", "config": {"nope": 1}})).json()
    paths = [issue["path"] for issue in refused["data"]["issues"]]
    assert (refused["data"]["name"], paths) == ("ZodError", [["apiKey"], ["fromEmail"], ["templates"]])
    assert refused["details"].splitlines()[0] == (
        'Error in key path "apiKey": (invalid_type) Expected string but received undefined.'
    )
    # What was sent is a secret, and does not come back.
    typed = await management.post(PATH, json={**SOCIAL, "config": {"clientId": "id", "clientSecret": ["hush"]}})
    assert "hush" not in typed.text


@on_sqlite
@pytest.mark.parametrize(
    ("body", "change", "status", "code"),
    [
        (OAUTH, {"metadata": {"target": "other"}}, 400, "connector.can_not_modify_target"),
        (OAUTH, {"metadata": {"name": {"en": "Other"}}}, 400, "connector.can_not_modify_target"),
        (
            SOCIAL,
            {"metadata": {"name": {"en": "Other"}}},
            400,
            "connector.cannot_overwrite_metadata_for_non_standard_connector",
        ),
        (EMAIL, {"syncProfile": True}, 422, "connector.invalid_type_for_syncing_profile"),
        (EMAIL, {"enableTokenStorage": True}, 422, "connector.token_storage_not_supported"),
        (EMAIL, {"config": {}}, 400, "connector.invalid_config"),
    ],
)
async def test_a_change_that_cannot_be_is_refused(
    management: Visitor, body: dict[str, Any], change: dict[str, Any], status: int, code: str
) -> None:
    connector = await made(management, body)
    path = f"{PATH}/{connector['id']}"
    answer = await management.patch(path, json=change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await management.get(path)).json() == connector


async def test_a_standard_connector_says_itself_what_it_is_called(management: Visitor) -> None:
    connector = await made(management, OAUTH)
    assert (connector["target"], connector["name"], connector["logo"]) == (
        "partner",
        {"en": "Partner"},
        "https://partner.example.com/logo.svg",
    )
    renamed = {"target": "partner", "name": {"en": "Partners", "ja": "相手"}}
    changed = (await management.patch(f"{PATH}/{connector['id']}", json={"metadata": renamed})).json()
    assert (changed["metadata"], changed["name"]) == (renamed, renamed["name"])
    assert changed["logo"].startswith("data:image/svg+xml;base64,")


async def test_connectors_are_listed_by_id_and_by_target(management: Visitor) -> None:
    for body in (SOCIAL, OAUTH, EMAIL):
        await made(management, body)
    listed = (await management.get(PATH)).json()
    assert [each["id"] for each in listed] == sorted(each["id"] for each in listed)
    (partner,) = (await management.get(PATH, params={"target": "partner"})).json()
    assert partner["connectorId"] == "oauth2"
    assert (await management.get(PATH, params={"target": "nobody"})).json() == []


async def test_a_connector_whose_factory_is_not_installed_counts_as_missing(
    management: Visitor, make: Factory, runtime: Runtime, clock: ManualClock
) -> None:
    async with make.services() as services:
        store = ConnectorStore(uow=services.uow, tenant_id=services.tenant_id, sealer=runtime.sealer)
        orphan = StoredConnector(
            id=ConnectorId("orphan000000"),
            factory_id=FactoryId("gone"),
            config={},
            overrides={},
            sync_profile=False,
            enable_token_storage=False,
            created_at=clock.now(),
        )
        await store.add(orphan)
    assert (await management.get(PATH)).json() == []
    assert (await management.get(f"{PATH}/{orphan.id}")).status_code == 404
    assert (await management.delete(f"{PATH}/{orphan.id}")).status_code == 404


@on_sqlite
async def test_factories_are_listed_and_shown(management: Visitor) -> None:
    factories = (await management.get("/api/connector-factories")).json()
    known = {each["id"]: each for each in factories}
    assert {"x-universal", "kakao-universal", "discord-universal", "linkedin-universal", "oauth2", "oidc"} <= set(known)
    assert known["simple-mail-transfer-protocol"]["type"] == "Email"
    assert known["x-universal"]["formItems"][0] == {
        "type": "Text",
        "key": "clientId",
        "label": "Client ID",
        "required": True,
    }
    assert known["oauth2"]["isStandard"] is True
    assert (await management.get("/api/connector-factories/x-universal")).json() == known["x-universal"]
    missing = await management.get("/api/connector-factories/nope")
    assert (missing.status_code, missing.json()["code"]) == (404, "entity.not_found")


async def test_a_test_message_needs_no_stored_configuration(management: Visitor, outbox: Outbox) -> None:
    body = {"email": "somebody@example.com", "config": EMAIL["config"], "locale": "ja"}
    assert (await management.post(f"{PATH}/mock-email-service/test", json=body)).status_code == 204
    assert (outbox.last.address, outbox.last.subject) == ("somebody@example.com", "Generic 000000")
    assert outbox.last.payload == {"code": "000000", "locale": "ja"}


async def test_a_test_message_is_in_the_tenants_own_words(management: Visitor, outbox: Outbox) -> None:
    details = {"subject": "Our code is {{code}}", "content": "{{code}}"}
    template = {"languageTag": "en", "templateType": "Generic", "details": details}
    await management.put("/api/email-templates", json={"templates": [template]})
    body = {"email": "somebody@example.com", "config": EMAIL["config"]}
    await management.post(f"{PATH}/mock-email-service/test", json=body)
    assert outbox.last.subject == "Our code is 000000"


@on_sqlite
@pytest.mark.parametrize(
    ("factory_id", "body", "code"),
    [
        ("mock-email-service", {}, "guard.invalid_input"),
        ("nope", {"email": "a@example.com"}, "connector.not_found"),
        ("mock-email-service", {"phone": "15550001"}, "connector.unexpected_type"),
        ("mock-social-connector", {"email": "a@example.com"}, "connector.unexpected_type"),
        ("mock-email-service", {"email": "nobody"}, "guard.invalid_input"),
        ("mock-email-service", {"email": "a@example.com", "config": {}}, "connector.invalid_config"),
    ],
)
async def test_a_test_message_that_cannot_be_is_refused(
    management: Visitor, outbox: Outbox, factory_id: str, body: dict[str, Any], code: str
) -> None:
    answer = await management.post(f"{PATH}/{factory_id}/test", json={"config": EMAIL["config"], **body})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert outbox.messages == []


async def test_an_administrator_asks_where_a_user_would_be_sent(management: Visitor) -> None:
    connector = await made(management, SOCIAL)
    body = {"state": "s", "redirectUri": "https://app.example.com/x"}
    answer = await management.post(f"{PATH}/{connector['id']}/authorization-uri", json=body)
    assert answer.json() == {
        "redirectTo": "http://mock-social/?state=s&redirect_uri=https%3A%2F%2Fapp.example.com%2Fx&scope=email+profile"
    }


@on_sqlite
async def test_a_way_to_a_provider_that_cannot_be_is_refused(management: Visitor) -> None:
    x = await made(management, {"connectorId": "x-universal", "config": SOCIAL["config"]})
    email = await made(management, EMAIL)
    body = {"state": "s", "redirectUri": "https://app.example.com/x"}
    for connector_id, sent, expected in (
        (x["id"], {**body, "state": ""}, (400, "session.insufficient_info")),
        ("nobody000000", {**body, "redirectUri": ""}, (400, "session.insufficient_info")),
        ("nobody000000", body, (404, "entity.not_found")),
        (email["id"], body, (400, "connector.unexpected_type")),
        # X needs a session, and an administrator has none.
        (x["id"], body, (501, "connector.not_implemented")),
    ):
        answer = await management.post(f"{PATH}/{connector_id}/authorization-uri", json=sent)
        assert (answer.status_code, answer.json()["code"]) == expected


async def test_a_provider_is_offered_until_its_last_connector_goes(management: Visitor) -> None:
    social, partner = await made(management, SOCIAL), await made(management, OAUTH)
    chosen = {"socialSignInConnectorTargets": ["nobody", "partner", "mock-social"]}
    await management.patch("/api/sign-in-exp", json=chosen)
    assert await targets(management) == ["partner", "mock-social"]

    shown = (await management.get("/api/.well-known/sign-in-exp")).json()["socialConnectors"]
    assert [each["id"] for each in shown] == [partner["id"], social["id"]]
    assert shown[0]["name"] == {"en": "Partner"}
    assert not {"config", "readme", "formItems", "description", "configTemplate"} & shown[0].keys()

    await management.delete(f"{PATH}/{partner['id']}")
    assert await targets(management) == ["mock-social"]


async def test_sign_in_by_code_needs_something_to_send_it(management: Visitor) -> None:
    method = {"identifier": "email", "password": True, "verificationCode": True, "isPasswordPrimary": True}
    by_code = {"signIn": {"methods": [method]}}
    refused = await management.patch("/api/sign-in-exp", json=by_code)
    assert refused.json()["code"] == "sign_in_experiences.enabled_connector_not_found"
    await made(management, EMAIL)
    assert (await management.patch("/api/sign-in-exp", json=by_code)).status_code == 200


async def test_pages_are_told_how_a_password_can_be_reset(management: Visitor) -> None:
    async def told() -> object:
        return (await management.get("/api/.well-known/sign-in-exp")).json()["forgotPassword"]

    await management.patch("/api/sign-in-exp", json={"forgotPasswordMethods": None})
    assert await told() == {"email": False, "phone": False}
    await made(management, EMAIL)
    assert await told() == {"email": True, "phone": False}
    await management.patch("/api/sign-in-exp", json={"forgotPasswordMethods": []})
    assert await told() == {"email": False, "phone": False}


async def test_the_last_way_to_reset_expiring_passwords_stays(management: Visitor) -> None:
    email, sms = await made(management, EMAIL), await made(management, SMS)
    expiring = {"passwordExpiration": {"enabled": True, "validPeriodDays": 30}, "forgotPasswordMethods": None}
    assert (await management.patch("/api/sign-in-exp", json=expiring)).status_code == 200
    assert (await management.delete(f"{PATH}/{sms['id']}")).status_code == 204

    kept = await management.delete(f"{PATH}/{email['id']}")
    assert (kept.status_code, kept.json()["code"]) == (
        422,
        "sign_in_experiences.password_expiration_requires_forgot_password",
    )
    assert (await management.get(f"{PATH}/{email['id']}")).status_code == 200


async def test_tenants_do_not_see_each_others_connectors(management: Visitor, admin_management: Visitor) -> None:
    connector = await made(management, SOCIAL)
    assert (await admin_management.get("/t/admin/api/connectors")).json() == []
    assert (await admin_management.get(f"/t/admin/api/connectors/{connector['id']}")).status_code == 404


async def test_what_is_stored_is_seen_by_other_requests_at_once(
    management: Visitor, make: Factory, clock: ManualClock
) -> None:
    async with make.services() as services:
        assert await services.connectors.list() == []
    connector = await made(management, SOCIAL)
    async with make.services() as services:
        (kept,) = await services.connectors.list()
        assert (kept.id, kept.stored.created_at) == (connector["id"], clock.now())
    await management.delete(f"{PATH}/{connector['id']}")
    async with make.services() as services:
        assert await services.connectors.list() == []


@on_sqlite
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_a_connector_nobody_made_is_not_found(management: Visitor, method: str) -> None:
    answer = await management.request(method, NOBODY, json={} if method == "PATCH" else None)
    assert (answer.status_code, answer.json()["code"]) == (404, "entity.not_found")
