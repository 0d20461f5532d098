"""The pages of a sign-in wear what its application wears, and consent shows how it presents itself."""

from collections.abc import Callable
from typing import Any

from tests.hosted.conftest import PASSWORD, House, Person, on_both, read
from tests.support.visitor import Visitor

from sekisho.kernel.ids import ApplicationId

LOGO = "https://shop.example.com/logo.svg"
TERMS = "https://shop.example.com/terms"
PRIVACY = "https://shop.example.com/privacy"


async def dress(house: House, client_id: str) -> None:
    async with house.services() as services:
        await services.application_sign_in.change(
            ApplicationId(client_id),
            {
                "color": {"primaryColor": "#123456"},
                "branding": {"logoUrl": LOGO},
                "custom_css": "h1 { color: rebeccapurple }",
                "display_name": "The Shop",
                "terms_of_use_url": TERMS,
                "privacy_policy_url": PRIVACY,
            },
        )


async def test_the_sign_in_page_wears_what_the_application_wears(house: House, person: Person) -> None:
    plain = (await person.arrive()).text
    assert not any(worn in plain for worn in (LOGO, "rebeccapurple", "#123456", "The Shop"))

    await dress(house, person.client_id)
    worn = (await person.arrive()).text

    assert all(each in worn for each in (LOGO, "rebeccapurple", "#123456"))


async def test_an_application_of_others_presents_itself_on_consent_alone(
    house: House, new_visitor: Callable[[], Visitor]
) -> None:
    stranger = Person(visitor=new_visitor(), client_id=await house.application(is_third_party=True))
    await dress(house, stranger.client_id)
    await house.user()

    sign_in = await stranger.arrive(scope="openid offline_access")
    page = await stranger.follow(await stranger.fill(sign_in, identifier="ada", password=PASSWORD))

    assert not any(worn in sign_in.text for worn in (LOGO, "rebeccapurple", "#123456"))
    document = read(page)
    assert "The Shop" in document.one("h1").text
    assert LOGO in [image.get("src") for image in document.all("img")]
    assert {TERMS, PRIVACY} <= {link.get("href") for link in document.all("a")}
    assert "rebeccapurple" not in page.text


async def test_the_consent_api_tells_how_the_application_presents_itself(
    house: House, new_visitor: Callable[[], Visitor]
) -> None:
    stranger = Person(visitor=new_visitor(), client_id=await house.application(is_third_party=True))
    await house.user()
    page = await stranger.arrive(scope="openid offline_access")
    await stranger.follow(await stranger.fill(page, identifier="ada", password=PASSWORD))

    async def application() -> Any:
        answer = await stranger.visitor.get(f"/api/interaction/consent?app_id={stranger.client_id}")
        return answer.json()["application"]

    named = {"id": stranger.client_id, "name": "Bookstore"}
    assert await application() == named
    await dress(house, stranger.client_id)
    assert await application() == {
        **named,
        "displayName": "The Shop",
        "branding": {"logoUrl": LOGO},
        "termsOfUseUrl": TERMS,
        "privacyPolicyUrl": PRIVACY,
    }


@on_both
async def test_a_tenants_words_stand_beside_the_form_of_their_page_alone(house: House, person: Person) -> None:
    await house.settings(custom_content={"/sign-in": "<h2>Ukiyo-e</h2><script>alert(1)</script>", "/register": "<p>x"})
    sign_in = await person.arrive()
    assert read(sign_in).one("aside").text.strip() == "Ukiyo-e"
    assert "alert(1)" not in sign_in.text
    register = await person.arrive(first_screen="register")
    assert read(register).one("aside").text.strip() == "x"
    assert "<aside" not in (await person.visitor.get("/unknown-session")).text
