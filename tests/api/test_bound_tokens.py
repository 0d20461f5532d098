"""Callers of the Management API whose tokens are bound to a key (RFC 9449): whoever requires it is not locked out."""

from typing import Any

import pytest
from tests.api.conftest import CALLER, Mint, on_sqlite
from tests.oidc.proving import KEY, OTHER_KEY, proof
from tests.support.visitor import ORIGIN, Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.oidc.options import DpopMode
from sekisho.services import Services

PATH = "/api/applications"
CNF = {"jkt": KEY.thumbprint()}


@pytest.fixture
async def required(services: Services) -> None:
    await services.provider_options.change({"dpop": DpopMode.REQUIRED})
    await services.uow.commit()


def shown(clock: ManualClock, token: str, **more: Any) -> dict[str, str]:
    values = {"method": "GET", "url": ORIGIN + PATH, "token": token, **more}
    return {"authorization": f"DPoP {token}", "dpop": proof(at=clock.now(), **values)}


@pytest.mark.usefixtures("required")
async def test_a_bound_token_is_taken_with_its_proof_once(visitor: Visitor, mint: Mint, clock: ManualClock) -> None:
    token = await mint(cnf=CNF)
    headers = shown(clock, token)
    assert (await visitor.get(f"{PATH}?page=1", headers=headers)).status_code == 200
    again = await visitor.get(f"{PATH}?page=2", headers=headers)
    assert (again.status_code, again.json()["code"]) == (401, "auth.unauthorized")
    assert (await visitor.get(PATH, headers=shown(clock, token))).status_code == 200


@on_sqlite
@pytest.mark.usefixtures("required")
@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"method": "POST"}, id="DPoP proof for another method"),
        pytest.param({"url": f"{ORIGIN}/api/users"}, id="for another URL"),
        pytest.param({"ath": "other"}, id="for another token"),
        pytest.param({"key": OTHER_KEY}, id="of another key"),
    ],
)
async def test_a_proof_for_something_else_is_refused(
    visitor: Visitor, mint: Mint, clock: ManualClock, more: dict[str, Any]
) -> None:
    token = await mint(cnf=CNF)
    headers = {**shown(clock, token, **more), "authorization": f"DPoP {token}"}
    answer = await visitor.get(PATH, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.unauthorized")
    assert answer.json()["data"]["claim"] == "cnf"


@on_sqlite
@pytest.mark.usefixtures("required")
async def test_downgrade_a_bound_token_is_no_bearer_token(visitor: Visitor, mint: Mint) -> None:
    for header in (f"Bearer {await mint(cnf=CNF)}", f"DPoP {await mint(cnf=CNF)}", f"DPoP {await mint()}"):
        answer = await visitor.get(PATH, headers={"authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, "auth.unauthorized")


@on_sqlite
async def test_where_it_is_off_the_scheme_is_unknown(visitor: Visitor, mint: Mint, clock: ManualClock) -> None:
    token = await mint()
    for headers in (shown(clock, token), {"authorization": "DPoP abc"}):
        answer = await visitor.get(PATH, headers=headers)
        assert answer.json()["code"] == "auth.authorization_token_type_not_supported"


@on_sqlite
async def test_one_clients_own_choice_is_respected_where_it_is_off(
    visitor: Visitor, mint: Mint, clock: ManualClock
) -> None:
    token = await mint(cnf=CNF, sub=CALLER)
    assert (await visitor.get(PATH, headers=shown(clock, token))).status_code == 200
