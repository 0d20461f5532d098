"""Coming by a social provider from our pages: one form in, the next step out."""

from typing import Any

import pytest
from tests.connectors_for_tests.outbox import Outbox
from tests.experience.conftest import House
from tests.experience.test_social import ACCOUNT, CALLBACK, NOTHING, connector, owner, submitted, with_email
from tests.support.messages import add_message_connectors

from sekisho.connectors.kit.errors import ConnectorError
from sekisho.experience.code_moves import answer_with_code, ask_for_code, come_in_as
from sekisho.experience.dispatch import (
    CodePlace,
    Continue,
    Leave,
    Mend,
    OfferLink,
    OfferSignIn,
    OfferSocialRegistration,
    Restart,
    Resume,
    Step,
)
from sekisho.experience.errors import ConnectorSessionNotFound, MissingProfile, SocialIdentityUnknown
from sekisho.experience.social_moves import come_back, go_to_provider, link_account, register_with_account
from sekisho.experience.state import InteractionEvent
from sekisho.kernel.errors import Forbidden
from sekisho.sign_in.models import AgreeToTermsPolicy, SignIn, SignInMethod, SignInMode, SignUp, SocialSignIn
from sekisho.users.models import Identifier, IdentifierType


@pytest.fixture
async def social(house: House) -> str:
    return await connector(house)


async def back(house: House, uid: str, connector_id: str, **answer: Any) -> Step:
    """Come back to our page with the state it sent, unless the answer has another."""
    sent = (await house.result(uid)).get("pageSession", {"state": "none"})["state"]
    given = {**ACCOUNT, "code": "c", "state": sent, **answer}
    async with house.flow(uid) as flow, house.services() as services:
        return await come_back(
            flow,
            connector_id,
            answer={name: value for name, value in given.items() if value is not None},
            redirect_uri=CALLBACK,
            settings=await services.sign_in.get(),
        )


async def gone(house: House, connector_id: str) -> str:
    uid = await house.begin_interaction()
    async with house.flow(uid) as flow:
        step = await go_to_provider(flow, connector_id, redirect_uri=CALLBACK)
    assert isinstance(step, Leave)
    state = (await house.result(uid))["pageSession"]["state"]
    assert state in step.url
    assert flow.expects(state)
    return uid


async def test_pages_bring_a_known_account_in(house: House, social: str) -> None:
    await owner(house)
    uid = await gone(house, social)
    assert isinstance(await back(house, uid, social), Resume)
    assert "pageSession" not in await house.result(uid)


async def test_pages_take_a_state_once_and_no_other(house: House, social: str) -> None:
    await owner(house)
    uid = await gone(house, social)
    forged = await back(house, uid, social, state="forged")
    assert isinstance(forged, Mend)
    assert isinstance(forged.error, ConnectorSessionNotFound)
    sent = (await house.result(uid))["pageSession"]["state"]
    assert isinstance(await back(house, uid, "another"), Restart)
    replayed = await back(house, uid, social, state=sent)
    assert isinstance(replayed, Mend)
    assert isinstance(replayed.error, ConnectorSessionNotFound)


async def test_pages_ask_before_an_account_is_linked(house: House, social: str) -> None:
    user = await with_email(house)
    uid = await gone(house, social)
    related = Identifier(type=IdentifierType.EMAIL, value="ada@example.com")
    assert await back(house, uid, social) == OfferLink(related=related, may_register=True, is_agreed=False)
    async with house.flow(uid) as flow:
        assert isinstance(await link_account(flow), Resume)
    assert (await house.result(uid))["login"]["accountId"] == user.id


async def test_pages_register_who_will_not_link(house: House, social: str) -> None:
    await house.settings(sign_up=NOTHING)
    user = await with_email(house)
    uid = await gone(house, social)
    await back(house, uid, social)
    async with house.flow(uid) as flow:
        assert isinstance(await register_with_account(flow), Resume)
    assert (await house.result(uid))["login"]["accountId"] != user.id


