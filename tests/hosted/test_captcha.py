"""Robot checks on pages: what is shown, what it may load, and that its answer reaches the provider."""

from dataclasses import replace

import pytest
from tests.hosted.conftest import PASSWORD, House, Person, errors_of, form_of, read

from sekisho.captcha.models import CaptchaConfig, CaptchaMode, CaptchaType
from sekisho.kernel.secret import Secret
from sekisho.sign_in.models import Switch

TURNSTILE = CaptchaConfig(type=CaptchaType.TURNSTILE, site_key="site", secret_key=Secret("secret"))
RECAPTCHA = CaptchaConfig(
    type=CaptchaType.RECAPTCHA_ENTERPRISE, site_key="site&key", secret_key=Secret("secret"), project_id="p"
)


async def ask_for(house: House, config: CaptchaConfig) -> None:
    async with house.services() as services:
        await services.captcha.put(config)
    await house.settings(captcha_policy=Switch(enabled=True))


async def test_a_widget_is_shown_and_may_load_what_it_needs(house: House, person: Person) -> None:
    await ask_for(house, TURNSTILE)
    page = await person.arrive()
    (widget,) = [each for each in read(page).all("div") if "cf-turnstile" in each.get("class")]
    assert (widget.get("data-sitekey"), widget.get("data-response-field-name")) == ("site", "captchaToken")
    sources = [each.get("src") for each in read(page).all("script")]
    assert "https://challenges.cloudflare.com/turnstile/v0/api.js" in sources
    policy = page.headers["content-security-policy"]
    for directive in ("script-src", "connect-src", "frame-src"):
        (part,) = [each for each in policy.split(";") if each.strip().startswith(directive)]
        assert "https://challenges.cloudflare.com" in part


async def test_a_page_without_one_loads_nothing_of_others(person: Person) -> None:
    policy = (await person.arrive()).headers["content-security-policy"]
    assert "http" not in policy.replace("img-src 'self' data: https:", "")
    assert "frame-src" not in policy


@pytest.mark.parametrize(
    ("domain", "host"),
    [(None, "www.google.com"), ("recaptcha.net", "recaptcha.net"), ("evil.example", "www.google.com")],
)
async def test_a_check_that_shows_nothing_comes_from_its_maker_alone(
    house: House, person: Person, domain: str | None, host: str
) -> None:
    await ask_for(house, replace(RECAPTCHA, domain=domain))
    page = await person.arrive()
    sources = [each.get("src") for each in read(page).all("script")]
    assert f"https://{host}/recaptcha/enterprise.js?render=site%26key" in sources
    assert "evil.example" not in page.headers["content-security-policy"]


async def test_a_check_to_be_ticked_has_its_place(house: House, person: Person) -> None:
    await ask_for(house, replace(RECAPTCHA, mode=CaptchaMode.CHECKBOX))
    assert [each for each in read(await person.arrive()).all("div") if "g-recaptcha" in each.get("class")]


@pytest.mark.parametrize("field", ["captchaToken", "g-recaptcha-response"])
async def test_its_answer_is_needed_and_asked_about(house: House, person: Person, field: str) -> None:
    await ask_for(house, TURNSTILE)
    await house.user()
    page = await person.fill(await person.arrive(), identifier="ada", password=PASSWORD)
    assert errors_of(page) == {"": "Confirm that you are not a robot."}
    # Nobody can be asked in a test: no answer is a no.
    sent = form_of(page).fields | {"identifier": "ada", "password": PASSWORD, field: "token"}
    page = await person.visitor.post(form_of(page).action, data=sent)
    assert errors_of(page) == {"": "The robot check failed. Try again."}
