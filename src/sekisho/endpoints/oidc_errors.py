"""OAuth errors as HTTP: one renderer for every surface that meets one (oidc.md §28)."""

import msgspec
from starlette.responses import Response

from sekisho.http.context import RequestContext
from sekisho.oidc.error_answers import challenge, error_body
from sekisho.oidc.errors import OAuthError

JSON = "application/json; charset=utf-8"


def oauth_error_response(
    ctx: RequestContext, error: OAuthError, *, state: str | None = None, issuer: str | None = None
) -> Response:
    """Return an error as JSON, in the caller's language. `state` and `issuer` go out with authorization errors."""
    body = error_body(
        error,
        say=lambda code, /, **values: ctx.translator.find(f"errors.{code}", **values),
        is_raw=ctx.query.get("parse_error") == "false",
        extra={"state": state, "iss": issuer},
    )
    response = Response(msgspec.json.encode(body), status_code=error.answer_status, media_type=None)
    response.headers["content-type"] = JSON
    if (value := challenge(error, issuer=ctx.urls.issuer)) is not None:
        response.headers["www-authenticate"] = value
    return response
