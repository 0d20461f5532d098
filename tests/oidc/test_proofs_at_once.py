"""Signed statements over HTTP, on both databases: each is good for one request, whatever becomes of that request."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey
from sqlalchemy import func, select
from tests.oidc.party import PartyMaker, services_over
from tests.oidc.proving import KEY, proof
from tests.oidc.test_client_assertions import claims, sign
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.grants.jobs import SWEEPS
from sekisho.grants.tables import UsedProofTable
from sekisho.jobs.housekeeping import Housekeeper
from sekisho.kernel.clock import ManualClock, epoch_seconds
from sekisho.oidc.client_assertions import ASSERTION_TYPE
from sekisho.oidc.options import DpopMode
from sekisho.services import Runtime

ASSERTION_KEY = ECKey.generate_key("P-256")
TOKEN_URL = f"{ORIGIN}/oidc/token"


@dataclass(frozen=True, kw_only=True)
class Signer:
    """A machine that signs with a key of its own."""

    client_id: str
    clock: ManualClock

    def form(self, **more: Any) -> dict[str, str]:
        now = epoch_seconds(self.clock.now())
        said = claims(self.client_id, aud=f"{ORIGIN}/oidc", iat=now, exp=now + 60, **more)
        return {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": sign(said, with_key=ASSERTION_KEY),
            "grant_type": "client_credentials",
            "resource": "https://default.logto.app/api",
        }


@pytest.fixture
async def signer(make_party: PartyMaker, clock: ManualClock) -> Signer:
    custom = CustomClientMetadata(
        token_endpoint_auth_method="private_key_jwt", jwks={"keys": [ASSERTION_KEY.as_dict(private=False)]}
    )
    party = await make_party(ApplicationType.MACHINE_TO_MACHINE, custom=custom)
    return Signer(client_id=party.client_id, clock=clock)


async def require_dpop(runtime: Runtime) -> None:
    async with runtime.database.unit_of_work() as uow:
        await services_over(runtime, uow).provider_options.change({"dpop": DpopMode.REQUIRED})


def outcomes(answers: list[httpx2.Response]) -> Counter[str]:
    return Counter("ok" if answer.status_code == 200 else answer.json()["error"] for answer in answers)


async def test_jti_replay_of_twenty_requests_with_one_assertion_one_is_believed(
    visitor: Visitor, signer: Signer
) -> None:
    form = signer.form()
    answers = await asyncio.gather(*(visitor.post("/oidc/token", data=form) for _ in range(20)))
    assert outcomes(answers) == {"ok": 1, "invalid_client": 19}


async def test_an_assertion_of_a_refused_request_is_used_up_all_the_same(visitor: Visitor, signer: Signer) -> None:
    form = signer.form()
    refused = await visitor.post("/oidc/token", data={**form, "resource": "https://nobody.example"})
    assert refused.json()["error"] == "invalid_target"
    again = await visitor.post("/oidc/token", data=form)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    assert (await visitor.post("/oidc/token", data=signer.form(jti="another"))).status_code == 200


async def test_dpop_proof_replay_of_twenty_requests_with_one_proof_one_is_answered(
    runtime: Runtime, visitor: Visitor, signer: Signer, clock: ManualClock
) -> None:
    await require_dpop(runtime)
    shown = {"dpop": proof(at=clock.now(), url=TOKEN_URL)}
    forms = [signer.form(jti=f"jti{n}") for n in range(20)]
    answers = await asyncio.gather(*(visitor.post("/oidc/token", data=form, headers=shown) for form in forms))
    assert outcomes(answers) == {"ok": 1, "invalid_dpop_proof": 19}
    (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert winner["token_type"] == "DPoP"


async def test_used_proofs_are_swept_when_they_have_expired(
    runtime: Runtime, visitor: Visitor, signer: Signer, clock: ManualClock
) -> None:
    form = signer.form()
    await visitor.post("/oidc/token", data=form)
    keeper = Housekeeper(database=runtime.database, clock=clock, sweeps=SWEEPS)
    clock.advance(timedelta(seconds=74))
    await keeper.sweep()
    # Until its last instant the assertion is known, and afterwards it has expired.
    assert (await visitor.post("/oidc/token", data=form)).json()["error"] == "invalid_client"
    assert await _kept(runtime) == 1
    clock.advance(timedelta(seconds=2))
    await keeper.sweep()
    assert await _kept(runtime) == 0
    assert (await visitor.post("/oidc/token", data=form)).json()["error"] == "invalid_client"


async def _kept(runtime: Runtime) -> int:
    async with runtime.database.unit_of_work() as uow:
        return int((await uow.execute(select(func.count()).select_from(UsedProofTable))).scalar_one())


async def test_a_bound_token_and_its_refresh_token_survive_the_database(
    runtime: Runtime, visitor: Visitor, make_party: PartyMaker, clock: ManualClock
) -> None:
    await require_dpop(runtime)
    party = await make_party()

    def shown(**more: Any) -> dict[str, str]:
        return {"dpop": proof(at=clock.now(), **{"url": TOKEN_URL, **more})}

    code = await party.code(visitor, dpop_jkt=KEY.thumbprint())
    refused = (await party.exchange(visitor, code)).json()
    assert (refused["code"], refused["error"]) == ("oidc.invalid_dpop_proof", "invalid_dpop_proof")
    # An error without a sentence of its own is told in a general one.
    assert "oidc.invalid_dpop_proof" in refused["message"]
    visitor.headers |= shown()
    tokens = (await party.exchange(visitor, code)).json()
    assert tokens["token_type"] == "DPoP"
    token, me = tokens["access_token"], f"{ORIGIN}/oidc/me"
    headers = {"authorization": f"DPoP {token}", **shown(method="GET", url=me, token=token)}
    assert (await visitor.get("/oidc/me", headers=headers)).json()["sub"] == party.user.id
    replayed = await visitor.get("/oidc/me", headers=headers)
    assert (replayed.status_code, replayed.json()["error"]) == (401, "invalid_dpop_proof")
    assert replayed.headers["www-authenticate"].startswith(f'DPoP realm="{ORIGIN}/oidc", error="invalid_dpop_proof"')
    bearer = await visitor.get("/oidc/me", headers={"authorization": f"Bearer {token}"})
    assert (bearer.status_code, bearer.json()["error"]) == (401, "invalid_token")
    visitor.headers |= shown()
    assert (await party.refresh(visitor, tokens["refresh_token"])).json()["token_type"] == "DPoP"