async def test_a_tenant_may_link_without_asking(house: House, social: str) -> None:
    await house.settings(social_sign_in=SocialSignIn(automatic_account_linking=True))
    user = await with_email(house)
    uid = await gone(house, social)
    assert isinstance(await back(house, uid, social), Resume)
    assert (await house.result(uid))["login"]["accountId"] == user.id


async def test_terms_are_shown_before_an_account_is_made_where_only_registration_asks(
    house: House, social: str
) -> None:
    await house.settings(
        sign_up=NOTHING,
        agree_to_terms_policy=AgreeToTermsPolicy.MANUAL_REGISTRATION_ONLY,
        terms_of_use_url="https://example.com/terms",
    )
    uid = await gone(house, social)
    assert await back(house, uid, social) == OfferSocialRegistration(is_agreed=False)
    async with house.flow(uid) as flow:
        assert isinstance(await register_with_account(flow), Resume)


async def test_nobody_registers_where_registration_is_closed(house: House, social: str) -> None:
    await house.settings(sign_in_mode=SignInMode.SIGN_IN)
    uid = await gone(house, social)
    step = await back(house, uid, social)
    assert isinstance(step, Mend)
    assert isinstance(step.error, SocialIdentityUnknown)
    async with house.flow(uid) as flow:
        refused = await register_with_account(flow)
    assert isinstance(refused, Mend)
    assert isinstance(refused.error, Forbidden)


async def test_who_denies_consent_may_try_again(house: House, social: str) -> None:
    await owner(house)
    uid = await gone(house, social)
    denied = await back(house, uid, social, error="access_denied", userId=None, code=None)
    assert isinstance(denied, Mend)
    assert isinstance(denied.error, ConnectorError)
    async with house.flow(uid) as flow:
        await go_to_provider(flow, social, redirect_uri=CALLBACK)
    assert isinstance(await back(house, uid, social), Resume)


async def test_what_is_missing_is_asked_for_and_nothing_of_the_proof_is_lost(house: House, social: str) -> None:
    uid = await house.begin_interaction()
    async with house.flow(uid) as flow:
        step = await go_to_provider(flow, social, redirect_uri=CALLBACK)
    assert isinstance(step, Leave)
    step = await back(house, uid, social)
    assert step == Continue(MissingProfile.USERNAME)
    async with house.flow(uid) as flow:
        await flow.stage_username("ada")
        assert await flow.identify(verification_id=None)
        await flow.save()
    user = await submitted(house, uid)
    assert (user.username, user.primary_email, user.name) == ("ada", "ada@example.com", "Ada")


async def test_an_address_that_has_an_account_takes_the_account_at_the_provider_in(
    house: House, social: str, outbox: Outbox
) -> None:
    """Asked for an address that the provider did not tell, somebody gives that of his account (experience.md §15)."""
    method = SignInMethod(
        identifier=IdentifierType.EMAIL, password=False, verification_code=True, is_password_primary=False
    )
    await house.settings(
        sign_up=SignUp(identifiers=(IdentifierType.EMAIL,), password=False, verify=True),
        sign_in=SignIn(methods=(method,)),
    )
    async with house.services() as services:
        await add_message_connectors(services)
        settings = await services.sign_in.get()
    user = await with_email(house)
    uid = await gone(house, social)
    assert await back(house, uid, social, email=None) == Continue(MissingProfile.EMAIL)
    address = Identifier(type=IdentifierType.EMAIL, value="ada@example.com")
    async with house.flow(uid) as flow:
        await ask_for_code(flow, CodePlace.CONTINUE, identifier=address, locale="en")
    async with house.flow(uid) as flow:
        step = await answer_with_code(flow, CodePlace.CONTINUE, code=outbox.last.code, settings=settings)
    assert step == OfferSignIn()
    async with house.flow(uid) as flow:
        assert isinstance(await come_in_as(flow, InteractionEvent.SIGN_IN), Resume)
    assert (await house.result(uid))["login"]["accountId"] == user.id
    async with house.services() as services:
        assert (await services.users.get(user.id)).identities["mock-social"]["userId"] == "at-provider"
