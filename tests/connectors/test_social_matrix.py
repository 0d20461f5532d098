"""Signing in by a provider, whatever may happen, through the Experience API: the right answer each time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.connectors.social_journeys import (
    EMAIL,
    KEYS,
    WITH_EMAIL,
    NewTraveller,
    Street,
    each_over_one,
    new_traveller,
    street,
)

from sekisho.kernel.clock import ManualClock

__all__ = ["new_traveller", "street"]

IDENTITIES = {"x": "176010310000", "kakao": "17601031", "discord": "176010310000000000", "linkedin": "10c9207Q"}
FAILURES = ("wrong-secret", "expired-code", "token-error", "profile-error", "revoked-token", "not-json", "no-id")

every = each_over_one(KEYS)
with_email = each_over_one(WITH_EMAIL)


def refusal(answer: httpx2.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


# Who comes


@every
async def test_somebody_new_registers_with_what_the_provider_tells(new_traveller: NewTraveller, key: str) -> None:
    traveller = new_traveller(key)
    record = await traveller.prove()
    unknown = await traveller.identify(record)
    assert refusal(unknown) == (404, "user.identity_not_exist")
    assert unknown.json().get("data") in ({}, None)

    user = await traveller.register(record)

    assert user.identities[key]["userId"] == IDENTITIES[key]
    assert user.name == ("hokusai" if key == "discord" else "Katsushika Hokusai")
    assert user.primary_email == (EMAIL if key in WITH_EMAIL else None)
    assert (user.avatar is None) == (key == "x")


@every
async def test_somebody_known_comes_in(new_traveller: NewTraveller, street: Street, key: str) -> None:
    first = new_traveller(key)
    founded = await first.register(await first.prove())

    again = new_traveller(key)
    identified = await again.identify(await again.prove())

    assert identified.status_code == 204, identified.text
    assert (await again.arrive()).id == founded.id
    known = await street.user_of(key, IDENTITIES[key])
    assert known is not None
    assert known.id == founded.id


@every
async def test_somebody_who_tells_no_address_registers_all_the_same(new_traveller: NewTraveller, key: str) -> None:
    traveller = new_traveller(key)
    user = await traveller.register(await traveller.prove(account="sharaku"))
    assert (user.primary_email, user.primary_phone) == (None, None)


@with_email
async def test_an_address_that_the_provider_has_not_verified_leads_to_nobody(
    new_traveller: NewTraveller, street: Street, key: str
) -> None:
    await street.make.user(primary_email="hiroshige@example.com")
    traveller = new_traveller(key)
    unknown = await traveller.identify(await traveller.prove(account="hiroshige"))
    assert refusal(unknown) == (404, "user.identity_not_exist")
    assert "relatedUser" not in str(unknown.json())


@with_email
async def test_who_has_the_same_address_links_the_account(
    new_traveller: NewTraveller, street: Street, key: str
) -> None:
    here = await street.make.user(primary_email=EMAIL)
    traveller = new_traveller(key)
    record = await traveller.prove()
    unknown = await traveller.identify(record)
    assert refusal(unknown) == (404, "user.identity_not_exist")
    assert unknown.json()["data"] == {"relatedUser": {"type": "email", "value": EMAIL}}

    linked = await traveller.identify(record, linkSocialIdentity=True)

    assert linked.status_code == 204, linked.text
    user = await traveller.arrive()
    assert user.id == here.id
    assert user.identities[key]["userId"] == IDENTITIES[key]


@with_email
async def test_who_does_not_want_to_link_founds_an_account_without_the_address(
    new_traveller: NewTraveller, street: Street, key: str
) -> None:
    here = await street.make.user(primary_email=EMAIL)
    traveller = new_traveller(key)
    record = await traveller.prove()
    await traveller.identify(record)

    user = await traveller.register(record)

    assert user.id != here.id
    assert user.primary_email is None
    assert not (await street.user(here.id)).identities


async def test_nobody_links_where_there_is_nobody_to_link_to(new_traveller: NewTraveller) -> None:
    traveller = new_traveller("kakao")
    alone = await traveller.identify(await traveller.prove(), linkSocialIdentity=True)
    assert refusal(alone) == (404, "user.identity_not_exist")


# Who does not


@every
async def test_who_does_not_consent_proves_nothing(new_traveller: NewTraveller, key: str) -> None:
    traveller = new_traveller(key)
    record, back = await traveller.go(decision="deny")
    assert refusal(await traveller.verify(record, back)) == (400, "connector.general")
    assert (await traveller.identify(record)).status_code == 400


@every
async def test_a_callback_is_believed_once(new_traveller: NewTraveller, key: str) -> None:
    traveller = new_traveller(key)
    record, back = await traveller.go()
    assert (await traveller.verify(record, back)).status_code == 200
    again = await traveller.verify(record, back)
    assert again.status_code in {400, 500}, again.text


@every
async def test_what_came_back_with_one_is_nothing_in_the_hands_of_another(
    new_traveller: NewTraveller, key: str
) -> None:
    """Attack: somebody is made to come back with another's code, and signs in to, or links, another's account."""
    attacker, victim = new_traveller(key), new_traveller(key)
    stolen, _ = await attacker.go()
    await victim.journey.begin("SignIn")
    answer = await victim.verify(stolen, {"code": "c"})
    assert refusal(answer) == (404, "session.verification_session_not_found")


@every
async def test_what_one_connector_began_no_other_ends(new_traveller: NewTraveller, key: str) -> None:
    traveller = new_traveller(key)
    record, back = await traveller.go()
    other = "kakao-instance" if key == "x" else "x-instance"
    assert refusal(await traveller.verify(record, back, connector=other)) == (
        404,
        "session.verification_session_not_found",
    )
    assert (await traveller.verify(record, back)).status_code == 200


@pytest.mark.parametrize("path", ["authorization-uri", "verify"])
async def test_a_connector_that_is_not_there_leads_nowhere(new_traveller: NewTraveller, path: str) -> None:
    traveller = new_traveller("x")
    await traveller.journey.begin("SignIn")
    bodies: dict[str, Any] = {
        "authorization-uri": {"state": "s", "redirectUri": "http://localhost:3001/callback/nobody"},
        "verify": {"verificationId": "nobody", "connectorData": {"code": "c"}},
    }
    answer = await traveller.api("POST", f"/verification/social/nobody/{path}", bodies[path])
    assert answer.status_code == 404


@pytest.mark.parametrize(("state", "redirect_uri"), [("", "http://localhost:3001/callback/x-instance"), ("s", "")])
async def test_a_way_out_needs_a_state_and_a_way_back(
    new_traveller: NewTraveller, state: str, redirect_uri: str
) -> None:
    traveller = new_traveller("x")
    await traveller.journey.begin("SignIn")
    body = {"state": state, "redirectUri": redirect_uri}
    answer = await traveller.api("POST", "/verification/social/x-instance/authorization-uri", body)
    assert refusal(answer) == (400, "session.insufficient_info")


async def test_a_suspended_user_does_not_come_in(new_traveller: NewTraveller, street: Street) -> None:
    first = new_traveller("discord")
    user = await first.register(await first.prove())
    async with street.make.services() as services:
        await services.users.set_suspended(user.id, is_suspended=True)
    again = new_traveller("discord")
    assert refusal(await again.identify(await again.prove())) == (401, "user.suspended")


async def test_nobody_registers_where_registration_is_closed(new_traveller: NewTraveller, street: Street) -> None:
    async with street.make.services() as services:
        settings = await services.sign_in.read()
        await services.sign_in.update(replace(settings, sign_in_mode=type(settings.sign_in_mode)("SignIn")))
    traveller = new_traveller("discord")
    record = await traveller.prove()
    switched = await traveller.api("PUT", "/interaction-event", {"interactionEvent": "Register"})
    assert refusal(switched) == (403, "auth.forbidden")
    assert refusal(await traveller.identify(record)) == (404, "user.identity_not_exist")


# When the provider is to blame


@every
async def test_a_provider_that_fails_is_told_as_the_reference_tells_it(new_traveller: NewTraveller, key: str) -> None:
    traveller = new_traveller(key)
    await traveller.journey.begin("SignIn")
    for fault in FAILURES:
        record, back = await traveller.go_again(fault=fault)
        answer = await traveller.verify(record, back)
        assert refusal(answer) == told(key, fault), fault
        assert (await traveller.identify(record)).status_code == 400, fault


def told(key: str, fault: str) -> tuple[int, str | None]:
    """Return what connectors.md §3 says of a fault."""
    is_converted = key in {"x", "linkedin"}
    match fault:
        case "wrong-secret" if is_converted:
            return 401, "connector.social_invalid_access_token"
        case "expired-code" | "token-error" if is_converted:
            return 400, "connector.general"
        case "wrong-secret" | "expired-code" | "token-error":
            return 500, None
        case "profile-error":
            return 400, "connector.general"
        case "revoked-token":
            return 401, "connector.social_invalid_access_token"
        case _:
            return 400, "connector.invalid_response"


@every
async def test_a_provider_that_cannot_be_reached_is_nobodys_refusal(
    new_traveller: NewTraveller, street: Street, key: str
) -> None:
    traveller = new_traveller(key)
    record, back = await traveller.go()
    street.cut_off()
    answer = await traveller.verify(record, back)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal server error."})


@pytest.mark.parametrize("key", ["x"])
async def test_a_provider_that_is_too_slow_is_given_up(new_traveller: NewTraveller, key: str) -> None:
    traveller = new_traveller(key)
    record, back = await traveller.go(fault="slow")
    assert (await traveller.verify(record, back)).status_code == 500


@every
async def test_after_a_failure_one_tries_again(new_traveller: NewTraveller, key: str) -> None:
    traveller = new_traveller(key)
    record, back = await traveller.go(fault="token-error")
    await traveller.verify(record, back)
    record, back = await traveller.go_again()
    assert (await traveller.verify(record, back)).status_code == 200


async def test_a_code_of_the_provider_expires(new_traveller: NewTraveller, clock: ManualClock) -> None:
    traveller = new_traveller("linkedin")
    record, back = await traveller.go()
    clock.advance(timedelta(minutes=1))
    assert refusal(await traveller.verify(record, back)) == (400, "connector.general")
