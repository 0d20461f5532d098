"""Pages in a real browser, under the policy they are sent with: what the scripts add, and that nothing needs them."""

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Request, Route, expect, sync_playwright
from playwright.sync_api import Page as Tab
from tests.ui.gallery import japan, socials, specimens

from sekisho.endpoints import pages as endpoints
from sekisho.hosted import pages as hosted
from sekisho.http.headers import page_policy
from sekisho.i18n.translator import translator
from sekisho.ui.assets import find_asset
from sekisho.ui.branding import Branding, Theme, theme
from sekisho.ui.page import Chrome, Page
from sekisho.ui.render import render

pytestmark = pytest.mark.browser

#: An address on a private network: no secure context, like many a first installation.
ORIGIN = "http://10.0.0.5:3001"
SIGN_IN = hosted.SignIn(action="sign-in", csrf_token="token", identifier="mio")

CODE = hosted.EnterCode(
    action="code", csrf_token="token", kind=hosted.Identifier.EMAIL, address="mio@books.example", change_url="back"
)
#: What a provider's script offers, without the provider.
ROBOT_CHECK = """window.grecaptcha = { enterprise: {
  ready: (then) => then(),
  execute: async (key, { action }) => `${key} ${action}`,
} };"""

Show = Callable[..., Tab]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # The distribution's Chromium, or the one Playwright brought along.
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def posted() -> list[Request]:
    """The forms the browser sent."""
    return []


@pytest.fixture
def show(chromium: Browser, posted: list[Request]) -> Iterator[Show]:
    """Opens a page in a tab of its own; every answer is given here, nothing leaves the machine."""
    contexts = []

    def open_tab(
        page: Page,
        *,
        look: Theme | None = None,
        scripts: bool = True,
        color_scheme: Literal["dark", "light"] = "light",
    ) -> Tab:
        context = chromium.new_context(java_script_enabled=scripts, color_scheme=color_scheme)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: pytest.fail(message.text) if message.type == "error" else None)
        tab.route("**/*", lambda route: answer(route, page, look=look, posted=posted))
        # A page that sends itself is never done loading.
        tab.goto(f"{ORIGIN}/page", wait_until="commit")
        tab.wait_for_selector("h1")
        return tab

    yield open_tab
    for context in contexts:
        context.close()


def answer(route: Route, page: Page, *, look: Theme | None, posted: list[Request], language: str = "en") -> None:
    path = urlsplit(route.request.url).path
    if route.request.method == "POST":
        posted.append(route.request)
        route.fulfill(status=204)
    elif path == "/robot-check.js":
        route.fulfill(body=ROBOT_CHECK, content_type="text/javascript")
    elif (asset := find_asset(path.removeprefix("/assets/"))) is not None:
        route.fulfill(body=asset.body, content_type=asset.content_type)
    else:
        chrome = Chrome(translator=translator(language), nonce="n0nce", theme=look or Theme())
        policy = page_policy(nonce=chrome.nonce)
        html = render(page, chrome=chrome)
        route.fulfill(body=html, content_type="text/html", headers={"content-security-policy": policy})


