"""Tokens outlive the key that signed them by one rotation (oidc.md §3): what we issued ourselves, shown to us again."""

from datetime import timedelta

import pytest
from tests.oidc.party import Party, PartyMaker, query_of, services_over
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.crypto.jws import header_of
from sekisho.kernel.clock import ManualClock
from sekisho.oidc.models import ResourceServer
from sekisho.oidc.tokens.access_token import Subject, issue_for_resource
from sekisho.services import Runtime

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


async def rotate(runtime: Runtime, *, grace: timedelta = timedelta(0)) -> str:
    async with runtime.database.unit_of_work() as uow:
        return (await services_over(runtime, uow).key_rotation.rotate(grace=grace))[0].kid


@pytest.fixture
async def exchanger(make_party: PartyMaker) -> Party:
    return await make_party(ApplicationType.TRADITIONAL, custom=CustomClientMetadata(allow_token_exchange=True))


async def test_an_id_token_of_the_previous_key_is_a_hint_until_the_next_rotation(
    visitor: Visitor, party: Party, runtime: Runtime
) -> None:
    hint = (await party.tokens(visitor))["id_token"]
    await rotate(runtime)
    accepted = await party.authorize(visitor, id_token_hint=hint)
    assert "error" not in accepted.headers["location"]
    assert (await visitor.get("/oidc/session/end", params={"id_token_hint": hint})).status_code == 200
    await rotate(runtime)

    refused = query_of(await party.authorize(visitor, id_token_hint=hint))
    assert (refused["error"], refused["error_description"]) == ("invalid_request", "could not validate id_token_hint")
    ended = await visitor.get("/oidc/session/end", params={"id_token_hint": hint})
    assert (ended.status_code, ended.json()["error_description"]) == (400, "could not validate id_token_hint")


async def test_an_access_token_of_the_previous_key_is_exchanged_until_the_next_rotation(
    visitor: Visitor, exchanger: Party, runtime: Runtime
) -> None:
    async with runtime.database.unit_of_work() as uow:
        ports = services_over(runtime, uow).provider.ports
        subject = Subject(id=exchanger.user.id, client_id=exchanger.client_id, scope="")
        api = ResourceServer(indicator="https://orders.example.com")
        token = (await issue_for_resource(ports, subject, api)).value
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN, "scope": "openid"}
    await rotate(runtime)
    assert (await exchanger.post_token(visitor, form)).status_code == 200
    await rotate(runtime)

    refused = await exchanger.post_token(visitor, form)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


async def test_tokens_are_signed_by_the_next_key_from_its_time_on(
    visitor: Visitor, party: Party, runtime: Runtime, clock: ManualClock
) -> None:
    tokens = await party.tokens(visitor)
    before = header_of(tokens["id_token"])["kid"]
    following = await rotate(runtime, grace=timedelta(minutes=10))
    clock.advance(timedelta(minutes=9))
    second = (await party.refresh(visitor, tokens["refresh_token"])).json()
    clock.advance(timedelta(minutes=1))
    third = (await party.refresh(visitor, second["refresh_token"])).json()

    assert [header_of(each["id_token"])["kid"] for each in (second, third)] == [before, following]


async def test_an_application_may_verify_every_token_with_the_keys_it_finds(
    visitor: Visitor, make: Factory, runtime: Runtime
) -> None:
    """One that caches the key set for the grace period never meets a key it does not know."""
    await make.machine()
    known = {key["kid"] for key in (await visitor.get("/oidc/jwks")).json()["keys"]}
    following = await rotate(runtime, grace=timedelta(hours=1))
    shown = {key["kid"] for key in (await visitor.get("/oidc/jwks")).json()["keys"]}

    assert shown == known | {following}
