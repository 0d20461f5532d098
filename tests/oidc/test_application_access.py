"""An application for some people only: whoever its rules keep out gets nothing (oidc.md §27), on both databases."""

from typing import Any

import pytest
from tests.hosted.conftest import form_of, read
from tests.oidc.party import Party, PartyMaker, follow, query_of, resume_uid
from tests.support.factories import Factory
from tests.support.interactions import save_result
from tests.support.visitor import ORIGIN, Visitor

from sekisho.access_rules.models import AccessRules
from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.kernel.ids import ApplicationId
from sekisho.oidc.device.answers import XSRF_COOKIE

DENIED = "You may not use this application. Ask its administrator."


async def admit(party: Party, *, users: tuple[str, ...] = (), roles: tuple[str, ...] = ()) -> None:
    """Let these in and nobody else."""
    application_id = ApplicationId(party.client_id)
    async with party.services() as services:
        await services.access_rules.replace(application_id, AccessRules(users=users, roles=roles))
        await services.applications.update(application_id, {"app_level_access_control_enabled": True})


async def keep_out(party: Party, make: Factory) -> None:
    """Let in somebody else."""
    await admit(party, users=((await make.user()).id,))


@pytest.fixture
async def party(make_party: PartyMaker) -> Party:
    return await make_party()


async def test_who_is_listed_comes_in(party: Party, visitor: Visitor) -> None:
    await admit(party, users=(party.user.id,))

    tokens = await party.tokens(visitor)

    assert (await party.refresh(visitor, tokens["refresh_token"])).status_code == 200


async def test_who_holds_a_listed_role_comes_in_as_long_as_he_holds_it(
    party: Party, visitor: Visitor, make: Factory
) -> None:
    role = await make.role(name="Staff")
    await admit(party, roles=(role,))
    async with party.services() as services:
        await services.roles.assign(party.user.id, ["Staff"])
    tokens = await party.tokens(visitor)

    async with party.services() as services:
        await services.user_roles.take(party.user.id, role)
    refused = await party.refresh(visitor, tokens["refresh_token"])

    assert (refused.status_code, refused.json()["error"], refused.json()["code"]) == (
        400,
        "access_denied",
        "oidc.access_denied",
    )
    async with party.services() as services:
        await services.user_roles.give(party.user.id, [role])
    assert (await party.refresh(visitor, tokens["refresh_token"])).status_code == 200


async def test_rules_count_only_while_access_control_is_on(party: Party, visitor: Visitor, make: Factory) -> None:
    await keep_out(party, make)
    async with party.services() as services:
        await services.applications.update(ApplicationId(party.client_id), {"app_level_access_control_enabled": False})

    assert await party.code(visitor)


async def test_who_is_kept_out_is_told_so_and_can_only_go_back(party: Party, visitor: Visitor, make: Factory) -> None:
    await keep_out(party, make)

    page = await party.sign_in(visitor, await party.authorize(visitor))

    assert page.status_code == 200
    assert DENIED in page.text
    assert [button.get("value") for button in read(page).all("button") if button.get("name") == "decision"] == [
        "cancel"
    ]
    form = form_of(page)
    pressed = await visitor.post(form.action, data={**form.fields, "decision": "cancel"}, headers={"origin": ORIGIN})
    answer = query_of(await follow(visitor, pressed.headers["location"]))
    assert (answer["error"], answer["state"]) == ("access_denied", "st-1")


async def test_who_is_kept_out_cannot_press_a_button_that_is_not_there(
    party: Party, visitor: Visitor, make: Factory
) -> None:
    await keep_out(party, make)
    form = form_of(await party.sign_in(visitor, await party.authorize(visitor)))

    pressed = await visitor.post(form.action, data={**form.fields, "decision": "authorize"}, headers={"origin": ORIGIN})

    assert (pressed.status_code, "oidc.access_denied" in pressed.text) == (400, True)


