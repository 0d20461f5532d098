"""Addresses that come from settings of a tenant or of an application, made safe to link to."""

import re

_SCHEME = re.compile(r"\s*([a-zA-Z][a-zA-Z0-9+.\-]*):")
_ALLOWED = frozenset({"http", "https", "mailto"})


def web_address(address: str) -> str:
    """The address, unless following it would run a script in our page (stops stored XSS by ``javascript:`` links)."""
    # Browsers skip tabs, line ends and leading control characters when they look for the scheme (URL Standard §4.4).
    visible = "".join(character for character in address if character > " ")
    scheme = _SCHEME.match(visible)
    return address if scheme is None or scheme[1].lower() in _ALLOWED else "about:blank"
