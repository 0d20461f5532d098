"""The tutorial application in a real browser, with scripts and without: with our SDK, and unchanged with PyPI's."""

import json
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from tests.e2e.flask_apps import OUR_SDK, Bookstore, NotInstalled, new_bookstore, published_sdk
from tests.support.chromium import BROWSER_PATIENCE
from tests.support.servers import RunningServer, running_server

pytestmark = pytest.mark.server

PASSWORD = "Kanagawa-1831"
WRONG = "Kanagawa-1832"
HOKUSAI = "hokusai"
_NUMBERS = count(1)

OpenTab = Callable[..., Awaitable[Page]]
OpenBookstore = Callable[..., str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """What a page says is wrong, in one language."""

    locale: str
    wrong_password: str
    no_username: str
    no_password: str
    taken: str
    too_short: str
    guessable: str
    not_the_same: str


ENGLISH = Messages(
    locale="en-US",
    wrong_password="The account or the password is not right.",
    no_username="Enter your username.",
    no_password="Enter your password.",
    taken="This username is already taken.",
    too_short="Too short: use at least 8 characters.",
    guessable="It is too easy to guess. Avoid repeated characters.",
    not_the_same="The passwords are not the same.",
)
JAPANESE = Messages(
    locale="ja-JP",
    wrong_password="アカウントまたはパスワードが正しくありません。",
    no_username="ユーザー名を入力してください。",
    no_password="パスワードを入力してください。",
    taken="このユーザー名はすでに使われています。",
    too_short="短すぎます。8\u00a0文字以上にしてください。",
    guessable="推測されやすいパスワードです。同じ文字の繰り返しは避けてください。",
    not_the_same="パスワードが一致しません。",
)


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts; the test runs once with each."""
    return bool(request.param)


@pytest.fixture
async def open_tab(browser: Browser, *, scripts: bool) -> AsyncIterator[OpenTab]:
    """Opens a tab of a fresh profile, for a reader of some language."""
    contexts = []

    async def opened(*, locale: str = "en-US") -> Page:
        context = await browser.new_context(java_script_enabled=scripts, locale=locale)
        contexts.append(context)
        context.set_default_timeout(BROWSER_PATIENCE)
        return await context.new_page()

    yield opened
    for context in contexts:
        await context.close()


@pytest.fixture(scope="session")
def published() -> Path:
    """The interpreter with the published SDK. Without PyPI the test is skipped, except in CI, where it fails."""
    try:
        return published_sdk(Path(os.environ["TEST_RUN_FOLDER"]))
    except NotInstalled as error:
        report = pytest.fail if os.environ.get("CI") else pytest.skip
        report(f"logto 0.2.1 could not be installed from PyPI: {error}")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A server with the application registered and somebody who has an account: starting one takes longer than a test.

    Tests bring browsers and people of their own, and start the application with settings of their own.
    """

    server: RunningServer
    bookstore: Bookstore
    credentials: Mapping[str, str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_server(tmp_path_factory.mktemp("server"), db_url=None) as server:
        bookstore = new_bookstore()
        application = register(server, url=bookstore.url)
        made = server.run("user", "create", "--username", HOKUSAI, stdin=f"{PASSWORD}\n")
        assert made.returncode == 0, made.stderr
        credentials = {"LOGTO_APP_ID": application["id"], "LOGTO_APP_SECRET": application["secret"]}
        yield House(server=server, bookstore=bookstore, credentials=credentials)


@pytest.fixture
def open_bookstore(house: House, tmp_path: Path) -> Iterator[OpenBookstore]:
    """Serves the application; returns its address."""
    with ExitStack() as running:

        def opened(*, python: Path = OUR_SDK, endpoint: str = house.server.origin, **settings: str) -> str:
            settings = {"LOGTO_ENDPOINT": endpoint, **house.credentials, **settings}
            running.enter_context(house.bookstore.running(python=python, folder=tmp_path, **settings))
            return house.bookstore.url

        yield opened


@pytest.fixture
def bookstore(open_bookstore: OpenBookstore) -> str:
    return open_bookstore()


@pytest.fixture
def newcomer() -> str:
    """A name nobody has."""
    return f"hiroshige_{next(_NUMBERS)}"


def register(server: RunningServer, *, url: str) -> dict[str, str]:
    names = ("--type", "Traditional", "--name", "Bookstore")
    uris = ("--redirect-uri", f"{url}/callback", "--post-logout-redirect-uri", f"{url}/")
    created = server.run("app", "create", *names, *uris, "--json")
    assert created.returncode == 0, created.stderr
    members: dict[str, str] = json.loads(created.stdout)
    return members


async def fill(tab: Page, **fields: str) -> None:
    for name, value in fields.items():
        await tab.fill(f"input[name={name}]", value)
    await tab.click("button[name=submit]")


async def enrol(tab: Page, username: str, *, password: str = PASSWORD, again: str | None = None) -> None:
    repeated = password if again is None else again
    await fill(tab, identifier=username, newPassword=password, confirmPassword=repeated)


async def expect_signed_in(tab: Page, bookstore: str, *, username: str) -> None:
    await expect(tab.locator("h1")).to_have_text("Signed in")
    assert tab.url == f"{bookstore}/"
    claims = json.loads(await tab.locator("pre").inner_text())
    assert claims["username"] == username


async def sign_out(tab: Page, bookstore: str, *, scripts: bool) -> None:
    """Leave; the page in between sends itself, or has a button where there are no scripts."""
    await tab.click("a[href*=sign-out]")
    if not scripts:
        await tab.get_by_role("button", name="Sign out").click()
    await expect(tab.locator("h1")).to_have_text("Welcome")
    assert tab.url == f"{bookstore}/"


async def expect_problem(tab: Page, where: str, text: str) -> None:
    await expect(tab.locator(where)).to_have_text(text)


async def expect_kept(tab: Page, username: str) -> None:
    """What may be kept is kept: the name, and never a password."""
    await expect(tab.locator("input[name=identifier]")).to_have_value(username)
    for field in await tab.locator("input[type=password]").all():
        await expect(field).to_have_value("")
    sent = await tab.content()
    assert PASSWORD not in sent
    assert WRONG not in sent


async def walk(tab: Page, bookstore: str, newcomer: str, *, scripts: bool) -> None:
    """Register on the page that is opened first, see a protected page, sign out, and sign in again."""
    await tab.goto(bookstore)
    await tab.click("a[href*=sign-in]")
    await expect(tab).to_have_url(re.compile("/register"))
    await enrol(tab, newcomer)
    await expect_signed_in(tab, bookstore, username=newcomer)
    await tab.click("a[href*=protected]")
    await expect(tab.locator("body")).to_contain_text(f"Only {newcomer} sees this.")

    await tab.goto(bookstore)
    await sign_out(tab, bookstore, scripts=scripts)
    await tab.goto(f"{bookstore}/protected")
    await expect(tab).to_have_url(re.compile("/register"))
    await tab.click("a[href*=sign-in]")
    await fill(tab, identifier=newcomer, password=PASSWORD)
    await expect_signed_in(tab, bookstore, username=newcomer)


async def test_somebody_registers_signs_out_and_signs_in_again(
    open_tab: OpenTab, open_bookstore: OpenBookstore, newcomer: str, *, scripts: bool
) -> None:
    await walk(await open_tab(), open_bookstore(INTERACTION_MODE="signUp"), newcomer, scripts=scripts)


async def test_the_same_application_does_the_same_with_the_published_sdk(
    open_tab: OpenTab, open_bookstore: OpenBookstore, published: Path, newcomer: str, *, scripts: bool
) -> None:
    bookstore = open_bookstore(python=published, INTERACTION_MODE="signUp")

    await walk(await open_tab(), bookstore, newcomer, scripts=scripts)


async def test_the_server_may_be_named_by_its_address(
    open_tab: OpenTab, open_bookstore: OpenBookstore, house: House, newcomer: str, *, scripts: bool
) -> None:
    bookstore = open_bookstore(endpoint=f"http://127.0.0.1:{house.server.port}", INTERACTION_MODE="signUp")

    await walk(await open_tab(), bookstore, newcomer, scripts=scripts)


async def test_without_a_wish_the_sign_in_page_comes_first_and_leads_to_registration(
    open_tab: OpenTab, bookstore: str, newcomer: str
) -> None:
    tab = await open_tab()
    await tab.goto(f"{bookstore}/sign-in")
    await expect(tab).to_have_url(re.compile("/sign-in"))

    await tab.click("a[href*=register]")
    await enrol(tab, newcomer)

    await expect_signed_in(tab, bookstore, username=newcomer)


@pytest.mark.parametrize("messages", [ENGLISH, JAPANESE], ids=["en", "ja"])
async def test_what_is_wrong_with_a_sign_in_is_said_and_can_be_mended(
    open_tab: OpenTab, bookstore: str, messages: Messages
) -> None:
    tab = await open_tab(locale=messages.locale)
    await tab.goto(f"{bookstore}/sign-in")
    await expect(tab.locator("html")).to_have_attribute("lang", messages.locale[:2])

    await fill(tab, identifier="", password="")
    await expect_problem(tab, "#identifier-error", messages.no_username)
    await expect_problem(tab, "#password-error", messages.no_password)

    await fill(tab, identifier="", password=PASSWORD)
    await expect_problem(tab, "#identifier-error", messages.no_username)
    await expect(tab.locator("#password-error")).to_have_count(0)
    await expect_kept(tab, "")

    await fill(tab, identifier=HOKUSAI, password="")
    await expect_problem(tab, "#password-error", messages.no_password)
    await expect_kept(tab, HOKUSAI)

    await fill(tab, password=WRONG)
    await expect_problem(tab, "[role=alert]", messages.wrong_password)
    await expect_kept(tab, HOKUSAI)

    await fill(tab, password=PASSWORD)
    await expect_signed_in(tab, bookstore, username=HOKUSAI)


@pytest.mark.parametrize("messages", [ENGLISH, JAPANESE], ids=["en", "ja"])
async def test_what_is_wrong_with_a_registration_is_said_and_can_be_mended(
    open_tab: OpenTab, open_bookstore: OpenBookstore, newcomer: str, messages: Messages
) -> None:
    bookstore = open_bookstore(INTERACTION_MODE="signUp")
    tab = await open_tab(locale=messages.locale)
    await tab.goto(f"{bookstore}/sign-in")
    await expect(tab.locator("html")).to_have_attribute("lang", messages.locale[:2])

    await enrol(tab, "", password="")
    await expect_problem(tab, "#identifier-error", messages.no_username)
    await expect_problem(tab, "#newPassword-error", messages.no_password)

    await enrol(tab, HOKUSAI)
    await expect_problem(tab, "#identifier-error", messages.taken)
    await expect_kept(tab, HOKUSAI)

    await enrol(tab, newcomer, password="short")
    await expect_problem(tab, "#newPassword-error", messages.too_short)
    await expect_kept(tab, newcomer)

    await enrol(tab, newcomer, password="aaaaaaaa")
    await expect_problem(tab, "#newPassword-error", messages.guessable)
    await expect_kept(tab, newcomer)

    await enrol(tab, newcomer, again=WRONG)
    await expect_problem(tab, "#confirmPassword-error", messages.not_the_same)
    await expect_kept(tab, newcomer)

    await enrol(tab, newcomer)
    await expect_signed_in(tab, bookstore, username=newcomer)
