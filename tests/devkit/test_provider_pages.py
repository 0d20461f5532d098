"""The pages of the fake providers, on a development server only."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.hosted.conftest import form_of, read
from tests.support.databases import Databases
from tests.support.providers import KEYS, Program, back
from tests.support.visitor import Visitor

from sekisho.devkit.providers.routing import PATH
from sekisho.settings import Settings


@pytest.fixture
def db_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """One kind of database is enough: the providers keep nothing."""
    with databases.sqlite(tmp_path) as url:
        yield url


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    is_development = not request.node.get_closest_marker("production")
    return settings.model_copy(update={"development": is_development})


@pytest.fixture(params=KEYS)
def program(request: pytest.FixtureRequest, visitor: Visitor) -> Program:
    return Program(visitor, request.param)


async def test_somebody_chooses_an_account_and_consents(program: Program, visitor: Visitor) -> None:
    page = await visitor.get(program.authorization_url())
    assert page.status_code == 200
    names = [each.text.strip() for each in read(page).all("label")]
    assert {"Katsushika Hokusai", "Utagawa Hiroshige", "Somebody without a name"} <= set(names)

    fields = {**form_of(page).fields, "account": "hiroshige", "fault": "", "decision": "allow"}
    answer = back(await visitor.get(f"{program.authorization}?{urlencode(fields)}"))

    assert answer["state"] == "some state"
    tokens = (await program.redeem(answer["code"])).json()
    assert "Utagawa Hiroshige" in (await program.profile(tokens["access_token"])).text or program.key == "discord"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("client_id", "another"), ("redirect_uri", "javascript:alert(1)"), ("response_type", "token")],
)
async def test_a_wrong_request_sends_nobody_back(
    program: Program, visitor: Visitor, parameter: str, value: str
) -> None:
    url = program.authorization_url(account="hokusai", decision="allow", **{parameter: value})
    page = await visitor.get(url)
    assert page.status_code == 400
    assert parameter in page.text


@pytest.mark.parametrize("missing", ["scope", "state", "code_challenge", "code_challenge_method"])
async def test_x_insists_on_state_scope_and_pkce(visitor: Visitor, missing: str) -> None:
    page = await visitor.get(Program(visitor, "x").authorization_url(**{missing: ""}))
    assert page.status_code == 400
    assert missing in page.text


async def test_the_list_says_what_to_type_into_a_connector(visitor: Visitor) -> None:
    page = await visitor.get(PATH)
    assert page.status_code == 200
    for key in KEYS:
        assert f"{key}-client" in page.text
        assert f"{key}-secret" in page.text
    assert f"{PATH}/oidc/keys" in page.text


@pytest.mark.production
async def test_in_production_there_are_no_fake_providers(visitor: Visitor) -> None:
    assert (await visitor.get(PATH)).status_code == 404
