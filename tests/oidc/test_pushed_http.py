"""Pushed requests over HTTP and both databases (RFC 9126, oidc.md §25.1)."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.oidc.party import Party, PartyMaker, follow, query_of, resume_uid
from tests.support.interactions import save_result
from tests.support.visitor import ORIGIN, Visitor

from sekisho.app import Application
from sekisho.applications.models import ApplicationType
from sekisho.grants.jobs import SWEEPS
from sekisho.jobs.housekeeping import Housekeeper
from sekisho.kernel.clock import ManualClock


async def push(visitor: Visitor, party: Party, **more: str) -> httpx2.Response:
    if party.secret is None:
        return await visitor.post("/oidc/request", data=party.query(**more))
    form = {name: value for name, value in party.query(**more).items() if name != "client_id"}
    return await visitor.post("/oidc/request", data=form, auth=(party.client_id, party.secret))


async def visit(visitor: Visitor, party: Party, request_uri: str, **more: str) -> httpx2.Response:
    query = {"client_id": party.client_id, "request_uri": request_uri, **more}
    return await visitor.get("/oidc/auth", params=query)


async def test_a_pushed_request_signs_a_person_in(visitor: Visitor, party: Party) -> None:
    answer = await push(visitor, party, state="pushed")
    pushed = answer.json()

    landed = await party.sign_in(visitor, await visit(visitor, party, pushed["request_uri"], state="other"))

    assert (answer.status_code, pushed["expires_in"]) == (201, 60)
    assert answer.headers["cache-control"] == "no-store"
    assert query_of(landed)["state"] == "pushed"
    assert (await party.exchange(visitor, query_of(landed)["code"])).status_code == 200
    again = await visit(visitor, party, pushed["request_uri"])
    assert query_of(again)["error"] == "invalid_request_uri"


async def test_of_twenty_visits_at_once_one_gets_a_code(visitor: Visitor, make_party: PartyMaker) -> None:
    party = await make_party(ApplicationType.TRADITIONAL)
    await party.tokens(visitor)
    uri = (await push(visitor, party, prompt="none", scope="openid")).json()["request_uri"]

    answers = await asyncio.gather(*(visit(visitor, party, uri) for _ in range(20)))

    outcomes = Counter("code" if "code" in query_of(each) else query_of(each)["error"] for each in answers)
    assert outcomes == {"code": 1, "invalid_request_uri": 19}


async def test_a_reference_lasts_a_minute_and_its_row_as_long_as_somebody_may_come_back(
    visitor: Visitor, app: Application, party: Party, clock: ManualClock
) -> None:
    uri = (await push(visitor, party)).json()["request_uri"]
    await visit(visitor, party, uri)
    clock.advance(timedelta(minutes=59))
    async with Visitor(app, clock=clock) as another:
        late = await visit(another, party, uri)
    consent = await sign_in_only(visitor, party)
    clock.advance(timedelta(minutes=59))
    await Housekeeper(database=party.runtime.database, clock=clock, sweeps=SWEEPS).sweep()

    landed = await follow(visitor, consent.headers["location"])

    assert query_of(late)["error"] == "invalid_request_uri"
    assert "code" in query_of(landed)


async def sign_in_only(visitor: Visitor, party: Party) -> httpx2.Response:
    """Come back from the sign-in page, and go no further."""
    uid = resume_uid(visitor)
    async with party.services() as services:
        await save_result(services.interactions, uid, {"login": {"accountId": party.user.id}, "userId": party.user.id})
    return await visitor.get(f"/oidc/auth/{uid}")


sqlite_only = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@sqlite_only
async def test_a_confidential_client_authenticates(visitor: Visitor, make_party: PartyMaker) -> None:
    party = await make_party(ApplicationType.TRADITIONAL)

    by_header = await push(visitor, party)
    without = await visitor.post("/oidc/request", data=party.query())
    wrong = await visitor.post("/oidc/request", data=party.query(), auth=(party.client_id, "wrong"))

    assert by_header.status_code == 201
    assert (without.status_code, without.json()["error"]) == (401, "invalid_client")
    assert wrong.headers["www-authenticate"].startswith(f'Basic realm="{ORIGIN}/oidc"')


@sqlite_only
async def test_json_is_taken_as_a_form(visitor: Visitor, party: Party) -> None:
    body: dict[str, Any] = {**party.query(), "resource": []}

    assert (await visitor.post("/oidc/request", json=body)).status_code == 201


@sqlite_only
async def test_a_mistake_is_told_to_the_client_at_once(visitor: Visitor, party: Party) -> None:
    answer = await push(visitor, party, redirect_uri="https://evil.example/")

    assert answer.status_code == 400
    assert answer.json()["code"] == "oidc.invalid_request"
    assert "iss" not in answer.json()


@sqlite_only
@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_request_can_only_be_posted(visitor: Visitor, method: str) -> None:
    answer = await visitor.request(method, "/oidc/request")

    assert answer.status_code == 404
    assert answer.json()["error_description"] == f"unrecognized route or not allowed method ({method} on /request)"


@sqlite_only
async def test_an_answer_is_for_pages_of_the_client_only(visitor: Visitor, party: Party) -> None:
    headers = {"origin": "https://app.example.com"}
    own = await visitor.post("/oidc/request", data=party.query(), headers=headers)
    other = await visitor.post("/oidc/request", data=party.query(), headers={"origin": "https://evil.example"})

    assert own.headers["access-control-allow-origin"] == "https://app.example.com"
    assert other.status_code == 400
    assert "access-control-allow-origin" not in other.headers
