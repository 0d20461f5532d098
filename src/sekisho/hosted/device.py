"""`/device`: a person types the code of a device, and says whether the device is theirs (oidc.md §17.2).

The form is the protocol's, and so is its secret; here it is only shown.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from sekisho.hosted.look import Look, look_of
from sekisho.hosted.pages import DeviceCodeInput, DeviceConfirmation, DeviceConnected
from sekisho.http.context import RequestContext, context
from sekisho.http.redirects import redirect
from sekisho.kernel.ids import ApplicationId
from sekisho.oidc.device.answers import PAGE, XSRF_COOKIE, Problem
from sekisho.oidc.device.user_code import compared, shown
from sekisho.ui.responses import page_response

_SHARED = ("app_id", "organization_id", "ui_locales")
#: What the page says of a problem at the field, or above the form.
PROBLEMS_AT_THE_FIELD: Mapping[str, str] = {
    Problem.NO_CODE: "error.device_code_required",
    Problem.NOT_FOUND: "error.invalid_device_code",
    Problem.EXPIRED: "sekisho.device.over",
    Problem.ALREADY_USED: "sekisho.device.over",
}
PROBLEMS_ABOVE: Mapping[str, str] = {
    Problem.ABORTED: "error.device_flow_aborted",
    Problem.INVALID_REQUEST: "sekisho.device.enter_again",
    Problem.TOO_MANY_ATTEMPTS: "sekisho.device.too_many",
    "SessionNotFound": "sekisho.device.enter_again",
}


async def show_device(request: Request) -> Response:
    """Ask for a code, or for the person's word on one."""
    ctx = context(request)
    xsrf = ctx.cookies.get(XSRF_COOKIE)
    if not xsrf:
        query = request.url.query
        return redirect(ctx.urls.path("/oidc/device") + (f"?{query}" if query else ""))
    look = await look_of(ctx)
    typed, error = ctx.query.get("user_code"), ctx.query.get("error")
    if not typed or error:
        return _input(ctx, look, xsrf, typed=ctx.query.get("input_code", ""), error=error)
    found = await ctx.services.provider.find_device(typed, address=ctx.client_ip)
    if isinstance(found, Problem):
        return _input(ctx, look, xsrf, typed=typed, error=found)
    # Attack: an address that names another application than the one whose code it carries.
    application = await ctx.services.applications.find(ApplicationId(found.client_id))
    named = ctx.services.application_sign_in.name_of
    page = DeviceConfirmation(
        action=_action(ctx),
        xsrf=xsrf,
        user_code=shown(compared(typed)),
        application_name="" if application is None else await named(application.application),
    )
    return page_response(ctx, page, chrome=look.chrome)


async def show_device_connected(request: Request) -> Response:
    """Send the person back to the device."""
    ctx = context(request)
    look = await look_of(ctx)
    return page_response(ctx, DeviceConnected(), chrome=look.chrome)


def _input(ctx: RequestContext, look: Look, xsrf: str, *, typed: str, error: str | None) -> Response:
    problem, errors = None, {}
    if error and error in PROBLEMS_AT_THE_FIELD:
        errors = {"user_code": look.say(PROBLEMS_AT_THE_FIELD[error])}
    elif error:
        problem = look.say(PROBLEMS_ABOVE.get(error, "description.device_activation_error_description"))
    page = DeviceCodeInput(action=_action(ctx), xsrf=xsrf, user_code=typed, problem=problem, errors=errors)
    return page_response(ctx, page, chrome=look.chrome)


def _action(ctx: RequestContext) -> str:
    shared = [(name, ctx.query[name]) for name in _SHARED if name in ctx.query]
    return ctx.urls.url(f"/oidc{PAGE}") + (f"?{urlencode(shared)}" if shared else "")
