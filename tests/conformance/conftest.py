from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.conformance.relying_party import RelyingParty
from tests.support.factories import Factory
from tests.support.visitor import Visitor

MakeRelyingParty = Callable[..., Awaitable[RelyingParty]]

SIGNED_OUT = "https://app.example.com/signed-out"
EVERYTHING: dict[str, Any] = {
    "name": "Ada Lovelace",
    "avatar": "https://pictures.example.com/ada.png",
    "primary_email": "ada@example.com",
    "primary_phone": "819012345678",
    "profile": {
        "givenName": "Ada",
        "familyName": "Lovelace",
        "address": {"formatted": "12 St James's Square, London", "country": "GB"},
    },
}


@pytest.fixture
def relying_party(visitor: Visitor, make: Factory) -> MakeRelyingParty:
    """Make the application of a plan, with its user."""

    async def made(*, response_mode: str = "query") -> RelyingParty:
        application = await make.traditional(post_logout_redirect_uris=(SIGNED_OUT,))
        user = await make.user(**EVERYTHING)
        return RelyingParty(visitor=visitor, application=application, user=user, response_mode=response_mode)

    return made
