"""A browser that goes through a world's authorization endpoint and its pages."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from tests.oidc.world import ALICE, REDIRECT_URI, World

from sekisho.oidc.authorize.answers import Authorized, RedirectToPage
from sekisho.oidc.authorize.comeback import ResumeRequest
from sekisho.oidc.authorize.flow import AuthorizeRequest
from sekisho.oidc.consent import ConsentGiven, ConsentNeeded
from sekisho.oidc.interactions import CurrentRequest
from sekisho.oidc.response_modes import RedirectToClient

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
SOUND = {
    "client_id": "spa",
    "redirect_uri": REDIRECT_URI,
    "response_type": "code",
    "scope": "openid profile",
    "state": "s",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


async def ask(world: World, *, cookie: str | None = None, **params: str) -> Authorized:
    query = list({**SOUND, **params}.items())
    return await world.provider.authorize(AuthorizeRequest(query=query, session_cookie=cookie))


async def come_back(world: World, uid: str, *, cookie: str | None = None, resume: str | None = "") -> Authorized:
    resume_cookie = uid if resume == "" else resume
    return await world.provider.resume(ResumeRequest(uid=uid, resume_cookie=resume_cookie, session_cookie=cookie))


def page_of(authorized: Authorized) -> RedirectToPage:
    assert isinstance(authorized.answer, RedirectToPage), authorized.answer
    return authorized.answer


def members_of(authorized: Authorized) -> dict[str, str]:
    assert isinstance(authorized.answer, RedirectToClient), authorized.answer
    return {name: values[0] for name, values in parse_qs(urlsplit(authorized.answer.location).query).items()}


async def sign_in(world: World, account_id: str = ALICE, **params: str) -> Authorized:
    """Go to the sign-in page and come back signed in."""
    page = page_of(await ask(world, **params))
    world.interactions[page.interaction.uid] = replace(
        world.interactions[page.interaction.uid], result={"login": {"accountId": account_id}, "userId": account_id}
    )
    return await come_back(world, page.interaction.uid)


async def consent(world: World, uid: str, cookie: str) -> ConsentGiven | ConsentNeeded:
    provider = world.provider
    current = await provider.current_interaction(CurrentRequest(interaction_cookie=uid, session_cookie=cookie))
    return await provider.auto_consent(current)
