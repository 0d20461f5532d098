"""Texts of a stranger's choosing on our pages and in our headers: shown as text, or not at all."""

from urllib.parse import urlencode

import pytest
from tests.api.conftest import on_sqlite
from tests.hosted.conftest import CHALLENGE, PASSWORD, REDIRECT_URI, House, Person, read
from tests.support.factories import Factory
from tests.support.visitor import ORIGIN, Visitor

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{70001*70001}}{% raw %}${70001*70001}"
SPLITTING = "x\r\nset-cookie: stolen=1\r\n\r\n<script>alert(1)</script>; path=/; domain=evil.example"


def is_harmless(page: str) -> bool:
    """Tell whether nothing of the hostile text became markup or was computed."""
    return "<script>alert" not in page and "<img src=x" not in page and "4900140001" not in page


def authorization(client_id: str, **more: str) -> str:
    query = {
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **more,
    }
    return f"/oidc/auth?{urlencode(query)}"


@on_sqlite
@pytest.mark.parametrize("screen", ["sign_in", "register"])
async def test_what_a_link_fills_in_stays_text(factory: Factory, visitor: Visitor, screen: str) -> None:
    made = await factory.spa(name=HOSTILE)
    person = Person(visitor=visitor, client_id=made.id)
    page = await person.arrive(login_hint=HOSTILE, ui_locales=HOSTILE, first_screen=screen)
    assert page.status_code == 200
    assert is_harmless(page.text)
    fields = {"identifier": HOSTILE, "password": HOSTILE, "newPassword": HOSTILE, "confirmPassword": "other"}
    again = await person.fill(page, **fields)
    assert again.status_code == 422
    assert is_harmless(again.text)


@on_sqlite
async def test_a_third_party_cannot_write_on_the_consent_page(factory: Factory, visitor: Visitor) -> None:
    made = await factory.traditional(name=HOSTILE, is_third_party=True)
    user = await factory.user(name=HOSTILE, avatar="javascript:alert(1)")
    person = Person(visitor=visitor, client_id=made.id)
    page = await person.fill(await person.arrive(scope="openid"), identifier=user.username, password=user.password)
    page = await person.follow(page)
    assert page.url.path == "/consent"
    assert read(page).one("h1").text.strip()
    assert is_harmless(page.text)
    # The policy lets no script run that we did not write, wherever it stands.
    assert "script-src 'nonce-" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]


@on_sqlite
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
async def test_a_state_comes_back_as_it_was_and_breaks_out_of_nothing(house: House, person: Person, mode: str) -> None:
    await house.user()
    page = await person.arrive(state=HOSTILE + SPLITTING, response_mode=mode)
    answer = await person.follow(await person.fill(page, identifier="ada", password=PASSWORD))
    assert answer.status_code == (200 if mode == "form_post" else 303)
    assert "stolen" not in str(answer.headers.get_list("set-cookie"))
    assert "\n" not in answer.headers.get("location", "")
    if mode == "form_post":
        (state,) = [each for each in read(answer).all("input") if each.get("name") == "state"]
        assert state.get("value") == HOSTILE + SPLITTING
        assert "<script>alert" not in answer.text


@on_sqlite
async def test_no_parameter_splits_the_answer(factory: Factory, visitor: Visitor) -> None:
    made = await factory.spa()
    for name in ("state", "organization_id", "ui_locales", "login_hint", "direct_sign_in"):
        visitor.jar.clear()
        answer = await visitor.get(authorization(made.id, **{name: SPLITTING}))
        assert answer.status_code == 303, name
        assert answer.headers["location"].startswith(("/sign-in?", "/direct/")), name
        lines = answer.headers.get_list("set-cookie")
        kept = ("_logto", "_interaction", "_interaction_resume")
        names = {line.partition("=")[0] for line in lines}
        assert names == {f"{each}{end}" for each in kept for end in ("", ".sig")}, name
        attributes = {part.strip().partition("=")[0] for line in lines for part in line.split(";")[1:]}
        assert attributes == {"path", "expires", "samesite", "httponly"}, name


@on_sqlite
async def test_style_of_a_tenant_stays_style(house: House, person: Person) -> None:
    await house.settings(custom_css="</style><script>alert(1)</script><style>")
    page = await person.arrive()
    assert "<script>alert" not in page.text.replace("<\\/style><script>alert(1)<\\/script>", "")
    assert len(read(page).all("script")) == len([each for each in read(page).all("script") if each.get("nonce")])


async def test_addresses_of_a_tenant_never_run(house: House, person: Person) -> None:
    for address in ("javascript:alert(1)", "java\tscript:alert(1)", " data:text/html,x", "vbscript:x"):
        await house.settings(
            terms_of_use_url=address, privacy_policy_url=address, support_website_url=address, support_email=HOSTILE
        )
        for page in (await person.arrive(), await person.visitor.get("/unknown-session")):
            links = [each.get("href").strip() for each in read(page).all("a")]
            assert not any(link.startswith(address.strip()) for link in links), address
            assert is_harmless(page.text), address


ELSEWHERE = (
    "/console?then=//evil.example",
    "/console/sign-out?then=//evil.example",
    "/?redirect=//evil.example",
    "/sign-in?fallback=//evil.example",
    "/consent?redirect_uri=https://evil.example",
    "//evil.example/%2e%2e",
    "/\\evil.example",
    "/oidc/session/end?post_logout_redirect_uri=https://evil.example",
    "/oidc/session/end?client_id=demo-app&post_logout_redirect_uri=https://evil.example",
    "/console/callback?error=x&redirect_uri=https://evil.example",
)


@on_sqlite
async def test_no_page_leads_to_where_a_stranger_says(visitor: Visitor) -> None:
    for path in ELSEWHERE:
        visitor.jar.clear()
        answer = await visitor.get(f"{ORIGIN}{path}")
        location = answer.headers.get("location", ORIGIN)
        assert location.startswith(ORIGIN), path
        assert "evil.example" not in location, path
        assert 'action="https://evil' not in answer.text, path


async def test_a_link_may_name_an_application_that_cannot_be(visitor: Visitor) -> None:
    for app_id in ("\x00", "a\x00b", "\ufffd", "ぼ", "a" * 5000, "\r\n"):
        for path in ("/account-suspended", "/unknown-session", "/sign-in"):
            assert (await visitor.get(f"{path}?{urlencode({'app_id': app_id})}")).status_code < 500, app_id
        told = await visitor.get(f"/api/.well-known/sign-in-exp?{urlencode({'appId': app_id})}")
        assert told.status_code in {200, 400}, app_id
