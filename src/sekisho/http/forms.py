"""Reading a form so that nothing is lost: repeated fields stay visible, and what cannot be stored is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

from starlette.requests import ClientDisconnect, Request

from sekisho.kernel.errors import DomainError, ErrorKind
from sekisho.kernel.json import UnacceptableJson, check_text

MAX_FORM = 56 * 1024
_FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 500
_UTF_8 = "utf-8"
_CODECS: Mapping[str, str] = {
    **dict.fromkeys(("utf-8", "utf8"), _UTF_8),
    **dict.fromkeys(("us-ascii", "ascii"), "ascii"),
    **dict.fromkeys(("iso-8859-1", "latin1"), "latin-1"),
    "utf-16": "utf-16",
    **dict.fromkeys(("utf-16le", "utf16le"), "utf-16-le"),
}


class UnreadableForm(DomainError):
    """The body is not a form we can read. Values: `details`."""

    code = "sekisho.unreadable_form"
    kind = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, in the order they came."""

    fields: Sequence[tuple[str, str]]

    def get(self, name: str) -> str | None:
        """Return the first value of a field."""
        return next((value for key, value in self.fields if key == name), None)

    def text(self, name: str) -> str:
        """Return the first value, or an empty text."""
        return self.get(name) or ""

    def all(self) -> Mapping[str, Sequence[str]]:
        values: dict[str, list[str]] = {}
        for key, value in self.fields:
            values.setdefault(key, []).append(value)
        return values


async def read_form(request: Request, *, limit: int = MAX_FORM) -> Form:
    """Read an urlencoded form of at most `limit` bytes: raises `UnreadableForm`."""
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != _FORM:
        raise UnreadableForm(details="content type")
    body = await read_body(request, limit=limit)
    try:
        return Form(decode_form(body.decode(codec_of(content_type))))
    except (LookupError, ValueError) as error:
        raise UnreadableForm(details="encoding") from error


def codec_of(content_type: str) -> str:
    """Return the codec of a body: raises LookupError on a charset that no form is sent in.

    Attack: any codec of the library could be asked for; some take quadratic time, some break.
    """
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and (charset := value.strip(" \t\"'").lower()):
            return _CODECS[charset]
    return _UTF_8


async def read_body(request: Request, *, limit: int) -> bytes:
    """Read a body, and stop reading as soon as it is too long."""
    chunks: list[bytes] = []
    taken = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        taken += len(chunk)
        if taken > limit:
            raise UnreadableForm(details="size")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def split_pairs(text: str, *, errors: str) -> list[tuple[str, str]]:
    """Split urlencoded text into pairs: raises ValueError on too many.

    As `parse_qsl` does, which takes three times as long to find that most names and values stand for themselves.
    """
    if text.count("&") >= _MAX_FIELDS:
        raise ValueError("too many fields")
    pairs = []
    for field in text.split("&"):
        if field:
            name, _, value = field.partition("=")
            pairs.append((_unquoted(name, errors), _unquoted(value, errors)))
    return pairs


def decode_form(text: str) -> Sequence[tuple[str, str]]:
    """Split urlencoded text into fields: raises ValueError on too many, on NUL and on broken UTF-8."""
    fields = split_pairs(text, errors="strict")
    for name, value in fields:
        try:
            check_text(name)
            check_text(value)
        except UnacceptableJson as error:
            raise ValueError(str(error)) from error
    return fields


def _unquoted(text: str, errors: str) -> str:
    return unquote_plus(text, errors=errors) if "%" in text else text.replace("+", " ")
