"""Coming in through a provider: off to it, back from it, and what is asked of who comes for the first time.

`/callback/{connectorId}` belongs to who sent the person away: to these pages, or to pages the tenant brought.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from sekisho.connectors.errors import ConnectorNotFound
from sekisho.connectors.kit.errors import ProviderFailed
from sekisho.connectors.kit.manifest import Platform
from sekisho.experience.dispatch import Mend, Restart, Step
from sekisho.experience.errors import ConnectorSessionNotFound
from sekisho.experience.social_moves import come_back, go_to_provider, link_account, register_with_account
from sekisho.hosted.fields import check_terms
from sekisho.hosted.notices import refused
from sekisho.hosted.options import provider_of
from sekisho.hosted.pages import FormPage, SocialLink, SocialRegister
from sekisho.hosted.problems import Problems
from sekisho.hosted.provider_problems import DENIALS, provider_problem
from sekisho.hosted.register import ALL_WAYS as REGISTER
from sekisho.hosted.register import register_page
from sekisho.hosted.sign_in import ALL_WAYS as SIGN_IN
from sekisho.hosted.sign_in import sign_in_page
from sekisho.hosted.steps import follow, see, showing
from sekisho.hosted.typed import Typed, masked
from sekisho.hosted.visit import Handler, Visit, visited
from sekisho.http.context import context
from sekisho.http.forms import UnreadableForm, read_form
from sekisho.http.interactions import left_interaction
from sekisho.http.redirects import redirect
from sekisho.kernel.errors import DomainError
from sekisho.oidc.errors import InvalidRequest
from sekisho.users.models import Identifier, IdentifierType
from sekisho.verification.social import SocialAccount

#: The routes of the pages a person may be sent back to when a provider he was to be sent to directly is not there.
_FALLBACKS = {"register": REGISTER}
_MOST_OF_AN_ANSWER = 16 * 1024


def goes_to_provider(path: str, page: Callable[[Visit, str], Awaitable[FormPage]]) -> Handler:
    """Return what takes the press of a provider's button on a page."""

    @visited
    async def go(visit: Visit) -> Response:
        form = await visit.form()
        # Who is asked on every page agrees before he leaves (experience.md §25.4).
        if errors := check_terms(form, visit.look, visit.look.terms(is_registration=False)):
            return showing(visit, await page(visit, path))(Problems(fields=errors), 422)
        connector_id = _connector_id(visit)
        targets = visit.look.settings.social_sign_in_connector_targets
        # Attack: a provider that an administrator has taken from the pages, by an address that is still known.
        if connector_id not in {each.id for each in await visit.ctx.services.connectors.of_targets(targets)}:
            return await _problem(visit, ConnectorNotFound(), connector_id)
        return await _leave(visit, connector_id)

    return go


async def _sign_in_page(visit: Visit, path: str) -> FormPage:
    return await sign_in_page(visit, path, typed=Typed())


async def _register_page(visit: Visit, path: str) -> FormPage:
    return await register_page(visit, path, typed=Typed())


sign_in_with_provider = goes_to_provider(SIGN_IN, _sign_in_page)
register_with_provider = goes_to_provider(REGISTER, _register_page)


@visited
async def go_directly(visit: Visit) -> Response:
    """Send a person to the provider the application named, without a page in between (experience.md §18.2)."""
    target = visit.request.path_params.get("target", "")
    offered = visit.look.settings.social_sign_in_connector_targets
    connectors = await visit.ctx.services.connectors.of_targets([each for each in offered if each == target])
    connector = next((each for each in connectors if each.platform is not Platform.NATIVE), None)
    terms = visit.look.terms(is_registration=False)
    if visit.request.path_params["method"] != "social" or connector is None or (terms.must_tick and terms.any):
        return see(visit.url(_FALLBACKS.get(visit.ctx.query.get("fallback", ""), SIGN_IN)))
    return await _leave(visit, connector.id)


async def _come_back(visit: Visit) -> Response:
    """Take in who comes back with the provider's answer."""
    connector_id = _connector_id(visit)
    try:
        step = await come_back(
            visit.flow,
            connector_id,
            answer=visit.ctx.query,
            redirect_uri=_redirect_uri(visit, connector_id),
            settings=visit.look.settings,
        )
    except ProviderFailed as error:
        return await _problem(visit, error, connector_id)
    return await _answer(visit, step, connector_id)


come_back_from_provider = visited(_come_back, find=left_interaction)


async def take_answer(request: Request) -> Response:
    """Make a form that a provider posts an address to be visited: it carries no cookies (experience.md §18.8)."""
    ctx = context(request)
    try:
        form = await read_form(request, limit=_MOST_OF_AN_ANSWER)
    except UnreadableForm:
        return await refused(ctx, InvalidRequest())
    path = ctx.urls.url(f"/callback/{request.path_params['connector_id']}")
    response = redirect(f"{path}?{urlencode(form.fields)}", status=303)
    response.headers["referrer-policy"] = "no-referrer"
    return response


