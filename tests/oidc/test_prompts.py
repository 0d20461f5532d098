"""When something must be asked, in which order, and what `prompt=none` hears instead (oidc.md §9.1)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.world import ALICE, API, START, World, native, spa

from sekisho.oidc.authorize.prompts import Situation, unmet
from sekisho.oidc.authorize.request import KNOWN, AuthorizationRequest, Facts
from sekisho.oidc.models import Client, Grant
from sekisho.oidc.params import read_params, words


def situation(
    *,
    prompt: str = "",
    scope: str = "openid",
    client: Client | None = None,
    is_signed_in: bool = True,
    grant: Grant | None = None,
    outcome: Mapping[str, Any] | None = None,
    available: Mapping[str, list[str]] | None = None,
    max_age: timedelta | None = None,
    hinted: str | None = None,
    age: timedelta = timedelta(0),
) -> Situation:
    request = AuthorizationRequest(
        params=read_params([("prompt", prompt)], known=KNOWN), facts=Facts(issuer="", client=client or spa())
    )
    request.prompts, request.scopes = frozenset(words(prompt)), words(scope)
    request.max_age, request.hinted_account = max_age, hinted
    return Situation(
        request=request,
        now=START,
        account_id=ALICE if is_signed_in else None,
        login_at=START - age if is_signed_in else None,
        grant=grant,
        outcome=outcome or {},
        available=available or {},
    )


GRANT = World().granted(scopes=["openid"])
CASES = [
    pytest.param(
        situation(is_signed_in=False),
        ("login", ["no_session"], "login_required", "End-User authentication is required"),
        id="nobody is signed in",
    ),
    pytest.param(
        situation(prompt="login", is_signed_in=False),
        ("login", ["login_prompt", "no_session"], "login_required", "End-User authentication is required"),
        id="all reasons of a prompt are told",
    ),
    pytest.param(
        situation(prompt="login", grant=GRANT),
        ("login", ["login_prompt"], "login_required", "End-User authentication is required"),
        id="prompt=login",
    ),
    pytest.param(
        situation(max_age=timedelta(seconds=60), age=timedelta(seconds=61), grant=GRANT),
        ("login", ["max_age"], "login_required", "End-User authentication could not be obtained"),
        id="max_age",
    ),
    pytest.param(
        situation(hinted="somebody", grant=GRANT),
        ("login", ["id_token_hint"], "login_required", "id_token_hint and authenticated subject do not match"),
        id="id_token_hint of somebody else",
    ),
    pytest.param(
        situation(prompt="consent", grant=GRANT),
        ("consent", ["consent_prompt"], "consent_required", "End-User consent is required"),
        id="prompt=consent",
    ),
    pytest.param(
        situation(client=native(), grant=GRANT),
        ("consent", ["native_client_prompt"], "interaction_required", "native clients require End-User interaction"),
        id="RFC 8252 §8.6: native",
    ),
    pytest.param(
        situation(),
        ("consent", ["op_scopes_missing"], "consent_required", "requested scopes not granted"),
        id="no grant",
    ),
    pytest.param(
        situation(scope="openid email", grant=GRANT),
        ("consent", ["op_scopes_missing"], "consent_required", "requested scopes not granted"),
        id="a scope is missing",
    ),
    pytest.param(
        situation(grant=GRANT, available={API: ["read"]}),
        ("consent", ["rs_scopes_missing"], "consent_required", "requested scopes not granted"),
        id="a scope of a resource is missing",
    ),
    pytest.param(situation(grant=GRANT), None, id="nothing is missing"),
    pytest.param(
        situation(max_age=timedelta(seconds=60), age=timedelta(seconds=60), grant=GRANT), None, id="young enough"
    ),
    pytest.param(situation(hinted=ALICE, grant=GRANT), None, id="id_token_hint of the same person"),
    pytest.param(
        situation(prompt="login consent", grant=GRANT, outcome={"login": {}, "consent": {}}),
        None,
        id="what was asked in this flow is not asked again",
    ),
    pytest.param(
        situation(max_age=timedelta(seconds=1), age=timedelta(days=1), grant=GRANT, outcome={"login": {}}),
        None,
        id="a sign-in of this flow is young",
    ),
    pytest.param(situation(client=native(), grant=GRANT, outcome={"consent": {}}), None, id="native, consented"),
    pytest.param(
        situation(scope="openid email", grant=replace(GRANT, rejected_scopes=["email"])), None, id="refused before"
    ),
    pytest.param(
        situation(grant=replace(GRANT, resources={API: ["read"]}), available={API: ["read"]}), None, id="granted before"
    ),
    pytest.param(
        situation(grant=replace(GRANT, rejected_resources={API: ["read"]}), available={API: ["read"]}),
        None,
        id="refused at the resource before",
    ),
    pytest.param(situation(scope="openid read", grant=GRANT), None, id="scopes of nothing are not asked for"),
]


@pytest.mark.parametrize(("given", "expected"), CASES)
def test_a_situation_asks_for(given: Situation, expected: tuple[str, list[str], str, str] | None) -> None:
    found = unmet(given)

    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert (found.prompt.name, list(found.prompt.reasons)) == expected[:2]
        assert (found.error.error, found.error.description) == expected[2:]


def test_the_page_is_told_what_is_missing() -> None:
    found = unmet(situation(scope="openid offline_access email", grant=GRANT, available={API: ["read", "write"]}))

    assert found is not None
    assert found.prompt.reasons == ["op_scopes_missing", "rs_scopes_missing"]
    assert found.prompt.details == {
        "missingOIDCScope": ["offline_access", "email"],
        "missingResourceScopes": {API: ["read", "write"]},
    }
