"""Sending a picture of oneself."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from tests.experience.test_api import AUTHORIZATION
from tests.support.databases import settings_for
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.settings import Settings
from sekisho.sign_in.models import Switch

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


@pytest.fixture
def settings(db_url: str, tmp_path: Path) -> Settings:
    return settings_for(db_url, asset_store=str(tmp_path / "files"))


async def begin(browser: Visitor, event: str) -> None:
    await browser.get(AUTHORIZATION)
    assert (await browser.put("/api/experience", json={"interactionEvent": event})).status_code == 204


async def send(browser: Visitor, data: bytes = PNG, media_type: str = "image/png") -> httpx2.Response:
    return await browser.post("/api/experience/user-assets/avatar", files={"file": ("me.png", data, media_type)})


async def test_who_registers_sends_a_picture_before_there_is_an_account(visitor: Visitor) -> None:
    await begin(visitor, "Register")
    sent = await send(visitor)
    assert sent.status_code == 200, sent.text
    path = urlsplit(sent.json()["url"]).path
    assert path.startswith("/user-assets/default/pending/")
    assert (await visitor.get(path)).content == PNG


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(b"PK\x03\x04", "application/zip"), (b"<svg></svg>", "image/svg+xml"), (b"text", "image/png")],
    ids=["archive", "drawing", "text"],
)
async def test_what_is_no_picture_is_refused(visitor: Visitor, data: bytes, media_type: str) -> None:
    await begin(visitor, "Register")
    refused = await send(visitor, data, media_type)
    assert (refused.status_code, refused.json()["code"]) == (400, "guard.mime_type_not_allowed")


@pytest.mark.parametrize(
    ("event", "code"),
    [("SignIn", "session.invalid_interaction_type"), ("ForgotPassword", "session.not_supported_for_forgot_password")],
)
async def test_nobody_else_sends_one(visitor: Visitor, event: str, code: str) -> None:
    await begin(visitor, event)
    refused = await send(visitor)
    assert (refused.status_code, refused.json()["code"]) == (400, code)


async def test_robots_send_none(visitor: Visitor, make: Factory) -> None:
    async with make.services() as services:
        await services.sign_in.update(replace(await services.sign_in.read(), captcha_policy=Switch(enabled=True)))
    await begin(visitor, "Register")
    refused = await send(visitor)
    assert (refused.status_code, refused.json()["code"]) == (422, "session.captcha_required")
