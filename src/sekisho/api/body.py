"""Reading a request's body: at most 1 MB, JSON or a form, and nothing in it that cannot be stored."""

from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request

from sekisho.http.forms import decode_form
from sekisho.kernel.errors import InvalidInput
from sekisho.kernel.json import UnacceptableJson, check_json

MAX_BODY = 1024 * 1024

_FORM = "application/x-www-form-urlencoded"
_decoder = msgspec.json.Decoder()


class BadJson(Exception):
    """The body is not JSON; answered 400 with a message and no code (management-api.md §3.1)."""


async def read_json(request: Request) -> Any:
    """Return what the body says; a missing body says `{}`, a body of another type is only text."""
    raw = await _read(request)
    if not raw:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json" or kind.endswith("+json"):
            value = _decode(raw)
        elif kind == _FORM:
            value = _fields(raw)
        else:
            value = raw.decode(errors="replace")
        check_json(value)
    except UnacceptableJson as error:
        raise InvalidInput(details=f"A value {error}.") from error
    return value


async def _read(request: Request) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BODY:
        raise HTTPException(413)
    chunks: list[bytes] = []
    taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        if taken > MAX_BODY:
            raise HTTPException(413)
        chunks.append(chunk)
    return b"".join(chunks)


def _decode(raw: bytes) -> Any:
    try:
        value = _decoder.decode(raw)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadJson(str(error)) from error
    except RecursionError as error:
        raise UnacceptableJson("is nested too deeply") from error
    if not isinstance(value, dict | list):
        raise BadJson("The body must be an object or an array.")
    return value


def _fields(raw: bytes) -> dict[str, Any]:
    """Return a form as an object; a repeated field is an array."""
    try:
        pairs = decode_form(raw.decode())
    except ValueError as error:
        raise InvalidInput(details="The form cannot be read.") from error
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name not in fields:
            fields[name] = value
        elif isinstance(fields[name], list):
            fields[name].append(value)
        else:
            fields[name] = [fields[name], value]
    return fields
