"""Which e-mail addresses a tenant takes for a new account (experience.md §10)."""

from sekisho.sign_in.errors import EmailNotAllowed, NoEmailAddress, SubaddressNotAllowed
from sekisho.sign_in.models import EmailBlocklistPolicy
from sekisho.users.identifiers import fold

_GMAIL = frozenset({"gmail.com", "googlemail.com"})


def check_email(email: str, *, policy: EmailBlocklistPolicy) -> None:
    """Raise what speaks against an address."""
    local, _, domain = fold(email).rpartition("@")
    if not local or not domain:
        raise NoEmailAddress
    if policy.block_subaddressing is True and "+" in local:
        raise SubaddressNotAllowed
    allowed, blocked = policy.custom_allowlist or (), policy.custom_blocklist or ()
    if allowed and not any(_matches(item, local, domain) for item in allowed):
        raise EmailNotAllowed
    if any(_matches(item, local, domain) for item in blocked):
        raise EmailNotAllowed


def _matches(item: str, local: str, domain: str) -> bool:
    """Tell whether an item of a list means this address: all of it, or `@` and the domain."""
    wanted, _, at = fold(item).rpartition("@")
    if domain not in _GMAIL:
        return _fits(at, domain) and (not wanted or _fits(wanted, local))
    # Attack: one mailbox under many spellings. Its two domains are one, and dots before them mean nothing.
    return any(_fits(at, each) for each in _GMAIL) and (not wanted or _fits(_dotless(wanted), _dotless(local)))


def _dotless(local: str) -> str:
    return local.replace(".", "")


def _fits(pattern: str, text: str) -> bool:
    """Tell whether a text fits a pattern, in which `*` is any run of characters.

    Attack: patterns and addresses that make a regular expression try forever. Here the parts between the stars are
    looked for once, from left to right.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    *middle, last = rest
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
