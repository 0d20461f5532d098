"""The tutorial of the SMTP connector in a real browser: from the mail server to the Flask application signed in."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser, Page, expect
from tests.e2e.flask_apps import OUR_SDK, new_bookstore
from tests.support.chromium import BROWSER_PATIENCE
from tests.support.mail_servers import MailBox, mail_server
from tests.support.servers import RunningServer, free_port

FACTORY = "simple-mail-transfer-protocol"
ADDRESS, PASSWORD, NEW_PASSWORD = "hokusai@example.com", "Kanagawa-1831", "Fugaku-1832-36"
CODE = re.compile(r"\b\d{6}\b")
BY_EMAIL = {
    "signUp": {"identifiers": ["email"], "password": True, "verify": True},
    "signIn": {
        "methods": [{"identifier": "email", "password": True, "verificationCode": True, "isPasswordPrimary": False}]
    },
    "forgotPasswordMethods": ["EmailVerificationCode"],
}

StartServer = Callable[..., RunningServer]
NextCode = Callable[[], Awaitable[str]]


class Management:
    """The Management API of a server, as an application that may call it."""

    def __init__(self, server: RunningServer, client: httpx2.AsyncClient) -> None:
        self._server = server
        self._client = client

    async def ask(self, method: str, path: str, body: object = None) -> httpx2.Response:
        if "authorization" not in self._client.headers:
            self._client.headers["authorization"] = f"Bearer {await self._token()}"
        return await self._client.request(method, f"{self._server.origin}/api{path}", json=body)

    async def done(self, method: str, path: str, body: object = None) -> Any:
        answer = await self.ask(method, path, body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def templates(self) -> Any:
        """Return the texts a new connector starts with."""
        factory = await self.done("GET", f"/connector-factories/{FACTORY}")
        return next(item["defaultValue"] for item in factory["formItems"] if item["key"] == "templates")

    async def _token(self) -> str:
        made = self._server.run(
            "app", "create", "--type", "MachineToMachine", "--name", "Bot", "--management-api", "--json"
        )
        application = json.loads(made.stdout)
        form = {"grant_type": "client_credentials", "resource": "https://default.logto.app/api", "scope": "all"}
        credentials = (application["id"], application["secret"])
        answer = await self._client.post(f"{self._server.origin}/oidc/token", data=form, auth=credentials)
        return str(answer.json()["access_token"])


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=30) as client:
        yield client


@pytest.fixture
async def open_tab(browser: Browser) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    """Opens a tab of a fresh profile."""
    contexts = []

    async def opened(*, scripts: bool) -> Page:
        context = await browser.new_context(java_script_enabled=scripts, locale="en-US")
        context.set_default_timeout(BROWSER_PATIENCE)
        contexts.append(context)
        return await context.new_page()

    yield opened
    for context in contexts:
        await context.close()


@pytest.fixture
def open_bookstore(tmp_path: Path) -> Iterator[Callable[[RunningServer], str]]:
    """Registers the application and serves it; returns its address."""
    with ExitStack() as running:

        def opened(server: RunningServer) -> str:
            bookstore = new_bookstore()
            uris = ("--redirect-uri", f"{bookstore.url}/callback", "--post-logout-redirect-uri", f"{bookstore.url}/")
            made = server.run("app", "create", "--type", "Traditional", "--name", "Bookstore", *uris, "--json")
            assert made.returncode == 0, made.stderr
            application = json.loads(made.stdout)
            settings = {"LOGTO_APP_ID": application["id"], "LOGTO_APP_SECRET": application["secret"]}
            settings["LOGTO_ENDPOINT"] = server.origin
            running.enter_context(bookstore.running(python=OUR_SDK, folder=tmp_path, **settings))
            return bookstore.url

        yield opened


def config_of(*, port: int, templates: object, **changed: Any) -> Mapping[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": port,
        "auth": {"type": "login", "user": "bookstore", "pass": "correct horse"},
        "fromEmail": "Bookstore <no-reply@bookstore.example>",
        "templates": templates,
        **changed,
    }


async def send(tab: Page, **fields: str) -> None:
    for name, value in fields.items():
        await tab.fill(f"input[name={name}]", value)
    await tab.click("button[name=submit]")


async def choose_password(tab: Page, password: str) -> None:
    """Set a password; a mistyped one could be reset, so some pages ask once."""
    await expect(tab.locator("input[name=newPassword]")).to_be_visible()
    again = {"confirmPassword": password} if await tab.locator("input[name=confirmPassword]").count() else {}
    await send(tab, newPassword=password, **again)


async def sign_out(tab: Page, *, scripts: bool) -> None:
    await tab.click("a[href*=sign-out]")
    if not scripts:
        await tab.get_by_role("button", name="Sign out").click()
    await expect(tab.locator("h1")).to_have_text("Welcome")


async def expect_signed_in(tab: Page, bookstore: str) -> str:
    """Return who it is."""
    await expect(tab.locator("h1")).to_have_text("Signed in")
    assert tab.url == f"{bookstore}/"
    return str(json.loads(await tab.locator("pre").inner_text())["sub"])


async def walk(tab: Page, bookstore: str, next_code: NextCode, *, scripts: bool) -> None:
    """Register, sign in with a code, forget the password and set a new one, each with the code received."""
    await tab.goto(f"{bookstore}/sign-in")
    await tab.click("a[href*=register]")
    await send(tab, identifier=ADDRESS)
    await send(tab, code=await next_code())
    await choose_password(tab, PASSWORD)
    who = await expect_signed_in(tab, bookstore)
    await sign_out(tab, scripts=scripts)

    await tab.goto(f"{bookstore}/sign-in")
    await send(tab, identifier=ADDRESS)
    await send(tab, code=await next_code())
    assert await expect_signed_in(tab, bookstore) == who
    await sign_out(tab, scripts=scripts)

    await tab.goto(f"{bookstore}/sign-in")
    await send(tab, identifier=ADDRESS)
    await next_code()
    await tab.click("a[href*=password]")
    await tab.click("a[href*=forgot-password]")
    await send(tab, identifier=ADDRESS)
    await send(tab, code=await next_code())
    await choose_password(tab, NEW_PASSWORD)
    await sign_in_with_password(tab, NEW_PASSWORD, next_code)
    assert await expect_signed_in(tab, bookstore) == who


async def sign_in_with_password(tab: Page, password: str, next_code: NextCode) -> None:
    await send(tab, identifier=ADDRESS)
    await next_code()
    await tab.click("a[href*=password]")
    await send(tab, password=password)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_codes_of_a_real_mail_server_register_sign_in_and_reset_the_password(
    start_server: StartServer,
    client: httpx2.AsyncClient,
    open_tab: Callable[..., Awaitable[Page]],
    open_bookstore: Callable[[RunningServer], str],
    *,
    scripts: bool,
) -> None:
    server = start_server(None)
    management = Management(server, client)
    async with mail_server(asks_for_login=True, box=MailBox(logins={b"bookstore": b"correct horse"})) as box:
        config = config_of(port=box.port, templates=await management.templates())
        wrong = {**config, "auth": {"user": "bookstore", "pass": "a guess"}}
        refused = await management.ask("POST", f"/connectors/{FACTORY}/test", {"email": ADDRESS, "config": wrong})
        assert (refused.status_code, refused.json()["data"]["reason"]) == (400, "auth_refused")
        await management.done("POST", f"/connectors/{FACTORY}/test", {"email": ADDRESS, "config": config})
        assert "000000" in (await box.next()).text
        await management.done("POST", "/connectors", {"connectorId": FACTORY, "config": config})
        await management.done("PATCH", "/sign-in-exp", BY_EMAIL)

        async def next_code() -> str:
            mail = await box.next()
            assert (mail.recipients, mail.sender) == ([ADDRESS], "no-reply@bookstore.example")
            found = CODE.search(mail.text)
            assert found is not None
            return found[0]

        await walk(await open_tab(scripts=scripts), open_bookstore(server), next_code, scripts=scripts)


@pytest.mark.parametrize("has_connector", [True, False], ids=["connector", "no-connector"])
async def test_on_a_development_server_the_codes_are_in_the_inbox(
    start_server: StartServer,
    client: httpx2.AsyncClient,
    open_tab: Callable[..., Awaitable[Page]],
    open_bookstore: Callable[[RunningServer], str],
    *,
    has_connector: bool,
) -> None:
    port = free_port()
    server = start_server(None, command="dev", SEKISHO_DEVELOPMENT_MAIL_PORT=str(port))
    management = Management(server, client)
    if has_connector:
        config = config_of(port=port, templates=await management.templates())
        await management.done("POST", "/connectors", {"connectorId": FACTORY, "config": config})
    await management.done("PATCH", "/sign-in-exp", BY_EMAIL)
    inbox = await open_tab(scripts=True)
    seen: list[str] = []

    async def next_code() -> str:
        await inbox.goto(f"{server.origin}/dev/inbox")
        await expect(inbox.locator(".letter")).to_have_count(len(seen) + 1)
        await inbox.locator(".letter-link").first.click()
        await expect(inbox.locator("dl")).to_contain_text(ADDRESS)
        seen.append(await inbox.locator("#code").inner_text())
        return seen[-1]

    await walk(await open_tab(scripts=True), open_bookstore(server), next_code, scripts=True)
