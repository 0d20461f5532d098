"""What an attacker tried on the ways in by codes, links and providers."""

import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from tests.connectors_for_tests.outbox import Outbox
from tests.experience.browsing import EMAIL, NOBODY, Browser, Change, ada, browser, change, spa, told
from tests.support.databases import settings_for
from tests.support.factories import Factory, MadeApplication

from sekisho.connectors.models import FactoryId, NewConnector
from sekisho.custom_ui.archive import unpack
from sekisho.custom_ui.errors import ArchiveRefused
from sekisho.kernel.ids import UserId
from sekisho.outbound.letters import write
from sekisho.outbound.mail import Mail, MailFailed, MailProblem
from sekisho.settings import Settings
from sekisho.sign_in.models import SignInMode, SignUp
from sekisho.ui.custom_content import custom_content

__all__ = ["ada", "browser", "change", "spa"]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


@pytest.fixture
def settings(db_url: str, tmp_path: Path) -> Settings:
    return settings_for(db_url, asset_store=str(tmp_path / "files"), rate_limit_per_address=15)


async def send_picture(browser: Browser) -> Any:
    return await browser.post("/api/experience/user-assets/avatar", files={"file": ("me.png", PNG, "image/png")})


async def test_who_reads_an_old_mailbox_does_not_come_in(
    browser: Browser, outbox: Outbox, make: Factory, ada: str
) -> None:
    await browser.begin("SignIn")
    assert await browser.identify(await browser.prove(outbox, event="SignIn")) == (204, "")
    async with make.services() as services:
        await services.users.update(UserId(ada), {"primary_email": "moved@example.com"})
    assert await browser.submit() == (404, "session.verification_session_not_found")


async def test_a_mail_says_nothing_that_a_stranger_wrote(
    browser: Browser, outbox: Outbox, spa: MadeApplication
) -> None:
    await browser.arrive(spa, ui_locales='<a href="https://evil.example">x</a> ja')
    await browser.begin("SignIn")
    await browser.send_code(event="SignIn")
    assert "evil" not in str(outbox.last.payload)


async def test_nobody_uploads_pictures_without_end(browser: Browser) -> None:
    await browser.begin("Register")
    answers = [told(await send_picture(browser)) for _ in range(16)]
    assert answers[-1] == (429, "request.rate_limited")


async def test_nobody_uploads_pictures_where_nobody_registers(browser: Browser, change: Change) -> None:
    await change(sign_in_mode=SignInMode.SIGN_IN)
    await browser.begin("Register")
    assert told(await send_picture(browser)) == (403, "auth.forbidden")


async def come_by_provider(browser: Browser, make: Factory, **said: str) -> str:
    """Come back from a provider as `eve`, who has Ada's address there, if nothing else is said."""
    async with make.services() as services:
        config = {"clientId": "id", "clientSecret": "secret"}
        connector = await services.connectors.create(
            NewConnector(factory_id=FactoryId("mock-social-connector"), config=config)
        )
    way = f"/verification/social/{connector.id}"
    await browser.begin("SignIn")
    begun = await browser.call(f"{way}/authorization-uri", {"state": "s", "redirectUri": "https://app.example.com"})
    record: str = begun.json()["verificationId"]
    callback = {"code": "c", "userId": "eve", **(said or {"email": EMAIL["value"]})}
    verified = await browser.call(f"{way}/verify", {"verificationId": record, "connectorData": callback})
    assert told(verified) == (200, "")
    return record


async def link(browser: Browser, record: str) -> Any:
    return told(await browser.call("/identification", {"verificationId": record, "linkSocialIdentity": True}))


