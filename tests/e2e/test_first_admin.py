"""The link from the operator's terminal in a real browser: it makes the first administrator, once."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, expect
from tests.support.chromium import BROWSER_PATIENCE
from tests.support.servers import RunningServer

PASSWORD = "Kanagawa-1831"
OPERATOR = "okami"

Start = Callable[..., RunningServer]
OpenTab = Callable[[], Awaitable[Page]]

with_scripts = pytest.mark.parametrize("scripts", [True], ids=["scripts"], indirect=True)
without_scripts = pytest.mark.parametrize("scripts", [False], ids=["no-scripts"], indirect=True)


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts; the test runs once with each."""
    return bool(request.param)


@pytest.fixture
async def open_tab(browser: Browser, *, scripts: bool) -> AsyncIterator[OpenTab]:
    """Opens a tab of a fresh profile."""
    contexts = []

    async def opened() -> Page:
        context = await browser.new_context(java_script_enabled=scripts, locale="en-US")
        contexts.append(context)
        context.set_default_timeout(BROWSER_PATIENCE)
        return await context.new_page()

    yield opened
    for context in contexts:
        await context.close()


def printed_link(text: str) -> str:
    """Return the link in what a command printed."""
    (link,) = re.findall(r"http://\S+/console/welcome\?token=[\w-]+", text)
    return str(link)


def new_link(server: RunningServer) -> str:
    """Ask the command line for another link."""
    asked = server.run("admin", "link")
    assert asked.returncode == 0, asked.stderr
    return printed_link(asked.stdout)


async def fill(tab: Page, **fields: str) -> None:
    for name, value in fields.items():
        await tab.fill(f"input[name={name}]", value)
    await tab.click("button[name=submit]")


async def enrol(tab: Page, username: str) -> None:
    await expect(tab).to_have_url(re.compile("/register"))
    await fill(tab, identifier=username, newPassword=PASSWORD, confirmPassword=PASSWORD)


async def sign_out(tab: Page, *, scripts: bool) -> None:
    """Press the page's own button; the page in between sends itself, or has another."""
    await tab.get_by_role("button", name="Sign out").click()
    if not scripts:
        await expect(tab).to_have_url(re.compile("/oidc/session/end"))
        await tab.get_by_role("button", name="Sign out").click()


async def expect_console(tab: Page, server: RunningServer) -> None:
    """The Console's home, with the operator at work."""
    await expect(tab.locator("h1")).to_have_text("Get started")
    await expect(tab.locator("header")).to_contain_text(f"Signed in as {OPERATOR}")
    assert tab.url == f"{server.origin}/console"


async def expect_demo_user(tab: Page, server: RunningServer, *, username: str) -> None:
    """The demo application, which knows who signed in to it."""
    await expect(tab.locator("h1")).to_have_text("You are signed in")
    await expect(tab.locator("dl")).to_contain_text(username)
    assert tab.url == f"{server.origin}/demo-app"


async def expect_refused(tab: Page, link: str) -> None:
    answer = await tab.goto(link)
    assert answer is not None
    assert answer.status == 403
    await expect(tab.locator("h1")).to_have_text("This link was used or has expired")
    assert await tab.locator("input").count() == 0


async def cookies(tab: Page) -> set[tuple[str, str]]:
    """Return the names and paths of all the browser keeps."""
    return {(each["name"], each["path"]) for each in await tab.context.cookies()}


async def test_the_printed_link_makes_an_administrator_who_can_leave_and_come_back(
    start_server: Start, open_tab: OpenTab, *, scripts: bool
) -> None:
    server, tab = start_server(None), await open_tab()
    await tab.goto(printed_link(server.log))
    await enrol(tab, OPERATOR)
    await expect_console(tab, server)

    await sign_out(tab, scripts=scripts)
    await expect(tab).to_have_url(re.compile("/t/admin/sign-in"))
    assert await tab.locator("a[href*=register]").count() == 0

    await tab.goto(f"{server.origin}/console")
    await fill(tab, identifier=OPERATOR, password=PASSWORD)
    await expect_console(tab, server)


# A link that is refused, and the form behind one that is not, are met with scripts here and without them below.
@with_scripts
async def test_a_used_link_is_refused_and_no_other_is_given(start_server: Start, open_tab: OpenTab) -> None:
    server, tab = start_server(None), await open_tab()
    link = printed_link(server.log)
    await tab.goto(link)
    await enrol(tab, OPERATOR)
    await expect_console(tab, server)

    other = await open_tab()
    await expect_refused(other, link)
    await expect(other.locator("main")).not_to_contain_text("sekisho admin link")
    await other.get_by_role("link", name="Sign in").click()
    await expect(other.locator("h1")).to_have_text("Sign in to Sekisho Console")

    asked = server.run("admin", "link")
    assert asked.returncode != 0
    assert "has an administrator already" in asked.stderr


@without_scripts
async def test_a_link_from_the_command_line_works_and_voids_the_printed_one(
    start_server: Start, open_tab: OpenTab
) -> None:
    server, tab = start_server(None), await open_tab()
    link = new_link(server)

    await expect_refused(tab, printed_link(server.log))
    await expect(tab.locator("code")).to_have_text("sekisho admin link")
    await tab.goto(link)
    await enrol(tab, OPERATOR)

    await expect_console(tab, server)


async def test_an_administrator_and_a_user_live_side_by_side_in_one_browser(
    start_server: Start, open_tab: OpenTab, *, scripts: bool
) -> None:
    server, console = start_server(None, command="dev"), await open_tab()
    await console.goto(printed_link(server.log))
    await enrol(console, OPERATOR)
    await expect_console(console, server)

    demo = await console.context.new_page()
    await demo.goto(f"{server.origin}/demo-app/sign-up")
    await enrol(demo, "hokusai")
    await expect_demo_user(demo, server, username="hokusai")
    await console.reload()
    await expect_console(console, server)
    assert {("_session", "/"), ("_session__admin", "/t/admin"), ("_console", "/console")} <= await cookies(console)

    await sign_out(demo, scripts=scripts)
    await expect(demo.locator("h1")).to_have_text("Try signing in")
    await console.reload()
    await expect_console(console, server)


async def test_signing_out_of_the_console_leaves_a_user_signed_in(
    start_server: Start, open_tab: OpenTab, *, scripts: bool
) -> None:
    server, demo = start_server(None, command="dev"), await open_tab()
    await demo.goto(f"{server.origin}/demo-app/sign-up")
    await enrol(demo, "hokusai")
    await expect_demo_user(demo, server, username="hokusai")

    console = await demo.context.new_page()
    await console.goto(printed_link(server.log))
    await enrol(console, OPERATOR)
    await expect_console(console, server)
    await sign_out(console, scripts=scripts)
    await expect(console).to_have_url(re.compile("/t/admin/sign-in"))

    await demo.reload()
    await expect_demo_user(demo, server, username="hokusai")
