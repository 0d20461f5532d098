"""Whether somebody may use an application at all: one question, asked wherever he would get something (oidc.md §27)."""

from sekisho.kernel.ids import UserId
from sekisho.oidc.errors import AccessDenied
from sekisho.oidc.ports import Ports


async def check_access(ports: Ports, *, account_id: UserId, client_id: str) -> None:
    """Refuse unless the application's rules let the person in; raises `AccessDenied`."""
    # Attack: an application for some people is opened by everybody who has an account of the tenant.
    if not await ports.client_access.admits(account_id, client_id=client_id):
        raise AccessDenied("the user may not use this application")
