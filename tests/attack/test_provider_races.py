"""Twenty at once, at everything that is good once and is not raced elsewhere; nothing fails, and one wins."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select
from tests.hosted.conftest import form_of
from tests.oidc.party import Party, PartyMaker, follow, query_of, resume_uid
from tests.oidc.test_backchannel_delivery import told_at
from tests.oidc.test_device_http import newest_interaction, poll, send, sign_in, start
from tests.support.interactions import save_result
from tests.support.receiver import receiving
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.grants.tables import GrantTable
from sekisho.oidc.options import DpopMode
from sekisho.services import Runtime

TWENTY = 20


@pytest.fixture
async def device(make_party: PartyMaker) -> Party:
    custom = CustomClientMetadata(is_device_flow=True)
    return await make_party(ApplicationType.NATIVE, custom=custom, redirect_uris=())


async def grants_of(runtime: Runtime, party: Party) -> int:
    async with runtime.database.unit_of_work() as uow:
        kept = select(func.count()).where(GrantTable.account_id == party.user.id)
        return int((await uow.execute(kept)).scalar_one())


def statuses(answers: list[httpx2.Response]) -> Counter[int]:
    return Counter(each.status_code for each in answers)


async def test_twenty_returns_from_a_devices_page_approve_it_once(
    visitor: Visitor, runtime: Runtime, device: Party
) -> None:
    waiting = await start(visitor, device.client_id)
    await send(visitor, waiting, confirm="yes")
    asked = await sign_in(visitor, runtime, device.user)
    given = await visitor.get(asked.headers["location"])

    answers = await asyncio.gather(*(visitor.get(given.headers["location"]) for _ in range(TWENTY)))

    ends = Counter(each.headers["location"].partition("?")[0] for each in answers)
    assert ends == {"/device/success": 1, "/device": TWENTY - 1}
    assert (await poll(visitor, device.client_id, waiting)).status_code == 200
    assert await grants_of(runtime, device) == 1


async def test_twenty_consents_of_a_device_give_one_grant(visitor: Visitor, runtime: Runtime, device: Party) -> None:
    waiting = await start(visitor, device.client_id)
    await send(visitor, waiting, confirm="yes")
    asked = await sign_in(visitor, runtime, device.user)

    answers = await asyncio.gather(*(visitor.get(asked.headers["location"]) for _ in range(TWENTY)))
    await follow(visitor, f"/oidc/device/{newest_interaction(visitor)}")

    assert statuses(list(answers)) == {302: TWENTY}
    assert await grants_of(runtime, device) == 1


async def test_twenty_yeses_and_noes_on_a_consent_page_leave_one_decision(
    visitor: Visitor, runtime: Runtime, make_party: PartyMaker
) -> None:
    guest = await make_party(ApplicationType.TRADITIONAL, is_third_party=True)
    page = await guest.sign_in(visitor, await guest.authorize(visitor, scope="openid"))
    form = form_of(page)

    def say(decision: str) -> Any:
        return visitor.post(form.action, data={**form.fields, "decision": decision})

    answers = await asyncio.gather(*(say(each) for each in ("authorize", "decline") * 10))
    landed = query_of(await follow(visitor, f"/oidc/auth/{resume_uid(visitor)}"))

    assert max(statuses(list(answers))) < 500
    assert ("code" in landed) != (landed.get("error") == "access_denied")
    assert await grants_of(runtime, guest) <= 1


async def test_twenty_sign_outs_by_one_form_end_in_a_page_each(
    visitor: Visitor, party: Party, make_party: PartyMaker
) -> None:
    """With an application that is told of it, and another that refreshes meanwhile."""
    other = await make_party()
    lasting = await other.tokens(visitor)
    visitor.jar.clear()
    async with receiving(200) as receiver:
        await told_at(party, receiver)
        tokens = await party.tokens(visitor, scope="openid profile")
        page = await visitor.get("/oidc/session/end")
        xsrf = page.text.split('name="xsrf" value="')[1].split('"')[0]
        out = {"xsrf": xsrf, "logout": "yes"}

        answers = await asyncio.gather(
            *(visitor.post("/oidc/session/end/confirm", data=out) for _ in range(TWENTY)),
            *(other.refresh(visitor, lasting["refresh_token"]) for _ in range(5)),
        )

    ended = statuses(list(answers[:TWENTY]))
    assert set(ended) <= {303, 400}
    assert ended[303] >= 1
    assert statuses(list(answers[TWENTY:])) == {200: 5}
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await visitor.get("/oidc/me", headers=bearer)).status_code == 401


async def test_twenty_changes_of_the_providers_options_all_count(management: Visitor) -> None:
    """Each says one thing, and none undoes what another said."""
    said: list[dict[str, Any]] = [{"dpop": "enabled"}, {"acrValues": [{"value": "a"}]}]
    said += [{"authorizationServerMetadata": True}]

    answers = await asyncio.gather(
        *(management.patch("/api/configs/oidc/provider", json=said[n % 3]) for n in range(TWENTY))
    )

    assert statuses(list(answers)) == {200: TWENTY}
    left = (await management.get("/api/configs/oidc/provider")).json()
    assert (left["dpop"], left["authorizationServerMetadata"]) == (DpopMode.ENABLED, True)
    assert [each["value"] for each in left["acrValues"]] == ["a"]


async def test_suspending_and_coming_back_at_once_never_stand_in_each_others_way(
    new_visitor: Callable[[], Visitor], party: Party
) -> None:
    """Both write interactions before sessions: neither waits for the other for ever."""
    for _ in range(10):
        async with new_visitor() as visitor:
            await party.authorize(visitor)
            uid = resume_uid(visitor)
            async with party.services() as services:
                await save_result(services.interactions, uid, {"login": {"accountId": party.user.id}})

            async def suspend() -> None:
                async with party.services() as services:
                    await services.users.set_suspended(party.user.id, is_suspended=True)

            back, _ = await asyncio.gather(visitor.get(f"/oidc/auth/{uid}"), suspend())
            async with party.services() as services:
                await services.users.set_suspended(party.user.id, is_suspended=False)
            assert back.status_code < 500