def sent(request: Request) -> dict[str, list[str]]:
    return parse_qs(request.post_data or "")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_fits_a_narrow_screen_and_its_controls_fit_a_finger(chromium: Browser, language: str) -> None:
    """WCAG 2.2, 1.4.10 and 2.5.8."""
    tab = chromium.new_page(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    pages = {specimen.name: specimen.page for specimen in specimens(translator(language))}
    shown = ""
    tab.route("**/*", lambda route: answer(route, pages[shown], look=None, posted=[], language=language))
    for shown in pages:
        tab.goto(f"{ORIGIN}/page")
        width, smallest = tab.evaluate(
            """() => [document.documentElement.scrollWidth, Math.min(99, ...Array.from(
                document.querySelectorAll("button, .button, .input, .tick"),
                control => control.getBoundingClientRect().height || 99))]"""
        )
        assert width <= 320, shown
        assert smallest >= 24, shown
    tab.close()


def test_a_form_can_be_sent_without_scripts(show: Show, posted: list[Request]) -> None:
    tab = show(SIGN_IN, scripts=False)
    tab.fill("#password", "secret")
    tab.click("button[name=submit]")
    (request,) = posted
    assert sent(request) == {"_csrf": ["token"], "identifier": ["mio"], "password": ["secret"]}


def test_a_form_is_sent_once_however_often_it_is_pressed(show: Show, posted: list[Request]) -> None:
    tab = show(SIGN_IN)
    tab.fill("#password", "secret")
    tab.evaluate("for (let i = 0; i < 3; i++) document.querySelector('[name=submit]').click()")
    tab.wait_for_timeout(100)
    assert len(posted) == 1


def test_the_decision_of_a_consent_reaches_the_server(show: Show, posted: list[Request]) -> None:
    page = hosted.Consent(
        action="consent", csrf_token="token", application_name="Reader", user=hosted.ConsentUser(name="mio")
    )
    show(page).get_by_role("button", name="Cancel").click()
    assert sent(posted[0])["decision"] == ["cancel"]


def test_a_password_can_be_shown_and_is_hidden_again_when_it_is_sent(show: Show) -> None:
    tab = show(SIGN_IN)
    field, toggle = tab.locator("#password"), tab.get_by_role("button", name="Show password")
    field.fill("secret")
    toggle.click()
    expect(field).to_have_attribute("type", "text")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    expect(field).to_be_focused()
    tab.get_by_role("button", name="Sign in").click()
    expect(field).to_have_attribute("type", "password")


def test_there_is_no_button_that_needs_a_script_where_there_is_none(show: Show) -> None:
    tab = show(SIGN_IN, scripts=False)
    expect(tab.get_by_role("button")).to_have_text(["Sign in"])


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        (endpoints.SignOut(action="done", xsrf="x"), {"xsrf": ["x"], "logout": ["yes"]}),
        (endpoints.SubmittingCallback(action="done", xsrf="x"), {"xsrf": ["x"], "logout": ["yes"]}),
        (endpoints.FormPost(action="done", fields=(("code", "c"), ("submit", "s"))), {"code": ["c"], "submit": ["s"]}),
    ],
)
def test_a_page_that_sends_itself_does(
    show: Show, posted: list[Request], page: Page, fields: dict[str, list[str]]
) -> None:
    show(page).wait_for_timeout(100)
    assert [sent(request) for request in posted] == [fields]


def test_a_page_that_sends_itself_has_a_button_without_scripts(show: Show, posted: list[Request]) -> None:
    tab = show(endpoints.SignOut(action="done", xsrf="x"), scripts=False)
    assert not posted
    tab.get_by_role("button", name="Sign out").click()
    assert len(posted) == 1


def test_a_value_is_copied_even_without_a_secure_context(show: Show) -> None:
    tab = show(next(s.page for s in specimens(translator("en")) if s.name == "console-home"))
    assert not tab.evaluate("isSecureContext")
    tab.evaluate("document.addEventListener('copy', () => { globalThis.copied = getSelection().toString() })")
    tab.get_by_role("button", name="Copy: Issuer").click()
    expect(tab.get_by_role("status")).to_have_text("Copied")
    assert tab.evaluate("globalThis.copied") == "http://localhost:3001/oidc"


@pytest.mark.parametrize(
    ("offered", "wanted", "shown", "paper"),
    [
        (True, "dark", "dark", "rgb(17, 19, 24)"),
        (True, "light", "light", "rgb(248, 247, 242)"),
        (False, "dark", "light", "rgb(248, 247, 242)"),
    ],
)
def test_the_dark_theme_is_the_readers_wish_where_the_tenant_offers_it(
    show: Show, *, offered: bool, wanted: Literal["dark", "light"], shown: str, paper: str
) -> None:
    tab = show(SIGN_IN, look=theme(Branding(is_dark_mode_enabled=offered)), color_scheme=wanted)
    expect(tab.locator("html")).to_have_attribute("data-theme", shown)
    expect(tab.locator("body")).to_have_class(f"desktop {shown}")
    expect(tab.locator("html")).to_have_css("background-color", paper)


def test_the_dark_theme_needs_no_script(show: Show) -> None:
    tab = show(SIGN_IN, color_scheme="dark", scripts=False)
    expect(tab.locator("html")).to_have_css("background-color", "rgb(17, 19, 24)")


def test_a_tenants_colour_and_style_sheet_apply_under_the_policy(show: Show) -> None:
    look = theme(Branding(primary_color="#1e3a8a", custom_css="h1 { color: rgb(1, 2, 3) }"))
    tab = show(SIGN_IN, look=look, color_scheme="light")
    expect(tab.locator("button[name=submit]")).to_have_css("background-color", "rgb(30, 58, 138)")
    expect(tab.locator("h1")).to_have_css("color", "rgb(1, 2, 3)")


