"""`/console/welcome`: the link from the operator's terminal that makes the first administrator."""

from starlette.responses import Response

from sekisho.administrators.models import FIRST_ADMIN_TOKEN_LIFE
from sekisho.console.pages import LinkRefused
from sekisho.console.place import Place, in_console
from sekisho.console.sign_in import start_sign_in
from sekisho.http.interactions import FIRST_ADMIN_COOKIE


@in_console
async def welcome(place: Place) -> Response:
    """Remember the token in the browser, and go on to the registration; an unusable one is told plainly."""
    token = place.ctx.query.get("token", "")
    administrators = place.admin.administrators
    if not await administrators.is_first_admin_token(token):
        is_administered = await administrators.has_administrator()
        return place.show(LinkRefused(sign_in_url=place.url() if is_administered else None), status=403)
    expires = place.admin.clock.now() + FIRST_ADMIN_TOKEN_LIFE
    place.set_admin_cookie(FIRST_ADMIN_COOKIE, token, expires=expires)
    response = start_sign_in(place, extra={"first_screen": "register"})
    # The address carries the token: no page that follows may learn it.
    response.headers["referrer-policy"] = "no-referrer"
    return response
