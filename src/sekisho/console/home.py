"""`/console`: where this tenant is, and what to do next."""

from collections.abc import Iterator
from importlib.metadata import version

from starlette.responses import Response

from sekisho.console.pages import Home, NextStep, SignedInAdmin, Step, Welcome
from sekisho.console.place import Place, in_console
from sekisho.console.session import Administrator, find_administrator
from sekisho.console.sign_in import start_sign_in
from sekisho.http.csrf import csrf_token
from sekisho.resources.models import management_api_indicator
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.tenants.urls import TenantUrls


@in_console
async def show_home(place: Place) -> Response:
    """Show the page, or sign the administrator in first."""
    administrator = await find_administrator(place)
    if administrator is not None:
        return place.show(_home(place, administrator))
    if not await place.admin.administrators.has_administrator():
        return place.show(Welcome(register_url=None))
    return start_sign_in(place)


def _home(place: Place, administrator: Administrator) -> Home:
    urls = place.ctx.services_of(DEFAULT_TENANT).urls
    user = administrator.user
    return Home(
        admin=SignedInAdmin(
            name=user.name or user.username or user.primary_email or user.id,
            user_id=user.id,
            sign_out_action=place.url("/sign-out"),
            csrf_token=csrf_token(place.ctx, administrator.session.id),
        ),
        tenant_id=DEFAULT_TENANT,
        issuer=urls.issuer,
        discovery_url=f"{urls.issuer}/.well-known/openid-configuration",
        management_api_resource=management_api_indicator(DEFAULT_TENANT),
        management_api_url=urls.url("/api"),
        next_steps=tuple(_next_steps(place, urls)),
        version=version("sekisho"),
    )


def _next_steps(place: Place, urls: TenantUrls) -> Iterator[NextStep]:
    app = "http://localhost:3000"
    yield NextStep(
        step=Step.ADD_APPLICATION,
        command=(
            f'sekisho app create --type Traditional --name "My application"'
            f" --redirect-uri {app}/callback --post-logout-redirect-uri {app}/"
        ),
    )
    yield NextStep(step=Step.ADD_USER, command="sekisho user create --username ada")
    yield NextStep(
        step=Step.ADD_MACHINE_APPLICATION,
        command='sekisho app create --type MachineToMachine --name "My automation" --management-api',
    )
    if place.ctx.runtime.settings.development:
        yield NextStep(step=Step.TRY_SIGN_IN, url=urls.url("/demo-app"))
