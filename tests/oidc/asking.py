"""Asking the token endpoint of a world: the forms of each grant, and what comes back."""

from typing import Any

import pytest
from tests.oidc.world import ALICE, REDIRECT_URI, World, signing_key

from sekisho.oidc.errors import OAuthError
from sekisho.oidc.models import Account
from sekisho.oidc.token_endpoint import TokenRequest
from sekisho.oidc.tokens import jwt

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
CODE_FORM = {
    "grant_type": "authorization_code",
    "client_id": "spa",
    "code": "code",
    "code_verifier": VERIFIER,
    "redirect_uri": REDIRECT_URI,
}
REFRESH_FORM = {"grant_type": "refresh_token", "client_id": "spa", "refresh_token": "rt"}
MACHINE_FORM = {"grant_type": "client_credentials", "client_id": "m2m", "client_secret": "s3cret"}
OTHER_API = "https://invoices.example.com"


async def ask(world: World, form: dict[str, str], *, resources: tuple[str, ...] = ()) -> dict[str, Any]:
    pairs = [*form.items(), *(("resource", each) for each in resources)]
    return dict((await world.provider.token(TokenRequest(form=pairs))).members())


async def refused(world: World, form: dict[str, str], *, resources: tuple[str, ...] = ()) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        await ask(world, form, resources=resources)
    return caught.value


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.verify(token, keys=[signing_key()]))


def suspend(world: World) -> None:
    """Suspend Alice."""
    world.accounts[ALICE] = Account(id=ALICE, is_suspended=True)
