"""The public list of breached passwords at haveibeenpwned.com, as a source for the breach check."""

from collections.abc import Iterable, Iterator

from sekisho.outbound.on_demand import OutboundOnDemand

_ADDRESS = "https://api.pwnedpasswords.com/range/"
# Attack: guessing the prefix from the length of an encrypted answer. Padded answers are all about as long.
_HEADERS = {"add-padding": "true", "user-agent": "sekisho"}


class ListUnusable(Exception):
    """The list answered with an error."""


class PwnedPasswords:
    """Implements `BreachList`."""

    def __init__(self, outbound: OutboundOnDemand) -> None:
        self._outbound = outbound

    async def suffixes(self, prefix: str) -> Iterable[str]:
        answer = await self._outbound.client().request("GET", _ADDRESS + prefix, headers=_HEADERS)
        if not answer.is_success:
            raise ListUnusable(f"status {answer.status}")
        return read_range(answer.body.decode("ascii", errors="replace"))


def read_range(text: str) -> Iterator[str]:
    """Read lines of `<rest of a SHA-1>:<times seen>`; lines that were never seen are padding."""
    for line in text.splitlines():
        suffix, _, times = line.strip().partition(":")
        if times.isdecimal() and int(times) > 0:
            yield suffix
