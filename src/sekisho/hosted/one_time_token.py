"""`/one-time-token`: a link from a message, by way of the application it belongs to (experience.md §17.2).

The page is looked at without using the token up; its form sends itself. Attack: software that opens every link of a
message before its reader does.
"""

from urllib.parse import urlsplit

from starlette.responses import Response

from sekisho.experience.dispatch import Step
from sekisho.experience.token_moves import follow_link
from sekisho.hosted.pages import ErrorPage, OneTimeToken, SwitchAccount
from sekisho.hosted.problems import Problems
from sekisho.hosted.steps import see
from sekisho.hosted.tries import guessed
from sekisho.hosted.visit import Visit, visited
from sekisho.http.rate_limits import Guarded
from sekisho.kernel.ids import UserId
from sekisho.kernel.secret import Secret
from sekisho.one_time_tokens.errors import (
    EmailMismatch,
    EventMismatch,
    TokenConsumed,
    TokenExpired,
    TokenNotFound,
    TokenRevoked,
)
from sekisho.users.models import Identifier, IdentifierType, User

_REASONS = (TokenNotFound, EmailMismatch, TokenExpired, TokenConsumed, TokenRevoked, EventMismatch)
_RESET = "reset"
_WEB = frozenset({"http", "https"})


@visited
async def show_one_time_token(visit: Visit) -> Response:
    token, email = visit.ctx.query.get("one_time_token"), visit.ctx.query.get("login_hint")
    if token and email:
        return visit.show(link_page(visit, email=email, token=token))
    said = {visit.look.say.error(reason.code) for reason in _REASONS}
    told = visit.ctx.query.get("errorMessage", "")
    # Attack: an address that has our page say whatever its writer likes.
    return _no_good(visit, told if told in said else visit.look.say("error.invalid_link_description"), 400)


@visited
async def show_switch_account(visit: Visit) -> Response:
    """Ask who goes on: the person who is signed in, or the one the link is for."""
    token, email = visit.ctx.query.get("one_time_token"), visit.ctx.query.get("login_hint")
    session = visit.current.session
    user = None if session is None or session.account_id is None else await _user(visit, session.account_id)
    if not token or not email or user is None:
        return see(visit.url("/sign-in"))
    names = (user.primary_email, user.username, user.primary_phone, user.name, user.id)
    origin = urlsplit(visit.interaction.params.get("redirect_uri", ""))
    page = SwitchAccount(
        account=next(name for name in names if name),
        email=email,
        switch_url=visit.url("/one-time-token", one_time_token=token),
        back_url=f"{origin.scheme}://{origin.netloc}" if origin.scheme in _WEB else None,
    )
    return visit.show(page)


@visited
async def one_time_token(visit: Visit) -> Response:
    """Use the token."""
    form = await visit.form()
    email, token = form.text("email"), form.text("token")
    if not email or not token:
        return see(visit.url("/sign-in"))

    resets_password = form.get("event") == _RESET

    async def move() -> Step:
        return await follow_link(visit.flow, email=email, token=Secret(token), resets_password=resets_password)

    def again(problems: Problems, status: int) -> Response:
        return _no_good(visit, problems.whole or "", status)

    who = Identifier(type=IdentifierType.EMAIL, value=email)
    return await guessed(
        visit, Guarded.ONE_TIME_TOKEN, who, move=move, wrong=(TokenNotFound, EmailMismatch), again=again
    )


def link_page(visit: Visit, *, email: str, token: str, resets_password: bool = False) -> OneTimeToken:
    """Return the page whose form sends itself."""
    fields = (("email", email), ("token", token), *((("event", _RESET),) if resets_password else ()))
    return OneTimeToken(action=visit.url("/one-time-token"), csrf_token=visit.csrf_token, email=email, fields=fields)


async def _user(visit: Visit, account_id: str) -> User | None:
    return await visit.ctx.services.users.find(UserId(account_id))


def _no_good(visit: Visit, message: str, status: int) -> Response:
    say = visit.look.say
    # The title has said that much already.
    says_more = message != say.error(TokenNotFound.code)
    page = ErrorPage(
        title=say("error.invalid_link"),
        message=message if says_more else say("error.invalid_link_description"),
        sign_in_url=visit.url("/sign-in"),
        support=visit.look.support,
    )
    return visit.show(page, status=status)
