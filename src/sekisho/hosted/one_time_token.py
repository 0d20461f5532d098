"""`/one-time-token`: a link from a message, by way of the application it belongs to (experience.md §17.2).

The page is looked at without using the token up; its form sends itself. Attack: software that opens every link of a
message before its reader does.
"""

from starlette.responses import Response

from sekisho.experience.dispatch import Step
from sekisho.experience.token_moves import follow_link
from sekisho.hosted.pages import ErrorPage, OneTimeToken
from sekisho.hosted.problems import Problems
from sekisho.hosted.steps import see
from sekisho.hosted.tries import guessed
from sekisho.hosted.visit import Visit, visited
from sekisho.http.rate_limits import Guarded
from sekisho.kernel.secret import Secret
from sekisho.one_time_tokens.errors import EmailMismatch, TokenNotFound
from sekisho.users.models import Identifier, IdentifierType


@visited
async def show_one_time_token(visit: Visit) -> Response:
    token, email = visit.ctx.query.get("one_time_token"), visit.ctx.query.get("login_hint")
    if not token or not email:
        return _no_good(visit, visit.look.say("error.invalid_link_description"), 400)
    page = OneTimeToken(
        action=visit.url("/one-time-token"),
        csrf_token=visit.csrf_token,
        email=email,
        fields=(("email", email), ("token", token)),
    )
    return visit.show(page)


@visited
async def one_time_token(visit: Visit) -> Response:
    """Use the token."""
    form = await visit.form()
    email, token = form.text("email"), form.text("token")
    if not email or not token:
        return see(visit.url("/sign-in"))

    async def move() -> Step:
        return await follow_link(visit.flow, email=email, token=Secret(token))

    def again(problems: Problems, status: int) -> Response:
        return _no_good(visit, problems.whole or "", status)

    who = Identifier(type=IdentifierType.EMAIL, value=email)
    return await guessed(
        visit, Guarded.ONE_TIME_TOKEN, who, move=move, wrong=(TokenNotFound, EmailMismatch), again=again
    )


def _no_good(visit: Visit, message: str, status: int) -> Response:
    page = ErrorPage(
        title=visit.look.say("error.invalid_link"),
        message=message,
        sign_in_url=visit.url("/sign-in"),
        support=visit.look.support,
    )
    return visit.show(page, status=status)
