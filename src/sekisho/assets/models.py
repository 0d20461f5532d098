"""Which kinds of files are kept, and how each is known by what it holds, not by what it is called."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

MAX_BYTES = 20 * 1024 * 1024
SERVED_AT = "/user-assets"
"""Where files are found, below the address of their tenant."""

_LOOKED_AT = 4096


MimeType: TypeAlias = Literal[
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/vnd.microsoft.icon",
    "image/x-icon",
    "image/svg+xml",
    "image/tiff",
    "image/webp",
    "image/bmp",
    "application/zip",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format; `is_shown` is false for what a browser could run or unpack, which is only ever downloaded."""

    extension: str
    mime_types: tuple[MimeType, ...]
    signatures: tuple[bytes, ...] = ()
    is_shown: bool = True


class Kind(Enum):
    """The formats that are kept; the first media type is the one it is served as."""

    JPEG = Format(extension="jpg", mime_types=("image/jpeg",), signatures=(b"\xff\xd8\xff",))
    PNG = Format(extension="png", mime_types=("image/png",), signatures=(b"\x89PNG\r\n\x1a\n",))
    GIF = Format(extension="gif", mime_types=("image/gif",), signatures=(b"GIF87a", b"GIF89a"))
    ICO = Format(
        extension="ico", mime_types=("image/vnd.microsoft.icon", "image/x-icon"), signatures=(b"\x00\x00\x01\x00",)
    )
    SVG = Format(extension="svg", mime_types=("image/svg+xml",), is_shown=False)
    TIFF = Format(extension="tiff", mime_types=("image/tiff",), signatures=(b"II*\x00", b"MM\x00*"))
    WEBP = Format(extension="webp", mime_types=("image/webp",))
    BMP = Format(extension="bmp", mime_types=("image/bmp",), signatures=(b"BM",))
    ZIP = Format(
        extension="zip",
        mime_types=("application/zip",),
        signatures=(b"PK\x03\x04", b"PK\x05\x06"),
        is_shown=False,
    )

    @property
    def mime_type(self) -> str:
        return self.value.mime_types[0]


PICTURES: Sequence[Kind] = (Kind.JPEG, Kind.PNG, Kind.GIF, Kind.WEBP, Kind.BMP)
"""What a person may look like."""

MIME_TYPES: Sequence[MimeType] = tuple(mime_type for kind in Kind for mime_type in kind.value.mime_types)


def kind_of(data: bytes) -> Kind | None:
    """Return what a file is, judged by its first bytes."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Kind.WEBP
    for kind in Kind:
        if data.startswith(kind.value.signatures):
            return kind
    return Kind.SVG if _is_svg(data[:_LOOKED_AT]) else None


def kind_by_extension(name: str) -> Kind | None:
    """Return what a file of ours is, by the name we gave it."""
    extension = name.rpartition(".")[2]
    return next((kind for kind in Kind if kind.value.extension == extension), None)


def _is_svg(head: bytes) -> bool:
    """Tell whether the first element is an SVG's, after declaration, comments and document type."""
    text = head.decode(errors="replace").removeprefix("\ufeff").lstrip()
    while text.startswith(("<?", "<!")):
        end = "-->" if text.startswith("<!--") else ">"
        _, found, text = text.partition(end)
        if not found:
            return False
        text = text.lstrip()
    return text.startswith(("<svg>", "<svg ", "<svg\t", "<svg\n", "<svg\r"))
