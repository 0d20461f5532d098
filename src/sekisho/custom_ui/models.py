"""A file of uploaded pages, and what kind of file it is."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from mimetypes import MimeTypes

# Not the machine's own table: the same file has the same type everywhere.
_TYPES = MimeTypes(filenames=())
for _type, _extension in (
    ("text/javascript", ".js"),
    ("text/javascript", ".mjs"),
    ("font/woff", ".woff"),
    ("font/woff2", ".woff2"),
    ("font/ttf", ".ttf"),
    ("image/avif", ".avif"),
    ("image/webp", ".webp"),
    ("image/svg+xml", ".svg"),
    ("image/x-icon", ".ico"),
    ("application/wasm", ".wasm"),
    ("application/manifest+json", ".webmanifest"),
    ("application/json", ".map"),
):
    _TYPES.add_type(_type, _extension)
_TEXT = frozenset({"application/json", "application/manifest+json", "image/svg+xml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """A file of `size` bytes, and those that were asked for."""

    content_type: str
    size: int
    chunks: AsyncIterator[bytes]


def content_type_of(path: str) -> str:
    """Return what a browser is told a file is."""
    known, _ = _TYPES.guess_type(path)
    if known is None:
        return "application/octet-stream"
    return f"{known}; charset=utf-8" if known.startswith("text/") or known in _TEXT else known
