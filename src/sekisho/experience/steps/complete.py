"""Whether an account has everything the tenant demands (experience.md §5.3)."""

from sekisho.experience.desk import Desk
from sekisho.experience.errors import MissingProfile, ProfileMissing
from sekisho.experience.policy import lacks_extra_profile, missing_profile, sign_up_fields
from sekisho.experience.state import ExperienceState, InteractionEvent
from sekisho.sign_in.models import SignInExperience
from sekisho.users.models import User


async def check_complete(desk: Desk, state: ExperienceState, *, settings: SignInExperience, user: User | None) -> None:
    """Raise `ProfileMissing` for what neither the user nor his staged profile has."""
    # Who comes from an enterprise is asked for nothing (§16).
    is_social = state.profile.social_identity is not None or state.has_social_account
    if is_social and settings.social_sign_in.skip_required_identifiers is True:
        return
    if missing := missing_profile(settings.sign_up, user=user, staged=state.profile):
        raise ProfileMissing(missing)
    if state.event is InteractionEvent.REGISTER:
        fields = sign_up_fields(settings.sign_up_profile_fields, catalogue=await desk.profile_fields.list())
        if lacks_extra_profile(fields, user=user, staged=state.profile):
            raise ProfileMissing((MissingProfile.EXTRA_PROFILE,))
