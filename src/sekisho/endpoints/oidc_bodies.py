"""What a request to the provider carries, as pairs: its query, and its form or JSON body (oidc.md §1.2, §1.3)."""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request

from sekisho.http.context import context
from sekisho.http.forms import UnreadableForm, codec_of, read_body, split_pairs
from sekisho.kernel.json import UnacceptableJson, check_json, check_text
from sekisho.oidc.errors import InvalidRequest, UnknownRoute

Pairs = Sequence[tuple[str, str]]

_MAX_BODY = 56 * 1024
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_CONVERTIBLE_LENGTH = 2


def read_query(request: Request) -> Pairs:
    """Return the query's members in their order, repeated ones too."""
    return _split(request.scope["query_string"].decode("latin-1"), where="request")


async def read_form(request: Request) -> Pairs:
    """Return the body's members; a JSON object counts as a form, and a broken one as an empty one."""
    body, kind, content_type = await _read(request)
    if kind == _JSON:
        return _flat(_parsed(body))
    if kind != _FORM and (kind or body):
        where = f"{request.method} {path_below(request)}"
        raise InvalidRequest(f"only {_FORM} content-type bodies are supported on {where}")
    return _split(_decoded(body, content_type), where="request body")


async def read_converted(request: Request) -> Pairs:
    """Return the body of a POST that stands for a GET, in place of its query (oidc.md §1.2)."""
    body, kind, content_type = await _read(request)
    if kind == _FORM:
        return _split(_decoded(body, content_type), where="request body")
    members = _parsed(body) if kind == _JSON else None
    if not isinstance(members, dict) or not all(_is_convertible(value) for value in members.values()):
        raise UnknownRoute(unknown_route(request))
    return _flat(members)


def unknown_route(request: Request) -> str:
    return f"unrecognized route or not allowed method ({request.method} on {path_below(request)})"


def path_below(request: Request) -> str:
    """Return the path below `/oidc` of whatever tenant."""
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", "")).removeprefix("/oidc")


async def _read(request: Request) -> tuple[bytes, str, str]:
    content_type = context(request).headers.get("content-type", "").lower()
    try:
        body = await read_body(request, limit=_MAX_BODY)
    except UnreadableForm as error:
        raise InvalidRequest("request entity too large", status=413) from error
    if b"\x00" in body and "16" not in content_type:
        raise InvalidRequest("null bytes are not allowed in the request body")
    return body, content_type.partition(";")[0].strip(), content_type


def _decoded(body: bytes, content_type: str) -> str:
    try:
        return body.decode(codec_of(content_type), errors="replace")
    except LookupError as error:
        raise InvalidRequest("unsupported charset") from error


def _split(text: str, *, where: str) -> Pairs:
    try:
        pairs = split_pairs(text, errors="replace")
    except ValueError as error:
        raise InvalidRequest("too many parameters") from error
    return _acceptable(pairs, where=where)


def _acceptable(pairs: Pairs, *, where: str) -> Pairs:
    try:
        check_text("".join([text for pair in pairs for text in pair]))
    except UnacceptableJson as error:
        raise InvalidRequest(f"null bytes are not allowed in the {where}") from error
    return pairs


def _parsed(body: bytes) -> object:
    try:
        value = msgspec.json.decode(body)
        check_json(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    except (UnacceptableJson, RecursionError) as error:
        raise InvalidRequest("null bytes are not allowed in the request body") from error
    return value


def _flat(members: object) -> Pairs:
    """Return the scalar members of a JSON object as text; a list is a repeated parameter."""
    pairs: list[tuple[str, str]] = []
    for name, value in members.items() if isinstance(members, dict) else ():
        values = value if isinstance(value, list) else [value]
        pairs += [(name, _text(each)) for each in values if _is_scalar(each)]
    return pairs


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float)


def _is_convertible(value: object) -> bool:
    if isinstance(value, list):
        return len(value) >= _CONVERTIBLE_LENGTH and all(_is_scalar(each) for each in value)
    return _is_scalar(value)
