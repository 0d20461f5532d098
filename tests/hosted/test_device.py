"""`/device`: a person types a code or opens an address that has it, and says whether the device is theirs."""

import httpx2
import pytest
from tests.hosted.conftest import PASSWORD, House, Person, errors_of, form_of, read
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata, NewApplication
from sekisho.oidc.device.answers import XSRF_COOKIE

FORMS = {"origin": ORIGIN}


@pytest.fixture
async def viewer(house: House, visitor: Visitor) -> Person:
    """Somebody with a television that runs an application of ours."""
    return await a_viewer(house, visitor)


async def a_viewer(house: House, visitor: Visitor, *, is_third_party: bool = False) -> Person:
    async with house.services() as services:
        new = NewApplication(
            name="Ukiyo TV",
            type=ApplicationType.NATIVE,
            custom_client_metadata=CustomClientMetadata(is_device_flow=True),
            is_third_party=is_third_party,
        )
        made = await services.applications.create(new)
    return Person(visitor=visitor, client_id=made.application.id)


async def start(viewer: Person, **form: str) -> dict[str, str]:
    sent = {"client_id": viewer.client_id, "scope": "openid offline_access profile", **form}
    return dict((await viewer.visitor.post("/oidc/device/auth", data=sent)).json())


async def poll(viewer: Person, waiting: dict[str, str]) -> httpx2.Response:
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": viewer.client_id,
        "device_code": waiting["device_code"],
    }
    return await viewer.visitor.post("/oidc/token", data=form)


async def open_page(viewer: Person, path: str = "/device") -> httpx2.Response:
    return await viewer.follow(await viewer.visitor.get(path))


async def press(viewer: Person, page: httpx2.Response, button: str) -> httpx2.Response:
    """Press one of the buttons of a page, and follow."""
    return await viewer.follow(await viewer.fill(page, **{button: "yes"}))


def heading(page: httpx2.Response) -> str:
    assert page.status_code == 200
    return read(page).one("h1").text.strip()


async def test_a_device_is_connected_without_scripts(house: House, viewer: Person) -> None:
    await house.user()
    waiting = await start(viewer)

    page = await open_page(viewer)
    assert heading(page) == "Connect a device"
    assert set(form_of(page).fields) == {"xsrf", "user_code"}
    confirmation = await viewer.follow(await viewer.fill(page, user_code=waiting["user_code"].lower()))
    assert heading(confirmation) == "Connect Ukiyo TV"
    assert waiting["user_code"] in confirmation.text
    sign_in = await press(viewer, confirmation, "confirm")
    connected = await viewer.follow(await viewer.fill(sign_in, identifier="ada", password=PASSWORD))

    assert heading(connected) == "Device connected"
    assert (await poll(viewer, waiting)).status_code == 200


async def test_a_third_party_s_device_is_allowed_only_what_its_user_allows(house: House, visitor: Visitor) -> None:
    await house.user()
    viewer = await a_viewer(house, visitor, is_third_party=True)
    waiting = await start(viewer, scope="openid offline_access")
    confirmation = await viewer.follow(await viewer.fill(await open_page(viewer), user_code=waiting["user_code"]))
    sign_in = await press(viewer, confirmation, "confirm")

    consent = await viewer.follow(await viewer.fill(sign_in, identifier="ada", password=PASSWORD))
    asked = (await viewer.visitor.get("/api/interaction/consent")).json()
    assert asked["application"]["name"] == "Ukiyo TV"
    assert "redirectUri" not in asked  # experience.md §19: a device has no address to go on to
    declined = await viewer.follow(await viewer.fill(consent, decision="cancel"))

    assert heading(consent) == "Ukiyo TV wants to use your account"
    assert errors_of(declined) == {"": "The device could not be connected. Start again on the device."}
    assert (await poll(viewer, waiting)).json()["error"] == "access_denied"


async def test_a_complete_address_asks_at_once(viewer: Person) -> None:
    waiting = await start(viewer)

    sending = await open_page(viewer, f"/device?user_code={waiting['user_code']}")
    confirmation = await viewer.follow(await viewer.fill(sending))

    assert heading(confirmation) == "Connect Ukiyo TV"


