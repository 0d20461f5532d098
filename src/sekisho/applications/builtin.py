"""Clients that every tenant has without a row: known by id, first-party, redirect URIs follow the tenant's URL."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sekisho.applications.models import (
    NO_REDIRECT_URIS,
    Application,
    ApplicationType,
    ApplicationWithSecrets,
    CustomClientMetadata,
)
from sekisho.kernel.ids import ApplicationId

DEMO_APP = ApplicationId("demo-app")
ACCOUNT_CENTER = ApplicationId("account-center")
DEVICE_DEMO_APP = ApplicationId("device-demo-app")
#: The Console. It has a row in the admin tenant, but its redirect URIs follow the tenant's address, too.
ADMIN_CONSOLE = ApplicationId("admin-console")

_NO_SETTINGS = CustomClientMetadata()


def _built_in(
    application_id: ApplicationId, name: str, type_: ApplicationType, settings: CustomClientMetadata = _NO_SETTINGS
) -> ApplicationWithSecrets:
    application = Application(
        id=application_id,
        name=name,
        description=None,
        type=type_,
        oidc_client_metadata=NO_REDIRECT_URIS,
        custom_client_metadata=settings,
        protected_app_metadata=None,
        custom_data={},
        is_third_party=False,
        app_level_access_control_enabled=False,
        created_at=datetime.fromtimestamp(0, UTC),
    )
    return ApplicationWithSecrets(application=application, secrets=())


BUILT_IN: Mapping[ApplicationId, ApplicationWithSecrets] = {
    entry.application.id: entry
    for entry in (
        _built_in(DEMO_APP, "Live Preview", ApplicationType.SPA),
        _built_in(
            ACCOUNT_CENTER,
            "Account Center",
            ApplicationType.SPA,
            CustomClientMetadata(always_issue_refresh_token=True),
        ),
        _built_in(
            DEVICE_DEMO_APP,
            "Device Flow Preview",
            ApplicationType.NATIVE,
            CustomClientMetadata(is_device_flow=True),
        ),
    )
}
