"""`/consent`: a first-party application is consented at once, a third party asks."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.responses import Response

from sekisho.experience.consent import ConsentRequest, WantedScopes, accept_consent, consent_request
from sekisho.experience.links import DeadLink, FollowLink, SwitchAccount, detour
from sekisho.hosted.pages import Consent, ConsentOrganization, ConsentResource, ConsentScope, ConsentUser, Terms
from sekisho.hosted.uploaded import uploaded_page
from sekisho.hosted.visit import Visit, visited
from sekisho.http.redirects import redirect
from sekisho.oidc.consent import ConsentGiven, missing_of, signed_in_account
from sekisho.oidc.errors import AccessDenied
from sekisho.oidc.scopes import OFFLINE_ACCESS, OPENID
from sekisho.users.models import User

_WEB = frozenset({"http", "https"})


@visited
async def show_consent(visit: Visit) -> Response:
    """Go on at once, ask, or say that the person may not use the application."""
    services = visit.ctx.services
    if away := await _detour(visit):
        return away
    try:
        answer = await services.provider.auto_consent(visit.current)
    except AccessDenied:
        return visit.show(await _kept_out(visit))
    if isinstance(answer, ConsentGiven):
        return redirect(answer.return_to)
    asked = await consent_request(
        answer,
        applications=services.applications,
        application_sign_in=services.application_sign_in,
        users=services.users,
        resources=services.resources,
    )
    return await uploaded_page(visit.ctx) or visit.show(_page(visit, asked))


@visited
async def consent(visit: Visit) -> Response:
    """Take the decision."""
    form = await visit.form()
    provider = visit.ctx.services.provider
    if form.get("decision") == "authorize":
        chosen = form.all().get("organizationIds", ())
        decided = await accept_consent(provider, visit.current, organization_ids=chosen)
    else:
        decided = await provider.decline_consent(visit.current)
    return redirect(decided.return_to, status=303)


async def _detour(visit: Visit) -> Response | None:
    """Return the way of a link with a one-time token, which goes before the answer to the application."""
    services = visit.ctx.services
    if "one_time_token" not in visit.interaction.params:
        return None
    user = await services.users.get(await signed_in_account(services.provider.ports, visit.current))
    match await detour(visit.interaction, user=user, tokens=services.one_time_tokens):
        case None:
            return None
        case SwitchAccount(email=email, token=token):
            return redirect(visit.url("/switch-account", login_hint=email, one_time_token=token))
        case FollowLink(email=email, token=token):
            return redirect(visit.url("/one-time-token", login_hint=email, one_time_token=token))
        case DeadLink(error):
            return redirect(visit.url("/one-time-token", errorMessage=visit.look.say(f"errors.{error.code}")))


async def _kept_out(visit: Visit) -> Consent:
    """Return the page for somebody whom the application's rules do not let in (oidc.md §27)."""
    account_id = await signed_in_account(visit.ctx.services.provider.ports, visit.current)
    return Consent(
        action=visit.url("/consent"),
        csrf_token=visit.csrf_token,
        application_name=await visit.application_name() or visit.interaction.client_id,
        user=_user(await visit.ctx.services.users.get(account_id)),
        use_another_account_url=visit.url("/sign-in"),
        may_authorize=False,
        problem=visit.look.say("error.application_access_denied"),
    )


def _page(visit: Visit, asked: ConsentRequest) -> Consent:
    missing = missing_of(visit.interaction).scopes or ()
    return Consent(
        action=visit.url("/consent"),
        csrf_token=visit.csrf_token,
        application_name=asked.shown.display_name or asked.application.name,
        application_logo_url=asked.shown.branding.get("logoUrl") or asked.application.oidc_client_metadata.logo_uri,
        user=_user(asked.user),
        user_scopes=(*(asked.scopes or ()), *(scope for scope in missing if scope == OFFLINE_ACCESS)),
        resources=_resources(asked.resources),
        organizations=tuple(
            ConsentOrganization(
                id=each.organization.id, name=each.organization.name, resources=_resources(each.resources)
            )
            for each in asked.organizations
        ),
        # Every sign-in needs `openid` (OpenID Connect Core §3.1.2.1): once it is granted, something was allowed before.
        is_known=OPENID not in missing,
        redirect_origin=None if asked.redirect_uri is None else _origin(asked.redirect_uri),
        use_another_account_url=visit.url("/sign-in"),
        terms=Terms(terms_of_use_url=asked.shown.terms_of_use_url, privacy_policy_url=asked.shown.privacy_policy_url),
        house_terms=visit.look.terms(is_registration=False),
    )


def _origin(redirect_uri: str) -> str:
    """Return where the person goes on to, as far as it tells him something."""
    target = urlsplit(redirect_uri)
    # An application's own scheme has no host: its name is all there is.
    return target.netloc if target.scheme in _WEB else f"{target.scheme}:"


def _user(user: User) -> ConsentUser:
    names = [name for name in (user.name, user.username, user.primary_email, user.primary_phone) if name]
    return ConsentUser(
        name=names[0] if names else user.id, detail=names[1] if len(names) > 1 else None, avatar_url=user.avatar
    )


def _resources(wanted: Sequence[WantedScopes]) -> tuple[ConsentResource, ...]:
    return tuple(
        ConsentResource(
            name=each.resource.name,
            scopes=tuple(ConsentScope(name=scope.name, description=scope.description or None) for scope in each.scopes),
        )
        for each in wanted
        if each.scopes
    )
