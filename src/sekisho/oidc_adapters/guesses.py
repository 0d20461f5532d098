"""Guesses at user codes, counted by the sentinel under the network address they come from."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import AddressValueError, IPv6Address, IPv6Network

from sekisho.oidc.ports import Guess
from sekisho.security.errors import TooManyAttempts
from sekisho.security.models import Action, Attempt, Limits, NetworkAddress
from sekisho.security.service import Sentinel

#: RFC 8628 §5.1: 20 guesses an hour find one of a thousand waiting codes in 150 years; a person mistypes a few times.
_LIMITS = Limits(attempts=20, lockout=timedelta(minutes=10))
#: What one household or host holds of IPv6 (RFC 6177): counting single addresses would count nobody.
_SUBSCRIBER = 64


class SentinelGuesses:
    """Implements `UserCodeGuesses`."""

    def __init__(self, *, sentinel: Sentinel) -> None:
        self._sentinel = sentinel

    async def admit(self, address: str) -> Guess | None:
        try:
            attempt = await self._sentinel.admit(subscriber(address), action=Action.USER_CODE, limits=_LIMITS)
        except TooManyAttempts:
            return None
        return _CountedGuess(sentinel=self._sentinel, attempt=attempt)


@dataclass(frozen=True, slots=True, kw_only=True)
class _CountedGuess:
    sentinel: Sentinel
    attempt: Attempt

    async def was_right(self) -> None:
        await self.sentinel.withdraw(self.attempt)

    async def was_wrong(self) -> None:
        try:
            await self.sentinel.failed(self.attempt)
        except TooManyAttempts:
            # This guess was looked at and was wrong; the next one is told of the block.
            return


def subscriber(address: str) -> NetworkAddress:
    """Return what guesses from an address count under."""
    try:
        six = IPv6Address(address.partition("%")[0])
    except AddressValueError:
        return NetworkAddress(address)
    if six.ipv4_mapped is not None:
        return NetworkAddress(str(six.ipv4_mapped))
    return NetworkAddress(str(IPv6Network((six, _SUBSCRIBER), strict=False)))
