"""Choosing a name and a password before there is an account (deprecated on the wire, experience.md §4.2)."""

from sekisho.experience.desk import Desk
from sekisho.experience.state import ExperienceState
from sekisho.experience.steps.profile import accepted_password
from sekisho.experience.steps.proven import identified_by
from sekisho.kernel.secret import Secret
from sekisho.users.models import Identifier, IdentifierType
from sekisho.verification.new_password import NewPasswordIdentity


async def choose_identity(
    desk: Desk, state: ExperienceState, *, username: str, password: Secret
) -> tuple[ExperienceState, NewPasswordIdentity]:
    """Keep a name nobody has, with a password the policy accepts."""
    await desk.users.ensure_available(username=username)
    identifier = Identifier(type=IdentifierType.USERNAME, value=username)
    named = state.profile.with_proven(identified_by(identifier))
    record = NewPasswordIdentity(
        id=desk.ids.standard(),
        identifier=identifier,
        password=await accepted_password(desk, named, user=None, password=password),
    )
    return state.with_record(record), record
