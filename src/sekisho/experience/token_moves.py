"""The move of who follows a link with a one-time token (experience.md §17.2)."""

from sekisho.experience.dispatch import AskNewPassword, Step
from sekisho.experience.errors import UserNotExist
from sekisho.experience.flow import Flow
from sekisho.experience.moves import taken
from sekisho.experience.state import InteractionEvent
from sekisho.kernel.secret import Secret
from sekisho.users.models import Identifier, IdentifierType


async def follow_link(flow: Flow, *, email: str, token: Secret, resets_password: bool = False) -> Step:
    """Use the token; come in with what it proves, found an account with it, or choose a new password."""

    async def move() -> Step:
        flow.begin(InteractionEvent.FORGOT_PASSWORD if resets_password else InteractionEvent.SIGN_IN)
        identifier = Identifier(type=IdentifierType.EMAIL, value=email)
        proof = await flow.use_one_time_token(identifier=identifier, token=token)
        try:
            await flow.identify(verification_id=proof)
        except UserNotExist:
            if resets_password:
                raise
            await flow.switch(InteractionEvent.REGISTER)
            await flow.identify(verification_id=proof)
        return AskNewPassword() if resets_password else await flow.submit()

    return await taken(flow, move)
