"""What templates may say beside the code: whose sign-in it is, and in which language (connectors.md §4.11)."""

from collections.abc import Mapping
from typing import Any

from sekisho.applications.service import ApplicationService
from sekisho.applications.sign_in import ApplicationSignInService
from sekisho.kernel.ids import ApplicationId


class MessageVariables:
    """The variables of one tenant's messages."""

    def __init__(self, *, applications: ApplicationService, application_sign_in: ApplicationSignInService) -> None:
        self._applications = applications
        self._application_sign_in = application_sign_in

    async def of_application(self, application_id: str) -> Mapping[str, Any]:
        """Return `application`, or nothing of one that is unknown: that keeps no message from being sent."""
        found = await self._applications.find(ApplicationId(application_id))
        if found is None:
            return {}
        application = found.application
        own = await self._application_sign_in.of(application)
        known = {
            "id": application.id,
            "name": application.name,
            "branding": dict(own.branding),
            "displayName": own.display_name,
        }
        return {"application": {name: value for name, value in known.items() if value}}