@pytest.mark.parametrize("is_third_party", [False, True])
async def test_the_consent_api_refuses_who_is_kept_out(
    make_party: PartyMaker,
    visitor: Visitor,
    make: Factory,
    is_third_party: bool,  # noqa: FBT001 — a parameter of the table
) -> None:
    party = await make_party(ApplicationType.TRADITIONAL, is_third_party=is_third_party)
    await keep_out(party, make)
    page = await party.sign_in(visitor, await party.authorize(visitor, scope="openid"))
    assert DENIED in page.text
    path = f"/api/interaction/consent?app_id={party.client_id}"

    for answer in (await visitor.get(path), await visitor.post(path, json={})):
        assert (answer.status_code, answer.json()["code"]) == (400, "oidc.access_denied")


async def test_what_was_granted_before_opens_nothing_any_more(party: Party, visitor: Visitor, make: Factory) -> None:
    await party.tokens(visitor)
    await keep_out(party, make)

    for prompt in ("none", ""):
        answer = await party.authorize(visitor, prompt=prompt) if prompt else await _again(party, visitor)
        assert query_of(answer)["error"] == "access_denied"


async def _again(party: Party, visitor: Visitor) -> Any:
    """Authorize once more without asking for anything to be shown."""
    query = {name: value for name, value in party.query().items() if name != "prompt"}
    query["scope"] = "openid profile"
    return await visitor.get("/oidc/auth", params=query)


async def test_who_is_kept_out_may_sign_in_as_somebody_else(party: Party, visitor: Visitor, make: Factory) -> None:
    await party.tokens(visitor)
    await keep_out(party, make)

    answer = await party.authorize(visitor, prompt="login")

    assert answer.headers["location"].startswith("/sign-in")


async def test_a_token_is_exchanged_only_for_who_may_use_the_application(
    make_party: PartyMaker, visitor: Visitor, make: Factory
) -> None:
    party = await make_party(ApplicationType.TRADITIONAL, custom=CustomClientMetadata(allow_token_exchange=True))
    await keep_out(party, make)

    async def exchange() -> Any:
        async with party.services() as services:
            made = await services.subject_tokens.create(party.user.id, context={}, creator_id="administrator")
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": made.reveal(),
            "subject_token_type": "urn:logto:token-type:impersonation_token",
            "scope": "openid",
        }
        return await party.post_token(visitor, form)

    refused = await exchange()
    assert (refused.status_code, refused.json()["code"]) == (400, "oidc.access_denied")
    await admit(party, users=(party.user.id,))
    assert (await exchange()).status_code == 200


async def test_a_device_of_somebody_who_is_kept_out_is_told_so(
    make_party: PartyMaker, visitor: Visitor, make: Factory
) -> None:
    party = await make_party(ApplicationType.NATIVE, custom=CustomClientMetadata(is_device_flow=True), redirect_uris=())

    async def connect() -> dict[str, Any]:
        """Let the person answer for a device; return what the device is told."""
        started = await visitor.post(
            "/oidc/device/auth", data={"client_id": party.client_id, "scope": "openid profile"}
        )
        waiting = started.json()
        await visitor.get("/oidc/device")
        form = {"xsrf": visitor.jar.get(XSRF_COOKIE) or "", "user_code": waiting["user_code"], "confirm": "yes"}
        answer = await visitor.post("/oidc/device", data=form)
        if answer.headers["location"].startswith("/sign-in"):
            async with party.services() as services:
                login = {"login": {"accountId": party.user.id}, "interactionEvent": "SignIn"}
                await save_result(services.interactions, resume_uid(visitor), login)
            answer = await visitor.get(f"/oidc/device/{resume_uid(visitor)}")
        await follow(visitor, answer.headers["location"])
        polled = await visitor.post(
            "/oidc/token",
            data={
                "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
                "client_id": party.client_id,
                "device_code": waiting["device_code"],
            },
        )
        return dict(polled.json())

    assert "access_token" in await connect()
    await keep_out(party, make)
    assert (await connect())["error"] == "access_denied"
