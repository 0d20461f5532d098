"""What third parties reach for, values that cost or break, and sign-ins that outlive their user."""

import asyncio
from urllib.parse import urlencode

import pytest
from tests.hosted.conftest import CHALLENGE, REDIRECT_URI, House, Person
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.roles.models import RoleType


def authorization(client_id: str, **more: str) -> str:
    query = {
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **more,
    }
    return f"/oidc/auth?{urlencode(query)}"


async def test_a_third_party_is_shown_and_given_no_scopes_of_apis(
    house: House, factory: Factory, visitor: Visitor
) -> None:
    client_id = await house.application(is_third_party=True)
    api = await factory.api(scopes=["delete:everything"])
    await factory.role(name="boss", type_=RoleType.USER, scopes=api.scopes.values())
    user = await factory.user(roles=["boss"])
    person = Person(visitor=visitor, client_id=client_id)
    page = await person.arrive(scope="openid delete:everything", resource=api.indicator)

    page = await person.follow(await person.fill(page, identifier=user.username, password=user.password))

    assert page.status_code == 200
    assert "delete:everything" not in page.text


@pytest.mark.parametrize(
    ("registered", "candidate"),
    [
        ("https://a.b.example.com/" + "*a" * 6, "https://a.b.example.com/" + "a" * 60 + "b"),
        ("https://" + "*a" * 6 + ".b.example.com/", "https://" + "a" * 60 + "b.b.example.com/"),
    ],
    ids=["path", "label"],
)
async def test_stars_in_a_redirect_uri_do_not_stop_the_server(
    factory: Factory, visitor: Visitor, registered: str, candidate: str
) -> None:
    made = await factory.spa(redirect_uris=[registered])
    loop = asyncio.get_running_loop()
    before = loop.time()

    await visitor.get(authorization(made.id, redirect_uri=candidate))

    assert loop.time() - before < 0.3
