"""The SMTP connector through the Management API, over real mail servers."""

import asyncio
import re
from typing import Any

from tests.support.mail_servers import mail_server, scripted_server
from tests.support.visitor import Visitor

FACTORY = "simple-mail-transfer-protocol"
ADDRESS = "hokusai@example.com"


async def config_of(management: Visitor, port: int, **changed: Any) -> dict[str, Any]:
    """Return what a form filled in with its defaults is."""
    factory = (await management.get(f"/api/connector-factories/{FACTORY}")).json()
    filled = {item["key"]: item["defaultValue"] for item in factory["formItems"] if "defaultValue" in item}
    return {**filled, "host": "127.0.0.1", "port": port, "fromEmail": "no-reply@example.com", **changed}


async def connect(management: Visitor, config: dict[str, Any]) -> dict[str, Any]:
    answer = await management.post("/api/connectors", json={"connectorId": FACTORY, "config": config})
    assert answer.status_code == 200, answer.text
    connector: dict[str, Any] = answer.json()
    return connector


async def test_the_factory_has_settings_for_known_providers(management: Visitor) -> None:
    factory = (await management.get(f"/api/connector-factories/{FACTORY}")).json()

    assert (factory["type"], factory["target"], factory["platform"]) == ("Email", "smtp", None)
    presets = {each["id"]: each["config"]["host"] for each in factory["customData"]["presets"]}
    assert presets == {
        "gmail": "smtp.gmail.com",
        "sendgrid": "smtp.sendgrid.net",
        "aliyun-direct-mail": "smtpdm.aliyun.com",
    }


async def test_a_code_is_sent_and_verified(management: Visitor) -> None:
    async with mail_server() as box:
        connector = await connect(management, await config_of(management, box.port, pool=True))
        assert connector["config"]["pool"] is True
        assert (await management.post("/api/verification-codes", json={"email": ADDRESS})).status_code == 204
        mail = await box.next()

    assert mail.recipients == [ADDRESS]
    found = re.search(r"\b\d{6}\b", mail.text)
    assert found is not None
    body = {"email": ADDRESS, "verificationCode": found[0]}
    assert (await management.post("/api/verification-codes/verify", json=body)).status_code == 204


async def test_the_text_of_the_tenant_is_sent_in_the_language_asked_for(management: Visitor) -> None:
    details = {"subject": "確認コード {{code}}", "content": "<b>{{code}}</b>", "contentType": "text/html"}
    templates = [{"languageTag": "ja", "templateType": "Generic", "details": details}]
    assert (await management.put("/api/email-templates", json={"templates": templates})).status_code == 200
    async with mail_server() as box:
        body = {"email": ADDRESS, "config": await config_of(management, box.port)}
        for more in ({"locale": "ja"}, {"locale": "fr"}):
            assert (await management.post(f"/api/connectors/{FACTORY}/test", json=body | more)).status_code == 204
        japanese, other = [each.message for each in box.mails]

    assert (japanese["Subject"], japanese.get_content_type()) == ("確認コード 000000", "text/html")
    assert (other["Subject"], other.get_content_type()) == ("Your code", "text/plain")


async def test_a_mail_that_is_not_taken_says_why_and_costs_no_place(management: Visitor) -> None:
    async with mail_server() as box:
        pass
    connector = await connect(management, await config_of(management, box.port))
    for _ in range(11):
        refused = await management.post("/api/verification-codes", json={"email": ADDRESS})
        assert (refused.status_code, refused.json()["code"]) == (400, "connector.general")
        assert refused.json()["data"]["reason"] == "connection_refused"
        assert "Nothing listens at that port." in refused.json()["message"]
    async with mail_server() as box:
        config = {"config": await config_of(management, box.port)}
        assert (await management.patch(f"/api/connectors/{connector['id']}", json=config)).status_code == 200
        assert (await management.post("/api/verification-codes", json={"email": ADDRESS})).status_code == 204
        await box.next()


async def test_a_server_that_hangs_holds_up_nobody_else(management: Visitor) -> None:
    async with scripted_server(is_silent=True) as port:
        await connect(management, await config_of(management, port, greetingTimeout=3000))
        sending = asyncio.create_task(management.post("/api/verification-codes", json={"email": ADDRESS}))
        await asyncio.sleep(0.5)
        made = await management.post("/api/users", json={"username": "hiroshige"})
        assert (made.status_code, sending.done()) == (200, False)
        refused = await sending

    assert (refused.status_code, refused.json()["data"]["reason"]) == (400, "no_greeting")