@visited
async def show_social_link(visit: Visit) -> Response:
    account = _account(visit)
    return see(visit.url(SIGN_IN)) if account is None else visit.show(await _link_page(visit, account))


@visited
async def social_link(visit: Visit) -> Response:
    """Link the account that was found, or make a new one."""
    form = await visit.form()
    account = _account(visit)
    if account is None:
        return see(visit.url(SIGN_IN))
    page = await _link_page(visit, account)
    if form.get("decision") == "create" and page.may_create:
        return await _register(visit)
    return follow(visit, await link_account(visit.flow), again=showing(visit, page))


@visited
async def show_social_register(visit: Visit) -> Response:
    return see(visit.url(SIGN_IN)) if _account(visit) is None else visit.show(await _register_form(visit))


@visited
async def social_register(visit: Visit) -> Response:
    """Make an account, once the terms are agreed to."""
    form = await visit.form()
    if _account(visit) is None:
        return see(visit.url(SIGN_IN))
    if errors := check_terms(form, visit.look, visit.look.terms(is_registration=True)):
        return showing(visit, await _register_form(visit))(Problems(fields=errors), 422)
    return follow(visit, await register_with_account(visit.flow), again=showing(visit, await _register_form(visit)))


async def _leave(visit: Visit, connector_id: str) -> Response:
    try:
        step = await go_to_provider(visit.flow, connector_id, redirect_uri=_redirect_uri(visit, connector_id))
    except ProviderFailed as error:
        return await _problem(visit, error, connector_id)
    return await _answer(visit, step, connector_id)


async def _answer(visit: Visit, step: Step, connector_id: str) -> Response:
    match step:
        case Mend(error):
            return await _problem(visit, error, connector_id)
        case Restart():
            return await _problem(visit, ConnectorSessionNotFound(), connector_id)
        case _:
            return follow(visit, step, again=_nowhere)


def _nowhere(problems: Problems, status: int) -> Response:
    raise AssertionError((problems, status))


async def _problem(visit: Visit, error: DomainError | ProviderFailed, connector_id: str) -> Response:
    """Say what went wrong on the way, and lead back."""
    visit.ctx.fail()
    page, status = provider_problem(
        error,
        look=visit.look,
        provider=await provider_of(visit, connector_id),
        was_denied=visit.ctx.query.get("error", "") in DENIALS,
        sign_in_url=visit.url(SIGN_IN),
        request_id=visit.ctx.request_id,
    )
    response = visit.show(page, status=status)
    # The address holds the provider's answer, which is nobody else's business.
    response.headers["referrer-policy"] = "no-referrer"
    return response


async def _register(visit: Visit) -> Response:
    """Make a new account at once, where nothing has to be agreed to first."""
    terms = visit.look.terms(is_registration=True)
    asked_before = visit.look.terms(is_registration=False).must_tick
    if terms.must_tick and terms.any and not asked_before:
        return see(visit.url(f"/social/register/{_connector_id(visit)}"))
    again = showing(visit, await _register_form(visit))
    return follow(visit, await register_with_account(visit.flow), again=again)


def _account(visit: Visit) -> SocialAccount | None:
    """Return who came back through this page's provider, as long as nobody was identified by it."""
    if not visit.flow.is_begun or visit.flow.state.user_id is not None:
        return None
    record = visit.flow.state.social
    return record.account if record is not None and record.connector_id == _connector_id(visit) else None


async def _link_page(visit: Visit, account: SocialAccount) -> SocialLink:
    related = visit.flow.notes.identifier
    connector_id = _connector_id(visit)
    return SocialLink(
        action=visit.url(f"/social/link/{connector_id}"),
        csrf_token=visit.csrf_token,
        provider=await provider_of(visit, connector_id),
        account=masked(related or _address_of(account)),
        may_create=visit.look.settings.sign_in_mode.allows_registration,
        back_url=visit.url(SIGN_IN),
    )


async def _register_form(visit: Visit) -> SocialRegister:
    connector_id = _connector_id(visit)
    return SocialRegister(
        action=visit.url(f"/social/register/{connector_id}"),
        csrf_token=visit.csrf_token,
        provider=await provider_of(visit, connector_id),
        back_url=visit.url(SIGN_IN),
        terms=visit.look.terms(is_registration=True),
    )


def _address_of(account: SocialAccount) -> Identifier:
    if account.phone:
        return Identifier(type=IdentifierType.PHONE, value=account.phone)
    return Identifier(type=IdentifierType.EMAIL, value=account.email or "")


def _connector_id(visit: Visit) -> str:
    return str(visit.request.path_params["connector_id"])


def _redirect_uri(visit: Visit, connector_id: str) -> str:
    return visit.ctx.urls.url(f"/callback/{connector_id}")
