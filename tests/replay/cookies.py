"""Cookie headers taken apart, for comparison. Keeping cookies is the jar's work (`tests.support.visitor`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SetCookie:
    """One Set-Cookie line; attribute names in lower case, flags have the value ""."""

    name: str
    value: str
    attributes: Mapping[str, str]

    @property
    def path(self) -> str:
        return self.attributes.get("path", "/")

    @property
    def is_deletion(self) -> bool:
        expires = self.attributes.get("expires")
        return self.attributes.get("max-age") == "0" or (
            expires is not None and parsedate_to_datetime(expires) <= _EPOCH
        )


def parse_set_cookie(line: str) -> SetCookie:
    pair, *rest = line.split(";")
    name, _, value = pair.partition("=")
    attributes = (each.strip().partition("=") for each in rest)
    return SetCookie(name.strip(), value.strip(), {key.lower(): text for key, _, text in attributes})


def names_in(header: str) -> list[str]:
    """Return the cookie names of a Cookie header."""
    return [part.partition("=")[0].strip() for part in header.split(";") if part.strip()]
