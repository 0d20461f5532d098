"""Moves of who comes by a social provider: leave for it, come back, and link or found an account."""

from collections.abc import Mapping

from sekisho.experience.dispatch import Leave, OfferLink, OfferSocialRegistration, Step, after_unknown_account
from sekisho.experience.errors import SocialIdentityUnknown
from sekisho.experience.flow import Flow
from sekisho.experience.moves import taken
from sekisho.experience.notes import Notes
from sekisho.experience.state import InteractionEvent
from sekisho.sign_in.models import SignInExperience
from sekisho.verification.errors import VerificationNotFound


async def go_to_provider(flow: Flow, connector_id: str, *, redirect_uri: str) -> Step:
    """Begin anew, and leave for a provider."""

    async def move() -> Step:
        flow.begin(InteractionEvent.SIGN_IN)
        return Leave(await flow.leave_for_provider(connector_id, redirect_uri=redirect_uri))

    return await taken(flow, move)


async def come_back(
    flow: Flow, connector_id: str, *, answer: Mapping[str, str], redirect_uri: str, settings: SignInExperience
) -> Step:
    """Come back from a provider with its answer, which is what the address of the callback said."""

    async def move() -> Step:
        callback = {name: value for name, value in answer.items() if name != "state"}
        proof = await flow.come_back(
            connector_id, state=answer.get("state", ""), callback={**callback, "redirectUri": redirect_uri}
        )
        try:
            await flow.identify(verification_id=proof)
        except SocialIdentityUnknown as error:
            return await _unknown(flow, error, settings=settings)
        return await flow.submit()

    return await taken(flow, move)


async def link_account(flow: Flow) -> Step:
    """Give the account at the provider to the user who has its address or number, and come in as him."""
    return await taken(flow, lambda: _link(flow))


async def register_with_account(flow: Flow) -> Step:
    """Make a user of the account at the provider."""
    return await taken(flow, lambda: _register(flow))


async def _unknown(flow: Flow, error: SocialIdentityUnknown, *, settings: SignInExperience) -> Step:
    match after_unknown_account(error, settings=settings):
        case OfferLink(is_agreed=True):
            return await _link(flow)
        case OfferSocialRegistration(is_agreed=True):
            return await _register(flow)
        case OfferLink(related=related) as step:
            # The page says whose account it would be.
            flow.notes = Notes(identifier=related)
            return step
        case step:
            return step


async def _link(flow: Flow) -> Step:
    await flow.switch(InteractionEvent.SIGN_IN)
    await flow.identify(verification_id=_proof(flow), links_social_identity=True)
    return await flow.submit()


async def _register(flow: Flow) -> Step:
    await flow.switch(InteractionEvent.REGISTER)
    await flow.identify(verification_id=_proof(flow))
    return await flow.submit()


def _proof(flow: Flow) -> str:
    record = flow.state.social
    if record is None or not record.is_verified:
        raise VerificationNotFound
    return record.id
