"""String formats of the wire, as Pydantic types whose failures read like the reference's (`guard.py`)."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PlainValidator, TypeAdapter, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from sekisho.applications.redirect_uris import is_registrable
from sekisho.passwords.models import MAX_PASSWORD_BYTES

ABSENT: Any = None
"""The default of a member that may be left out but not be null: what was sent is in `model_fields_set`."""

# Matched by Pydantic's own engine, which takes linear time and ends at the very end of the text.
USERNAME_PATTERN = r"^[A-Z_a-z][0-9A-Z_a-z]*$"
EMAIL_PATTERN = r"^\S+@\S+\.\S+$"
PHONE_PATTERN = r"^[0-9]+$"

_URL_SCHEME = re.compile(r"[A-Za-z][0-9A-Za-z+.-]*:")
_WITH_AUTHORITY = {"http", "https", "ws", "wss", "ftp"}


def is_url(text: str) -> bool:
    """Tell whether a text is an absolute URL of any scheme."""
    try:
        parts = urlsplit(text.strip())
        _ = parts.port
    except ValueError:
        return False
    if not _URL_SCHEME.match(text.strip()):
        return False
    return parts.scheme not in _WITH_AUTHORITY or bool(parts.hostname)


def _url(text: str) -> str:
    if not is_url(text):
        raise PydanticCustomError("invalid_string", "Invalid url", {"validation": "url"})
    return text


def _or_empty(check: Callable[[str], object], refusal: Mapping[str, str]) -> AfterValidator:
    """Accept what `check` accepts, or an empty text, which clears the member."""

    def validate(text: str) -> str:
        if text:
            try:
                check(text)
            except (PydanticCustomError, ValidationError):
                literal = 'Invalid literal value, expected ""'
                alternatives = [
                    {"code": "invalid_string", **refusal},
                    {"code": "invalid_literal", "expected": "", "received": text, "message": literal},
                ]
                raise PydanticCustomError("invalid_union", "Invalid input", {"alternatives": alternatives}) from None
        return text

    return AfterValidator(validate)


def _one_of(*schemas: Mapping[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"oneOf": [*schemas, {"type": "string", "format": "empty"}]})


def _redirect_uri(text: str) -> str:
    if not is_registrable(text):
        raise PydanticCustomError("custom", "Invalid input")
    return text


def _password(text: str) -> str:
    if len(text.encode()) > MAX_PASSWORD_BYTES:
        message = f"String must contain at most {MAX_PASSWORD_BYTES} character(s)"
        raise PydanticCustomError("string_too_long", message, {"max_length": MAX_PASSWORD_BYTES})
    return text


def _number(value: object) -> int | float:
    """Accept a JSON number as it is: an integer stays one on the way back out."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number_type", "Input should be a number")
    return value


Url: TypeAlias = Annotated[str, AfterValidator(_url), WithJsonSchema({"type": "string", "format": "url"})]
RedirectUri: TypeAlias = Annotated[str, AfterValidator(_redirect_uri)]
Number: TypeAlias = Annotated[float, PlainValidator(_number), WithJsonSchema({"type": "number"})]
Password: TypeAlias = Annotated[str, Field(min_length=1), AfterValidator(_password)]

Username: TypeAlias = Annotated[str, Field(pattern=USERNAME_PATTERN)]
Email: TypeAlias = Annotated[str, Field(pattern=EMAIL_PATTERN)]
Phone: TypeAlias = Annotated[str, Field(pattern=PHONE_PATTERN)]

_NOT_A_URL = {"validation": "url", "message": "Invalid url"}
_NO_MATCH = {"validation": "regex", "message": "Invalid"}

UrlOrEmpty: TypeAlias = Annotated[str, _or_empty(_url, _NOT_A_URL), _one_of({"type": "string", "format": "url"})]
UsernameOrEmpty: TypeAlias = Annotated[
    str,
    _or_empty(TypeAdapter(Username).validate_python, _NO_MATCH),
    _one_of({"type": "string", "pattern": USERNAME_PATTERN}),
]
EmailOrEmpty: TypeAlias = Annotated[
    str,
    _or_empty(TypeAdapter(Email).validate_python, _NO_MATCH),
    _one_of({"type": "string", "pattern": EMAIL_PATTERN}),
]
PhoneOrEmpty: TypeAlias = Annotated[
    str,
    _or_empty(TypeAdapter(Phone).validate_python, _NO_MATCH),
    _one_of({"type": "string", "pattern": PHONE_PATTERN}),
]
