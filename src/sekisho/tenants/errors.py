"""Why a tenant, or the installation, cannot be used."""

from sekisho.kernel.errors import EntityNotFound


class TenantNotFound(EntityNotFound):
    """There is no such tenant."""


class VaultLocked(Exception):
    """The key that opens the secrets at rest is missing or wrong; the text tells the operator what to do."""
