"""The link with which the first administrator registers."""

from sekisho.cli.desk import services_of
from sekisho.cli.refusals import Refusal
from sekisho.services import Runtime
from sekisho.tenants.models import ADMIN_TENANT


async def first_admin_link(runtime: Runtime) -> str | None:
    """Issue a link, or return None when there is an administrator. The link before it is void."""
    async with services_of(runtime, ADMIN_TENANT) as services:
        if await services.administrators.has_administrator():
            return None
        token = await services.administrators.issue_first_admin_token()
        # The Console is at the root of the origin that answers for the admin tenant, whatever the tenant's prefix.
        return f"{services.urls.origin}/console/welcome?token={token.reveal()}"


async def required_link(runtime: Runtime) -> str:
    link = await first_admin_link(runtime)
    if link is None:
        raise Refusal("This installation has an administrator already; the link is for the first one only.")
    return link