@pytest.mark.usefixtures("ada")
async def test_who_is_shut_out_comes_in_as_nobody_else(browser: Browser, make: Factory) -> None:
    eve = await make.user(username="eve", is_suspended=True)
    async with make.services() as services:
        await services.identities.put(UserId(eve.id), "mock-social", identity_id="eve")
    record = await come_by_provider(browser, make)
    assert await browser.identify(record) == (401, "user.suspended")
    assert await link(browser, record) == (422, "user.identity_already_in_use")
    for event in ("Register", "SignIn"):
        switched = await browser.call("/interaction-event", {"interactionEvent": event}, method="PUT")
        assert told(switched) == (204, "")
    assert (await browser.submit())[0] == 404


async def test_who_has_an_old_address_at_a_provider_links_nothing(browser: Browser, make: Factory, ada: str) -> None:
    assert await link(browser, await come_by_provider(browser, make)) == (204, "")
    async with make.services() as services:
        await services.users.update(UserId(ada), {"primary_email": "moved@example.com"})
    assert await browser.submit() == (404, "session.verification_session_not_found")


@pytest.mark.usefixtures("ada")
async def test_a_number_spelt_otherwise_is_not_given_to_a_second_account(browser: Browser, make: Factory) -> None:
    record = await come_by_provider(browser, make, phone="+81 90 1234 5678")
    switched = await browser.call("/interaction-event", {"interactionEvent": "Register"}, method="PUT")
    assert told(switched) == (204, "")
    assert await browser.identify(record) == (422, "user.missing_profile")


async def test_an_invitation_founds_one_account(browser: Browser, change: Change, make: Factory) -> None:
    await change(sign_in_mode=SignInMode.SIGN_IN, sign_up=SignUp(identifiers=(), password=False, verify=False))
    async with make.services() as services:
        invitation = await services.one_time_tokens.create(email=NOBODY["value"], context={})
    await browser.begin("SignIn")
    followed = await browser.call(
        "/verification/one-time-token/verify", {"identifier": NOBODY, "token": invitation.value.reveal()}
    )
    assert told(followed) == (200, "")
    switched = await browser.call("/interaction-event", {"interactionEvent": "Register"}, method="PUT")
    assert told(switched) == (204, "")
    assert await browser.identify(followed.json()["verificationId"]) == (201, "")
    assert told(await browser.call("/profile", {"type": "username", "value": "second"})) == (204, "")
    assert await browser.identify() == (403, "auth.forbidden")


@pytest.mark.parametrize(
    "domain", ["straße.de", "ｅxample.com", "example。com", "ⓔxample.com", "\u212axample.com", "bu\u0308cher.de"]
)
def test_mail_goes_to_the_domain_that_was_named_and_to_no_other(domain: str) -> None:
    mail = Mail(to=f"ada@{domain}", sender="no-reply@example.com", subject="s", content="c", is_html=False)
    with pytest.raises(MailFailed) as failed:
        write(mail, now=datetime(2026, 3, 1, tzinfo=UTC))
    assert failed.value.problem is MailProblem.ADDRESS


@pytest.mark.parametrize("domain", ["bücher.de", "Bücher.DE", "日本語.jp", "EXAMPLE.com", "xn--bcher-kva.de"])
def test_mail_goes_to_domains_in_every_script(domain: str) -> None:
    mail = Mail(to=f"ada@{domain}", sender="no-reply@example.com", subject="s", content="c", is_html=False)
    assert write(mail, now=datetime(2026, 3, 1, tzinfo=UTC)).recipient.isascii()


def packed(compression: int) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("index.html", bytes(range(256)) * 40)
    return file.getvalue()


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_damaged_anywhere_is_refused(compression: int) -> None:
    whole = packed(compression)
    for at in range(len(whole)):
        damaged = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        # Any other exception would be an answer of 500.
        with suppress(ArchiveRefused):
            unpack(damaged)


def test_a_link_to_a_document_in_its_own_address_is_taken_out_however_it_is_spelt() -> None:
    for scheme in ("da\tta:", "da&#10;ta:", "&#1;data:", "DA&Tab;TA:"):
        assert "ta:" not in custom_content(f'<a href="{scheme}text/html,x">x</a>').lower(), scheme
