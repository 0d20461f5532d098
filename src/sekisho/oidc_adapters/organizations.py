"""A tenant without organizations: nobody belongs to any, and none gives anything."""

from collections.abc import Sequence

from sekisho.kernel.ids import UserId
from sekisho.oidc.models import Organization


class NoOrganizations:
    """Implements `Organizations`."""

    async def of_account(self, account_id: UserId) -> Sequence[Organization]:  # noqa: ARG002 — the port's signatures, here and below
        return ()

    async def has_member(self, organization_id: str, *, account_id: UserId) -> bool:  # noqa: ARG002
        return False

    async def has_client(self, organization_id: str, *, client_id: str) -> bool:  # noqa: ARG002
        return False

    async def lets_client_in(self, organization_id: str, *, client_id: str, account_id: UserId) -> bool:  # noqa: ARG002
        return False

    async def let_client_in(self, organization_ids: Sequence[str], *, client_id: str, account_id: UserId) -> None:
        """Nobody is a member of any, so there is nothing to remember."""

    async def lacks_mfa(self, organization_id: str, *, account_id: UserId) -> bool:  # noqa: ARG002
        return False

    async def scopes(self) -> Sequence[str]:
        return ()

    async def scopes_of_account(self, organization_id: str, *, account_id: UserId) -> Sequence[str]:  # noqa: ARG002
        return ()

    async def scopes_of_client(self, organization_id: str, *, client_id: str) -> Sequence[str]:  # noqa: ARG002
        return ()

    async def resource_scopes_of_account(
        self,
        organization_id: str | None,  # noqa: ARG002
        *,
        account_id: UserId,  # noqa: ARG002
        indicator: str,  # noqa: ARG002
    ) -> Sequence[str]:
        return ()

    async def resource_scopes_of_client(
        self,
        organization_id: str,  # noqa: ARG002
        *,
        client_id: str,  # noqa: ARG002
        indicator: str,  # noqa: ARG002
    ) -> Sequence[str]:
        return ()
