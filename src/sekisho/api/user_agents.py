"""What a `User-Agent` header says, in the shape of the wire: guesses, for people who read a log."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ua_parser import OS, UserAgent

_ENGINES = (
    ("Blink", re.compile(r"(?:Chrome|Chromium|CriOS)/([0-9.]+)")),
    ("Gecko", re.compile(r"rv:([0-9.]+)\) Gecko/")),
    ("WebKit", re.compile(r"AppleWebKit/([0-9.]+)")),
)
_ARCHITECTURES = (
    ("amd64", re.compile(r"x86_64|x64|win64|wow64|amd64", re.IGNORECASE)),
    ("arm64", re.compile(r"aarch64|arm64", re.IGNORECASE)),
    ("ia32", re.compile(r"i[36]86", re.IGNORECASE)),
)
_MOBILE, _TABLET = re.compile(r"Mobi|iPhone"), re.compile(r"iPad|Tablet")


@lru_cache(256)
def parsed(text: str) -> Mapping[str, Any]:
    """Return browser, device, engine, operating system and processor; what is not known is left out."""
    from ua_parser import parse  # noqa: PLC0415 — its tables take half a second to load, and few requests read a log

    found = parse(text)
    device = found.device
    return {
        "ua": text,
        "browser": {} if found.user_agent is None else _browser(found.user_agent),
        "device": {} if device is None else _known(vendor=device.brand, model=device.model, type=_device_type(text)),
        "engine": next(({"name": name, "version": hit[1]} for name, hit in _hits(_ENGINES, text)), {}),
        "os": {} if found.os is None else _known(name=found.os.family, version=_version(found.os)),
        "cpu": next(({"architecture": name} for name, _ in _hits(_ARCHITECTURES, text)), {}),
    }


def _browser(browser: "UserAgent") -> dict[str, str]:
    return _known(name=browser.family, version=_version(browser), major=browser.major)


def _version(of: "UserAgent | OS") -> str | None:
    parts = [part for part in (of.major, of.minor, of.patch, of.patch_minor) if part]
    return ".".join(parts) or None


def _device_type(text: str) -> str | None:
    if _TABLET.search(text):
        return "tablet"
    return "mobile" if _MOBILE.search(text) else None


def _known(**members: str | None) -> dict[str, str]:
    return {name: value for name, value in members.items() if value}


def _hits(table: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> list[tuple[str, re.Match[str]]]:
    return [(name, hit) for name, pattern in table if (hit := pattern.search(text))]
