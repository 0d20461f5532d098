"""Every fake provider, the page that lists them, and which origins a development server stands in for."""

from collections.abc import Sequence
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sekisho.devkit.providers.dialect import Dialect, client_id_of, secret_of
from sekisho.devkit.providers.discord import Discord
from sekisho.devkit.providers.fake import Fake
from sekisho.devkit.providers.id_tokens import published_keys
from sekisho.devkit.providers.kakao import Kakao
from sekisho.devkit.providers.linkedin import LinkedIn
from sekisho.devkit.providers.pages import ListedProvider, Providers
from sekisho.devkit.providers.standard import OAuth2, Oidc
from sekisho.devkit.providers.x import X
from sekisho.http.context import context
from sekisho.kernel.clock import Clock
from sekisho.ui.responses import page_response

PATH = "/dev/providers"
DIALECTS: Sequence[Dialect] = (X(), Kakao(), Discord(), LinkedIn(), OAuth2(), Oidc())
_SLOWNESS = timedelta(seconds=12)


def provider_routes(*, clock: Clock, slowness: timedelta = _SLOWNESS) -> Sequence[BaseRoute]:
    """Return the providers as a development server has them; tests that only exchange codes need no page."""
    fakes = (Fake(dialect=dialect, clock=clock, slowness=slowness, spent=set()) for dialect in DIALECTS)
    return (
        Route(PATH, list_providers, methods=["GET"]),
        Route(f"{PATH}/{Oidc.key}/keys", show_keys, methods=["GET"]),
        *(fake.mount(PATH) for fake in fakes),
    )


def provider_origins(base: str) -> dict[str, str]:
    """Return where each origin of a real provider is found instead, on the development server at `base`."""
    return {origin: f"{base}{PATH}/{dialect.key}" for dialect in DIALECTS for origin in dialect.origins}


async def list_providers(request: Request) -> Response:
    """Show what to type into the settings of a connector."""
    ctx = context(request)
    listed = tuple(_listed(dialect, base=ctx.urls.origin + PATH) for dialect in DIALECTS)
    return page_response(ctx, Providers(providers=listed))


async def show_keys(_request: Request) -> Response:
    return JSONResponse(published_keys())


def _listed(dialect: Dialect, *, base: str) -> ListedProvider:
    credentials = (("clientId", client_id_of(dialect.key)), ("clientSecret", secret_of(dialect.key)))
    return ListedProvider(name=dialect.name, settings=(*credentials, *_endpoints(dialect, f"{base}/{dialect.key}")))


def _endpoints(dialect: Dialect, where: str) -> Sequence[tuple[str, str]]:
    """Return the addresses that a connector must be told, unless it knows its provider."""
    if dialect.origins:
        return ()
    said_by = (
        ("jwksUri", f"{where}/keys") if dialect.key == Oidc.key else ("userInfoEndpoint", where + dialect.profile_path)
    )
    return (
        ("authorizationEndpoint", where + dialect.authorization_path),
        ("tokenEndpoint", where + dialect.token_path),
        said_by,
    )
