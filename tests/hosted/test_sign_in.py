"""`/sign-in` without scripts: forms in, redirects and pages out."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.hosted.conftest import PASSWORD, VERIFIER, House, Person, answer_of, errors_of, form_of, on_both, read
from tests.support.visitor import ORIGIN, Visitor

from sekisho.sign_in.models import AgreeToTermsPolicy, SentinelPolicy, SignInMode


async def test_a_person_signs_in_and_the_application_gets_its_code(house: House, person: Person) -> None:
    user = await house.user()
    page = await person.arrive()
    assert page.status_code == 200
    assert "Bookstore" in read(page).one("h1").text
    answer = await person.fill(page, identifier="ada", password=PASSWORD)
    assert answer.status_code == 303
    back = answer_of(await person.follow(answer))
    assert back["state"] == "st"
    form = {
        "grant_type": "authorization_code",
        "client_id": person.client_id,
        "code": back["code"],
        "redirect_uri": "https://app.example.com/callback",
        "code_verifier": VERIFIER,
    }
    tokens = await person.visitor.post("/oidc/token", data=form)
    assert tokens.status_code == 200
    me = await person.visitor.get("/oidc/me", headers={"authorization": f"Bearer {tokens.json()['access_token']}"})
    assert me.json()["sub"] == user.id


@pytest.mark.parametrize("username", ["ada", "nobody"])
async def test_wrong_credentials_say_the_same_for_everybody_and_keep_what_was_typed(
    house: House, person: Person, username: str
) -> None:
    await house.user()
    page = await person.fill(await person.arrive(), identifier=username, password="nope-nope")
    assert page.status_code == 422
    assert errors_of(page) == {"": "The account or the password is not right."}
    fields = form_of(page).fields
    assert fields["identifier"] == username
    assert fields["password"] == ""
    assert "nope-nope" not in page.text


async def test_empty_fields_are_named(person: Person) -> None:
    page = await person.fill(await person.arrive(), identifier=" ", password="")
    assert page.status_code == 422
    assert errors_of(page) == {"identifier": "Enter your username.", "password": "Enter your password."}


async def test_problems_are_told_in_the_readers_language(house: House, person: Person) -> None:
    await house.user()
    page = await person.arrive(ui_locales="ja")
    assert read(page).one("html").get("lang") == "ja"
    page = await person.fill(page, identifier="ada", password="nope")
    assert errors_of(page) == {"": "アカウントまたはパスワードが正しくありません。"}
    assert page.headers["content-language"] == "ja"


async def test_the_browsers_language_counts_when_the_tenant_detects_languages(person: Person) -> None:
    person.visitor.headers["accept-language"] = "ja,en;q=0.5"
    assert read(await person.arrive()).one("html").get("lang") == "ja"


async def test_too_many_guesses_are_told_with_the_time_to_wait(house: House, person: Person) -> None:
    await house.user()
    await house.settings(sentinel_policy=SentinelPolicy(max_attempts=1, lockout_duration=5))
    page = await person.arrive()
    page = await person.fill(page, identifier="ada", password="nope")
    assert page.status_code == 400
    assert errors_of(page) == {"": "Too many attempts. Try again in 5 minutes."}


async def test_a_suspended_person_is_told_so_on_a_page(house: House, person: Person) -> None:
    user = await house.user()
    async with house.services() as services:
        await services.users.set_suspended(user.id, is_suspended=True)
    answer = await person.fill(await person.arrive(), identifier="ada", password=PASSWORD)
    assert answer.status_code == 303
    assert urlsplit(answer.headers["location"]).path == "/account-suspended"
    assert "suspended" in read(await person.follow(answer)).one("h1").text


@on_both
async def test_terms_that_must_be_agreed_to_are_asked_for(house: House, person: Person) -> None:
    await house.user()
    await house.settings(terms_of_use_url="https://example.com/terms", agree_to_terms_policy=AgreeToTermsPolicy.MANUAL)
    page = await person.arrive()
    form = form_of(page)
    untouched = {name: value for name, value in form.fields.items() if name != "termsAgreement"}
    sent = untouched | {"identifier": "ada", "password": PASSWORD}
    page = await person.visitor.post(form.action, data=sent)
    assert page.status_code == 422
    assert errors_of(page) == {"termsAgreement": "Please agree first"}
    answer = await person.fill(page, password=PASSWORD)
    assert answer.status_code == 303


async def test_the_other_page_is_shown_where_nobody_may_sign_in(house: House, person: Person) -> None:
    await house.settings(sign_in_mode=SignInMode.REGISTER)
    page = await person.arrive()
    assert urlsplit(str(page.url)).path == "/register"
    assert parse_qs(urlsplit(str(page.url)).query) == {"app_id": [person.client_id]}


async def test_nobody_is_offered_to_register_where_nobody_may(house: House, person: Person) -> None:
    assert "/register" in (await person.arrive()).text
    await house.settings(sign_in_mode=SignInMode.SIGN_IN)
    assert "/register" not in (await person.arrive()).text


async def test_a_page_without_a_sign_in_under_way_sends_to_the_notice(visitor: Visitor) -> None:
    for path in ("/sign-in", "/register", "/consent", "/continue/username"):
        for response in (await visitor.get(path), await visitor.post(path, data={"identifier": "ada"})):
            assert response.status_code == 302, path
            assert response.headers["location"] == f"{ORIGIN}/unknown-session", path
    notice = await visitor.get("/unknown-session")
    assert notice.status_code == 200
    assert read(notice).one("h1").text.strip() == "Please start again"


@on_both
async def test_lost_visitors_go_where_the_tenant_wants_them(house: House, visitor: Visitor) -> None:
    await house.settings(unknown_session_redirect_url="https://example.com/start")
    for path in ("/sign-in", "/"):
        assert (await visitor.get(path)).headers["location"] == "https://example.com/start"


async def test_the_root_leads_to_the_console(visitor: Visitor) -> None:
    response = await visitor.get("/")
    assert response.status_code == 302
    assert response.headers["location"] == f"{ORIGIN}/console"


async def test_an_unknown_page_is_not_found_in_the_tenants_look(visitor: Visitor) -> None:
    response = await visitor.get("/no-such-page")
    assert response.status_code == 404
    assert read(response).one("h1").text.strip() == "This page does not exist"


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
)
async def test_a_form_from_elsewhere_is_refused(house: House, person: Person, headers: dict[str, str]) -> None:
    await house.user()
    form = form_of(await person.arrive())
    sent = form.fields | {"identifier": "ada", "password": PASSWORD}
    response = await person.visitor.post(form.action, data=sent, headers=headers)
    assert response.status_code == 403


async def test_a_form_of_another_sign_in_is_refused(house: House, person: Person) -> None:
    await house.user()
    old = form_of(await person.arrive())
    await person.arrive()
    response = await person.visitor.post(old.action, data=old.fields | {"identifier": "ada", "password": PASSWORD})
    assert response.status_code == 403


NO_FORMS: Sequence[tuple[str, bytes]] = (
    ("application/json", b'{"identifier":"ada"}'),
    ("text/plain", b"identifier=ada"),
    ("application/x-www-form-urlencoded", b"identifier=%00&password=%ff"),
    ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(5000))),
    ("application/x-www-form-urlencoded", b"identifier=" + b"a" * 1_000_000),
    ("application/x-www-form-urlencoded", b""),
    ("multipart/form-data; boundary=x", b"--x--"),
)


async def test_what_is_no_form_is_refused_and_breaks_nothing(person: Person) -> None:
    await person.arrive()
    for kind, body in NO_FORMS:
        response = await person.visitor.post("/sign-in", content=body, headers={"content-type": kind})
        assert 400 <= response.status_code < 500, (kind, body[:40])


async def test_a_page_is_under_a_policy_without_form_action(person: Person) -> None:
    page = await person.arrive()
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action" not in policy
    assert page.headers["cache-control"] == "no-store"


async def test_a_hint_fills_the_identifier_in(person: Person) -> None:
    assert form_of(await person.arrive(login_hint="ada")).fields["identifier"] == "ada"


async def test_whoever_is_signed_in_comes_in_without_a_form(house: House, person: Person) -> None:
    await house.user()
    await person.follow(await person.fill(await person.arrive(), identifier="ada", password=PASSWORD))
    again = await person.arrive()
    assert "code" in answer_of(again)