def test_the_keyboard_reaches_the_password_straight_from_the_identifier(show: Show) -> None:
    page = hosted.SignIn(action="sign-in", csrf_token="token", forgot_password_url="forgot")
    tab = show(page)
    expect(tab.locator("#identifier")).to_be_focused()
    tab.keyboard.press("Tab")
    expect(tab.locator("#password")).to_be_focused()
    assert tab.locator("#password").evaluate("field => getComputedStyle(field).outlineWidth") == "3px"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_country_is_asked_for_once_a_number_is_typed(show: Show, *, scripts: bool) -> None:
    page = dataclasses.replace(
        SIGN_IN, identifier="", asks_password=False, identifiers=tuple(hosted.Identifier), country=japan()
    )
    tab = show(page, scripts=scripts)
    country = tab.get_by_role("combobox")
    expect(country).to_be_hidden()
    for typed, is_shown in (("mio", False), ("09", False), ("090", True), ("090-1234", True), ("090@books", False)):
        tab.fill("#identifier", typed)
        expect(country).to_be_visible(visible=is_shown)
    tab.fill("#identifier", "+81 (0)90")
    tab.keyboard.press("Tab")
    expect(country).to_be_focused()


def test_a_number_has_its_country_from_the_start_where_nothing_else_is_taken(show: Show, posted: list[Request]) -> None:
    page = dataclasses.replace(
        SIGN_IN, identifier="", asks_password=False, identifiers=(hosted.Identifier.PHONE,), country=japan()
    )
    tab = show(page, scripts=False)
    tab.get_by_role("combobox", name="Country").select_option("GB")
    tab.fill("#identifier", "07700 900123")
    tab.click("button[name=submit]")
    assert (sent(posted[0])["country"], sent(posted[0])["identifier"]) == (["GB"], ["07700 900123"])


def test_a_providers_button_takes_the_tick_along(show: Show, posted: list[Request]) -> None:
    terms = hosted.Terms(terms_of_use_url="https://books.example/terms", must_tick=True)
    tab = show(dataclasses.replace(SIGN_IN, socials=socials(), terms=terms), scripts=False)
    tab.check("#termsAgreement")
    tab.get_by_role("button", name="Continue with LinkedIn").click()
    assert urlsplit(posted[0].url).path == "/linkedin"
    assert sent(posted[0])["termsAgreement"] == ["true"]


def test_the_enter_key_signs_in_and_leaves_for_no_provider(show: Show) -> None:
    tab = show(dataclasses.replace(SIGN_IN, socials=socials()), scripts=False)
    tab.fill("#password", "secret")
    with tab.expect_request(f"{ORIGIN}/**") as request:
        tab.keyboard.press("Enter")
    assert urlsplit(request.value.url).path == "/sign-in"


def test_another_code_can_be_asked_for_when_the_wait_is_over(show: Show, posted: list[Request]) -> None:
    tab = show(dataclasses.replace(CODE, wait=2))
    again = tab.get_by_role("button", name="Send a new code")
    expect(tab.locator("[data-wait]")).to_contain_text("2 seconds")
    expect(again).to_be_hidden()
    expect(again).to_be_visible(timeout=4000)
    expect(tab.locator("[data-wait]")).to_be_hidden()
    again.click()
    assert sent(posted[0])["resend"] == ["true"]


def test_another_code_can_be_asked_for_without_scripts_and_the_wait_is_told(show: Show, posted: list[Request]) -> None:
    tab = show(dataclasses.replace(CODE, wait=42), scripts=False)
    expect(tab.locator("[data-wait]")).to_contain_text("42 seconds")
    tab.get_by_role("button", name="Send a new code").click()
    assert sent(posted[0])["resend"] == ["true"]


def test_a_code_is_offered_by_phones_and_typed_on_their_number_keys(show: Show) -> None:
    field = show(CODE).locator("#code")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    expect(field).to_have_attribute("inputmode", "numeric")


def test_a_robot_check_that_shows_nothing_is_asked_when_the_form_is_sent(show: Show) -> None:
    check = hosted.Captcha(
        widget=hosted.Widget.RECAPTCHA_INVISIBLE, site_key="key", script_url=f"{ORIGIN}/robot-check.js"
    )
    tab = show(dataclasses.replace(SIGN_IN, captcha=check))
    tab.wait_for_function("window.grecaptcha")
    tab.fill("#password", "secret")
    with tab.expect_request("**/sign-in") as request:
        tab.keyboard.press("Enter")
    assert sent(request.value)["captchaToken"] == ["key interaction"]


def test_a_robot_check_says_that_it_needs_scripts(show: Show) -> None:
    check = hosted.Captcha(widget=hosted.Widget.TURNSTILE, site_key="key", script_url=f"{ORIGIN}/robot-check.js")
    tab = show(dataclasses.replace(SIGN_IN, captcha=check), scripts=False)
    expect(tab.locator("noscript p")).to_be_visible()
    expect(tab.locator("noscript p")).to_contain_text("needs JavaScript")
