"""Every method and path the application answers, found by walking it, so that nobody has to remember a new one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from starlette.routing import BaseRoute, Mount, Route
from tests.e2e.shapes import Schema
from tests.support.databases import settings_for

from sekisho.api.app import create_api
from sekisho.api.openapi import normalized
from sekisho.app import create_app
from sekisho.endpoints.oidc import ENDPOINTS, OidcEndpoints

# What the provider's endpoints read, whatever the method (oidc.md).
_OIDC_FIELDS = (
    *("client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age"),
    *("login_hint", "ui_locales", "id_token_hint", "acr_values", "claims_locales", "display", "code_challenge"),
    *("code_challenge_method", "resource", "request_uri", "request", "registration", "first_screen"),
    *("interaction_mode", "direct_sign_in", "organization_id", "identifier", "one_time_token"),
    *("google_one_tap_credential", "grant_type", "code", "code_verifier", "refresh_token", "token"),
    *("token_type_hint", "client_secret", "access_token", "post_logout_redirect_uri", "logout_hint", "xsrf", "logout"),
    *("client_assertion", "client_assertion_type", "dpop_jkt", "device_code", "user_code", "confirm", "abort"),
    *("subject_token", "subject_token_type", "actor_token", "actor_token_type", "app_id", "input_code", "error"),
)
_PAGE_FIELDS = (
    *("_csrf", "identifier", "password", "newPassword", "confirmPassword", "decision", "agreeToTerms"),
    *("app_id", "organization_id", "ui_locales", "login_hint", "locale", "token", "code", "state", "iss", "error"),
    *("user_code", "input_code", "organizationIds"),
)
_LIST_FIELDS = (
    "search",
    "search.username",
    "search.id",
    "mode",
    "mode.name",
    "joint",
    "isCaseSensitive",
    "types",
    "page",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A method and a path with `{names}` in it; `fields` are names of parameters, `schema` is that of a JSON body."""

    method: str
    path: str
    fields: tuple[str, ...] = ()
    schema: Schema | None = None
    definitions: Schema = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@cache
def everywhere() -> Sequence[Place]:
    """Return the places of the pages and the provider, and those of the APIs as they describe themselves."""
    app = create_app(settings_for("sqlite:///:memory:", development=True))
    description = normalized(create_api(), version="3.1.0")
    found = {str(place): place for place in (*_routed(app._router.routes), *_described(description))}
    return tuple(found[name] for name in sorted(found))


def _routed(routes: Sequence[BaseRoute]) -> Iterator[Place]:
    for route in routes:
        if isinstance(route, Mount):
            assert route.path == "/api", "what is mounted there has to be walked too"
            continue
        if isinstance(route, OidcEndpoints):
            for path, endpoint in ENDPOINTS.items():
                for method in endpoint.handlers:
                    yield Place(method=method, path=f"/oidc{path.replace(':uid', '{uid}')}", fields=_OIDC_FIELDS)
            continue
        assert isinstance(route, Route), route
        for method in sorted(route.methods or ()):
            yield Place(method=method, path=route.path, fields=_PAGE_FIELDS)


def _described(description: Schema) -> Iterator[Place]:
    definitions = description["components"]["schemas"]
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            parameters = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
            content = operation.get("requestBody", {}).get("content", {})
            yield Place(
                method=method.upper(),
                path=path,
                fields=(*parameters, *_LIST_FIELDS),
                schema=content.get("application/json", {}).get("schema"),
                definitions=definitions,
            )
