"""The tutorials of X, Kakao, Discord and LinkedIn in a real browser: from the connector to the bookstore, signed in.

What the guides tell to send to the Management API is read out of them and sent.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.async_api import Page, expect
from tests.e2e.flask_apps import OUR_SDK, new_bookstore
from tests.support.servers import RunningServer, free_port, running_server

GUIDES = Path(__file__).parents[2] / "docs/guide/connectors"
NAMES = {"x": "X", "kakao": "Kakao", "discord": "Discord", "linkedin": "LinkedIn"}
REQUEST = re.compile(r"-X (?P<method>[A-Z]+) http://localhost:3001/api(?P<path>\S+) -d '(?P<body>[^']+)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A request that a guide tells to send."""

    method: str
    path: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A development server where a guide was followed, and the bookstore in front of it."""

    server: RunningServer
    #: The Management API, for whoever may do everything.
    api: httpx2.Client
    bookstore: str
    connector_id: str
    provider: str


def requests_of(guide: str) -> list[Told]:
    text = (GUIDES / guide).read_text(encoding="utf-8")
    return [Told(method=found[1], path=found[2], body=json.loads(found[3])) for found in REQUEST.finditer(text)]


@pytest.fixture(scope="module", params=NAMES)
def key(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def followed(key: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Follow a guide, once for all browsers: add the connector, offer it at sign-in, and start the bookstore."""
    folder = tmp_path_factory.mktemp(key)
    mail = str(free_port())
    (connector, offer) = requests_of(f"{key}.md")
    with (
        running_server(folder, db_url=None, command="dev", SEKISHO_DEVELOPMENT_MAIL_PORT=mail) as server,
        httpx2.Client(base_url=f"{server.origin}/api", timeout=30) as api,
        opened_bookstore(server, folder=folder) as bookstore,
    ):
        api.headers["authorization"] = f"Bearer {management_token(server, api)}"
        for told in (connector, offer):
            answer = api.request(told.method, told.path, json=told.body)
            assert answer.is_success, answer.text
        yield Place(server=server, api=api, bookstore=bookstore, connector_id=connector.body["id"], provider=NAMES[key])


@pytest.fixture
def place(followed: Place) -> Place:
    """The place before anybody came."""
    for user in followed.api.get("/users").json():
        followed.api.delete(f"/users/{user['id']}").raise_for_status()
    return followed


def management_token(server: RunningServer, client: httpx2.Client) -> str:
    application = create(server, "MachineToMachine", "Scripts", "--management-api")
    form = {"grant_type": "client_credentials", "resource": "https://default.logto.app/api", "scope": "all"}
    credentials = (application["id"], application["secret"])
    answer = client.post(f"{server.origin}/oidc/token", data=form, auth=credentials)
    return str(answer.json()["access_token"])


@contextmanager
def opened_bookstore(server: RunningServer, *, folder: Path) -> Iterator[str]:
    """Register the Flask example and serve it; gives its address."""
    bookstore = new_bookstore()
    uris = ("--redirect-uri", f"{bookstore.url}/callback", "--post-logout-redirect-uri", f"{bookstore.url}/")
    application = create(server, "Traditional", "Bookstore", *uris)
    settings = {
        "LOGTO_ENDPOINT": server.origin,
        "LOGTO_APP_ID": application["id"],
        "LOGTO_APP_SECRET": application["secret"],
    }
    with bookstore.running(python=OUR_SDK, folder=folder, **settings):
        yield bookstore.url


def create(server: RunningServer, kind: str, name: str, *more: str) -> dict[str, str]:
    made = server.run("app", "create", "--type", kind, "--name", name, *more, "--json")
    assert made.returncode == 0, made.stderr
    application: dict[str, str] = json.loads(made.stdout)
    return application


class Reader:
    """Somebody in front of a browser."""

    def __init__(self, tab: Page, place: Place) -> None:
        self.tab = tab
        self.place = place

    async def go(self) -> None:
        """Go from the bookstore to the provider."""
        await self.tab.goto(f"{self.place.bookstore}/sign-in")
        await self.tab.get_by_role("button", name=f"Continue with {self.place.provider}").click()
        await expect(self.tab.locator("h1")).to_have_text(f"Sign in with {self.place.provider}")

    async def allow(self, account: str = "Katsushika Hokusai", *, fault: str | None = None) -> None:
        await self.tab.get_by_label(account).check()
        if fault is not None:
            await self.tab.locator("summary").click()
            await self.tab.get_by_label(fault).check()
        await self.tab.get_by_role("button", name="Allow").click()

    async def deny(self) -> None:
        await self.tab.get_by_role("button", name="Deny").click()

    async def arrived(self) -> dict[str, Any]:
        """Return the claims that the bookstore shows."""
        await expect(self.tab.locator("h1")).to_have_text("Signed in")
        assert self.tab.url == f"{self.place.bookstore}/"
        claims: dict[str, Any] = json.loads(await self.tab.locator("pre").inner_text())
        return claims

    async def leave(self) -> None:
        """Sign out; the page in between sends itself, or has a button where there are no scripts."""
        await self.tab.click("a[href*=sign-out]")
        button = self.tab.get_by_role("button", name="Sign out")
        await expect(self.tab.locator("h1").filter(has_text="Welcome").or_(button)).to_be_visible()
        if await button.count():
            await button.click()
        await expect(self.tab.locator("h1")).to_have_text("Welcome")

    async def expect_refusal(self, title: str) -> None:
        """See what went wrong, at the address that the provider sent back to, and go back."""
        await expect(self.tab.locator("h1")).to_have_text(title)
        assert f"/callback/{self.place.connector_id}" in self.tab.url
        await self.tab.get_by_role("link", name="Back to sign-in").click()
        await expect(self.tab).to_have_url(re.compile(f"^{self.place.server.origin}/sign-in"))


@pytest.mark.server
async def test_a_tutorial_ends_in_a_sign_in_to_the_bookstore(page: Page, place: Place, key: str) -> None:
    reader = Reader(page, place)
    await reader.go()
    await reader.allow()
    await expect(page).to_have_url(re.compile("/continue/username"))
    await page.fill("input[name=identifier]", "hokusai")
    await page.click("button[name=submit]")
    claims = await reader.arrived()
    assert claims["username"] == "hokusai"
    assert claims["name"] == ("hokusai" if key == "discord" else "Katsushika Hokusai")

    await reader.leave()
    await reader.go()
    await reader.allow()
    assert (await reader.arrived())["sub"] == claims["sub"]


@pytest.mark.server
@pytest.mark.parametrize("key", ["kakao"], indirect=True)
async def test_what_goes_wrong_is_told_and_can_be_tried_again(page: Page, place: Place) -> None:
    reader = Reader(page, place)
    await reader.go()
    await reader.deny()
    await reader.expect_refusal(f"{place.provider} did not sign you in")
    for fault in ("The client secret is wrong", "The token endpoint fails (500)", "The profile has no ID"):
        await page.get_by_role("button", name=f"Continue with {place.provider}").click()
        await reader.allow(fault=fault)
        await reader.expect_refusal(f"Signing in with {place.provider} did not work")
    await page.get_by_role("button", name=f"Continue with {place.provider}").click()
    await reader.allow()
    await expect(page).to_have_url(re.compile("/continue/username"))


@pytest.mark.parametrize("guide", NAMES)
def test_both_languages_of_a_guide_tell_the_same_requests(guide: str) -> None:
    told = requests_of(f"{guide}.md")
    assert [each.path for each in told] == ["/connectors", "/sign-in-exp"]
    assert requests_of(f"{guide}.ja.md") == told
