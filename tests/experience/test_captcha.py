"""A flow whose tenant wants to know that people are people (experience.md §13.2)."""

from dataclasses import replace
from typing import Any

import pytest
from tests.captcha.test_captcha_check import TURNSTILE, Provider
from tests.experience.conftest import PASSWORD, House

from sekisho.experience.errors import CaptchaFailed, CaptchaRequired
from sekisho.experience.state import InteractionEvent
from sekisho.kernel.secret import Secret
from sekisho.sign_in.models import Switch
from sekisho.users.models import Identifier, IdentifierType


async def guarded(house: House, answer: Any) -> House:
    """Ask for a proof, and let the provider answer as told."""
    runtime = replace(house.runtime, outbound=Provider(answer))  # type: ignore[arg-type] # a stand-in
    asked = replace(house, runtime=runtime)
    async with asked.services() as services:
        await services.captcha.put(TURNSTILE)
    await asked.settings(captcha_policy=Switch(enabled=True))
    return asked


async def sign_in(house: House, uid: str, *, token: str | None) -> None:
    async with house.flow(uid) as flow:
        flow.begin(InteractionEvent.SIGN_IN)
        if token is not None:
            await flow.prove_human(token)
        username = Identifier(type=IdentifierType.USERNAME, value="ada")
        proof = await flow.verify_password(identifier=username, password=Secret(PASSWORD))
        await flow.identify(verification_id=proof)
        await flow.submit()
        await flow.save()


async def test_who_proves_to_be_human_comes_in_and_who_does_not_stays_out(house: House) -> None:
    asked = await guarded(house, {"success": True})
    user = await asked.user()
    uid = await asked.begin_interaction()
    with pytest.raises(CaptchaRequired):
        await sign_in(asked, uid, token=None)

    await sign_in(asked, uid, token="tok")
    result = await asked.result(uid)
    assert result["captcha"] == {"verified": True, "skipped": False}
    assert result["login"]["accountId"] == user.id


async def test_a_token_that_the_provider_does_not_know_proves_nothing(house: House) -> None:
    asked = await guarded(house, {"success": False})
    uid = await asked.begin_interaction()
    with pytest.raises(CaptchaFailed):
        await sign_in(asked, uid, token="tok")
    assert await asked.result(uid) == {}