async def test_a_person_who_says_no_is_done_and_so_is_the_device(viewer: Person) -> None:
    waiting = await start(viewer)
    page = await open_page(viewer)
    confirmation = await viewer.follow(await viewer.fill(page, user_code=waiting["user_code"]))

    aborted = await press(viewer, confirmation, "abort")

    assert errors_of(aborted) == {"": "The connection was cancelled. Start again on the device."}
    assert (await poll(viewer, waiting)).json()["error"] == "access_denied"


async def test_what_was_typed_wrong_is_kept(viewer: Person) -> None:
    page = await open_page(viewer)

    page = await viewer.follow(await viewer.fill(page, user_code="bbbb bbbb"))

    assert errors_of(page) == {"user_code": "That code is not right."}
    assert form_of(page).fields["user_code"] == "bbbb bbbb"
    assert read(page).one("title").text == "Error: Connect a device"


PROBLEMS = [
    ("NoCodeError", {"user_code": "Enter the code shown on your device."}),
    ("NotFoundError", {"user_code": "That code is not right."}),
    ("ExpiredError", {"user_code": "This code was used or has expired. Get a new one on the device."}),
    ("AlreadyUsedError", {"user_code": "This code was used or has expired. Get a new one on the device."}),
    ("AbortedError", {"": "The connection was cancelled. Start again on the device."}),
    ("InvalidRequest", {"": "That took too long, or began in another browser. Enter the code again."}),
    ("SessionNotFound", {"": "That took too long, or began in another browser. Enter the code again."}),
    ("TooManyAttemptsError", {"": "Too many wrong codes came from your network. Try again in ten minutes."}),
    ("AccessDenied", {"": "The device could not be connected. Start again on the device."}),
    ("<b>", {"": "The device could not be connected. Start again on the device."}),
]


async def test_the_page_says_what_went_wrong(viewer: Person) -> None:
    for error, said in PROBLEMS:
        page = await viewer.follow(await viewer.visitor.get("/device", params={"error": error}))

        assert errors_of(page) == said, error


async def test_a_page_speaks_the_language_it_is_asked_to(viewer: Person) -> None:
    waiting = await start(viewer, ui_locales="ja")
    page = await open_page(viewer)

    confirmation = await viewer.follow(await viewer.fill(page, user_code=waiting["user_code"]))

    assert heading(confirmation) == "Ukiyo TV を接続"


async def test_an_address_cannot_pass_a_device_off_as_another_application_s(viewer: Person) -> None:
    waiting = await start(viewer)
    await open_page(viewer)

    page = await viewer.visitor.get(f"/device?app_id=demo-app&user_code={waiting['user_code']}")

    assert heading(page) == "Connect Ukiyo TV"


async def test_a_code_in_the_address_that_nobody_waits_for_is_asked_again(viewer: Person) -> None:
    await open_page(viewer)

    page = await viewer.visitor.get("/device?user_code=BBBB-BBBB")

    assert errors_of(page) == {"user_code": "That code is not right."}


async def test_guessing_by_address_is_stopped_too(viewer: Person) -> None:
    """RFC 8628 §5.1: the page looks codes up as well."""
    waiting = await start(viewer)
    await open_page(viewer)
    for _ in range(20):
        await viewer.visitor.get("/device?user_code=BBBB-BBBB")

    page = await viewer.visitor.get(f"/device?user_code={waiting['user_code']}")

    assert "Ukiyo TV" not in page.text
    assert errors_of(page) == {"": "Too many wrong codes came from your network. Try again in ten minutes."}


async def test_a_page_whose_session_is_gone_gets_another(viewer: Person) -> None:
    page = await open_page(viewer)
    form = form_of(page)
    viewer.visitor.jar.clear()

    answer = await viewer.visitor.post(form.action, data={**form.fields, "user_code": "BBBB-BBBB"}, headers=FORMS)
    again = await viewer.follow(answer)

    assert errors_of(again) == {"": "That took too long, or began in another browser. Enter the code again."}
    assert form_of(again).fields["xsrf"] == viewer.visitor.jar.get(XSRF_COOKIE)
    assert form_of(again).fields["user_code"] == "BBBB-BBBB"


async def test_without_the_cookie_the_page_begins_at_the_protocol(viewer: Person) -> None:
    answer = await viewer.visitor.get("/device?user_code=BCDF-GHJK")

    assert answer.status_code == 302
    assert answer.headers["location"] == "/oidc/device?user_code=BCDF-GHJK"
