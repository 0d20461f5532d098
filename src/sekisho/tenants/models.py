"""What a tenant is, which configuration values it keeps, and what is true of the whole installation."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sekisho.kernel.ids import TenantId

DEFAULT_TENANT = TenantId("default")
ADMIN_TENANT = TenantId("admin")


class TenantTag(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class ConfigurationKey(StrEnum):
    """Names of the values a tenant keeps beside its tables; signing and cookie keys have tables of their own."""

    ADMIN_CONSOLE = "adminConsole"
    ID_TOKEN = "idToken"  # noqa: S105 — the name of a value
    OIDC_SESSION = "oidc.session"
    OIDC_PROVIDER = "oidc.provider"
    JWT_ACCESS_TOKEN = "jwt.accessToken"  # noqa: S105 — the same
    JWT_CLIENT_CREDENTIALS = "jwt.clientCredentials"
    CLOUD_CONNECTION = "cloudConnection"
    SESSION_NOT_FOUND_REDIRECT_URL = "sessionNotFoundRedirectUrl"

    @property
    def is_secret(self) -> bool:
        """Tell whether the value is sealed at rest: it carries a credential."""
        # A script's environment is where its author puts the keys of what it calls.
        return self in {
            ConfigurationKey.CLOUD_CONNECTION,
            ConfigurationKey.JWT_ACCESS_TOKEN,
            ConfigurationKey.JWT_CLIENT_CREDENTIALS,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    id: TenantId
    name: str
    tag: TenantTag
    is_suspended: bool
    created_at: datetime
