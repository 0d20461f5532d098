"""Files a page loads: read from the package once, bundled, hashed into their names, compressed ahead.

Served at the root of an origin as ``/assets/<name>.<hash>.<ext>``, immutable and without cookies.
"""

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Final

#: What a page can ask for, and the files below ``static/`` it is made of, in order.
_BUNDLES: Final = {
    "hosted.css": ("tokens.css", "base.css", "hosted.css"),
    "hosted.js": ("hosted.js",),
    "console.css": ("tokens.css", "base.css", "console.css"),
    "console.js": ("console.js",),
    "devkit.css": ("tokens.css", "base.css", "devkit.css"),
    "devkit.js": ("console.js",),
    "favicon.svg": ("favicon.svg",),
}
_CONTENT_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_HASH_LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file, ready to send; ``path`` is what follows ``/assets/``."""

    path: str
    content_type: str
    body: bytes
    gzipped: bytes


def asset_url(name: str) -> str:
    """``hosted.css`` → ``assets/hosted.3f2a….css``, relative to the root of the origin."""
    return f"assets/{_BY_NAME[name].path}"


def asset_path(name: str) -> str:
    """The same as a path: assets stand at the root of every origin, whatever tenant the page belongs to."""
    return f"/{asset_url(name)}"


def all_assets() -> Iterable[Asset]:
    """Every file of this build."""
    return _BY_PATH.values()


def find_asset(path: str) -> Asset | None:
    """The file behind ``hosted.3f2a….css``; a hash of another build is unknown."""
    return _BY_PATH.get(path)


def _load(name: str) -> Asset:
    static = resources.files(__package__) / "static"
    body = b"\n".join((static / file).read_bytes() for file in _BUNDLES[name])
    stem, _, extension = name.rpartition(".")
    digest = hashlib.sha256(body).hexdigest()[:_HASH_LENGTH]
    return Asset(
        path=f"{stem}.{digest}.{extension}",
        content_type=_CONTENT_TYPES[extension],
        body=body,
        gzipped=gzip.compress(body, 9, mtime=0),
    )


_BY_NAME: Final[Mapping[str, Asset]] = MappingProxyType({name: _load(name) for name in _BUNDLES})
_BY_PATH: Final[Mapping[str, Asset]] = MappingProxyType({asset.path: asset for asset in _BY_NAME.values()})
