"""Whose look is laid over the tenant's on the pages of a sign-in (experience.md §21.1)."""

from collections.abc import Sequence

from sekisho.applications.service import ApplicationService
from sekisho.applications.sign_in import ApplicationSignInService
from sekisho.kernel.ids import ApplicationId
from sekisho.sign_in.models import Look


async def looks_for(
    application_id: str | None, *, applications: ApplicationService, application_sign_in: ApplicationSignInService
) -> Sequence[Look]:
    """Return the looks to lay over the tenant's, in their order; an unknown application has none."""
    found = await applications.find(ApplicationId(application_id)) if application_id else None
    # Attack: pages that ask for passwords in the clothes of somebody else's application.
    if found is None or found.application.is_third_party:
        return ()
    own = await application_sign_in.of(found.application)
    return (Look(color=own.color, branding=own.branding, custom_css=own.custom_css),)
