"""`/consent`: a first-party application is consented at once, a third party asks."""

from urllib.parse import urlsplit

from starlette.responses import Response

from sekisho.experience.consent import ConsentRequest, WantedScopes, consent_request
from sekisho.hosted.pages import Consent, ConsentResource, ConsentScope, ConsentUser
from sekisho.hosted.visit import Visit, visited
from sekisho.http.redirects import redirect
from sekisho.oidc.consent import ConsentGiven, missing_of
from sekisho.oidc.scopes import OFFLINE_ACCESS
from sekisho.users.models import User


@visited
async def show_consent(visit: Visit) -> Response:
    """Go on at once, or ask."""
    services = visit.ctx.services
    answer = await services.provider.auto_consent(visit.current)
    if isinstance(answer, ConsentGiven):
        return redirect(answer.return_to)
    asked = await consent_request(
        visit.current,
        client=answer.client,
        applications=services.applications,
        users=services.users,
        resources=services.resources,
    )
    return visit.show(_page(visit, asked))


@visited
async def consent(visit: Visit) -> Response:
    """Take the decision."""
    form = await visit.form()
    provider = visit.ctx.services.provider
    is_allowed = form.get("decision") == "authorize"
    decided = await (provider.accept_consent if is_allowed else provider.decline_consent)(visit.current)
    return redirect(decided.return_to, status=303)


def _page(visit: Visit, asked: ConsentRequest) -> Consent:
    target = urlsplit(asked.redirect_uri)
    missing = missing_of(visit.interaction).scopes
    return Consent(
        action=visit.url("/consent"),
        csrf_token=visit.csrf_token,
        application_name=asked.application.name,
        user=_user(asked.user),
        user_scopes=(*asked.scopes, *(scope for scope in missing if scope == OFFLINE_ACCESS)),
        resources=tuple(_resource(each) for each in asked.resources if each.scopes),
        # Every sign-in needs `openid` (OpenID Connect Core §3.1.2.1): once it is granted, something was allowed before.
        is_known="openid" not in missing,
        redirect_origin=f"{target.scheme}://{target.netloc}",
        use_another_account_url=visit.url("/sign-in"),
    )


def _user(user: User) -> ConsentUser:
    names = [name for name in (user.name, user.username, user.primary_email, user.primary_phone) if name]
    return ConsentUser(
        name=names[0] if names else user.id, detail=names[1] if len(names) > 1 else None, avatar_url=user.avatar
    )


def _resource(wanted: WantedScopes) -> ConsentResource:
    scopes = tuple(ConsentScope(name=scope.name, description=scope.description or None) for scope in wanted.scopes)
    return ConsentResource(name=wanted.resource.name, scopes=scopes)
