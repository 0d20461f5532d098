"""How often one address, or one account, may be wrong about a secret.

Wrong guesses alone count. A guess takes its place before the secret is looked at and gives it back when it was right,
so that a thousand guesses sent at once are a thousand guesses. The sentinel (`security`) stops guessing at one account
for good; this stops one caller who tries many. Counts live in the process, or in Redis where processes share them.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from math import ceil
from typing import TYPE_CHECKING, Protocol

from sekisho.kernel.clock import Clock, epoch_milliseconds
from sekisho.kernel.errors import DomainError, ErrorKind
from sekisho.kernel.ids import TenantId
from sekisho.oidc_adapters.guesses import subscriber

if TYPE_CHECKING:
    from sekisho.http.context import RequestContext

WINDOW = timedelta(minutes=10)
_MOST_KEYS = 100_000


class Guarded(StrEnum):
    """What is guessed; each is counted by itself."""

    SIGN_IN = "sign-in"
    CLIENT = "client"
    PASSWORD_CHECK = "password-check"  # noqa: S105 — the name of a count
    ONE_TIME_TOKEN = "one-time-token"  # noqa: S105 — the same
    VERIFICATION_CODE = "verification-code"
    MESSAGE = "message"
    UPLOAD = "upload"


class TooManyRequests(DomainError):
    """This caller was wrong too often; `retry_after` says when to come back."""

    code = "request.rate_limited"
    kind = ErrorKind.TOO_MANY

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__()
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How many wrong guesses of a window one key has."""

    key: str
    guesses: int


class Counts(Protocol):
    """Where wrong guesses are counted, in windows that begin with the first one."""

    async def take(self, allowances: Sequence[Allowance], *, window: timedelta) -> timedelta | None:
        """Count one under every key; where one is used up, count nothing and return how long it stays so."""
        ...

    def give_back(self, allowances: Sequence[Allowance]) -> None:
        """Uncount one under every key."""
        ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class _Window:
    taken: int
    ends: int


class CountsInProcess:
    """Counts of one process. All windows are as long, so the first of them ends first, and makes room first."""

    def __init__(self, *, clock: Clock, most_keys: int = _MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    async def take(self, allowances: Sequence[Allowance], *, window: timedelta) -> timedelta | None:
        now = epoch_milliseconds(self._clock.now())
        self._forget(now)
        found = [(each, self._windows.get(each.key)) for each in allowances]
        waits = [open_.ends - now for each, open_ in found if open_ is not None and open_.taken >= each.guesses]
        if waits:
            return timedelta(milliseconds=max(waits))
        for each, open_ in found:
            if open_ is None:
                self._windows[each.key] = _Window(taken=1, ends=now + window // timedelta(milliseconds=1))
            else:
                open_.taken += 1
        return None

    def give_back(self, allowances: Sequence[Allowance]) -> None:
        for each in allowances:
            window = self._windows.get(each.key)
            if window is not None:
                window.taken -= 1
                if window.taken <= 0:
                    del self._windows[each.key]

    async def close(self) -> None:
        self._windows.clear()

    def _forget(self, now: int) -> None:
        """Drop what has ended. Attack: names without number, to fill the memory; the oldest counts make room."""
        while self._windows:
            key, first = next(iter(self._windows.items()))
            if first.ends > now and len(self._windows) < self._most_keys:
                return
            del self._windows[key]


class Guess:
    """One try; it counts unless it turns out not to have been wrong."""

    was_wrong = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """The limits of a process. A limit of zero is none."""

    counts: Counts
    per_address: int
    per_account: int

    @asynccontextmanager
    async def guess(
        self,
        ctx: "RequestContext",
        guarded: Guarded,
        *,
        account: str,
        wrong: tuple[type[Exception], ...],
        is_from_anybody: bool = True,
    ) -> AsyncIterator[Guess]:
        """Run a block that looks at a secret; raises `TooManyRequests` before it.

        The guess counts when the block raises one of `wrong` or says so. Callers who have proved who they are
        (`is_from_anybody=False`) ask for many people, so their own address is not counted.
        """
        allowances = [self._of_account(ctx.tenant_id, guarded, account)]
        if is_from_anybody:
            allowances.append(self._of_address(ctx, guarded))
        allowances = [each for each in allowances if each.guesses]
        await ctx.uow.rest()
        wait = await self.counts.take(allowances, window=WINDOW)
        if wait is not None:
            raise TooManyRequests(wait)
        guess = Guess()
        try:
            yield guess
        except Exception as error:
            if not isinstance(error, wrong):
                self.counts.give_back(allowances)
            raise
        # Attack: hanging up before the answer, to be wrong for nothing. A guess that was cut off has not come here.
        if not guess.was_wrong:
            self.counts.give_back(allowances)

    async def was_wrong(self, ctx: "RequestContext", guarded: Guarded) -> timedelta | None:
        """Count a wrong guess of an address afterwards, and return how long it has none left.

        For secrets nobody can guess, as those of clients. Attack it leaves no room for: locking others of the same
        address, or the client itself, out by being wrong on purpose; who knows the secret is always let in.
        """
        allowance = self._of_address(ctx, guarded)
        return await self.counts.take([allowance], window=WINDOW) if allowance.guesses else None

    def _of_account(self, tenant_id: TenantId, guarded: Guarded, account: str) -> Allowance:
        return Allowance(key=_key(tenant_id, guarded, "account", account), guesses=self.per_account)

    def _of_address(self, ctx: "RequestContext", guarded: Guarded) -> Allowance:
        key = _key(ctx.tenant_id, guarded, "address", subscriber(ctx.client_ip))
        return Allowance(key=key, guesses=self.per_address)


def seconds_of(wait: timedelta) -> str:
    """Return a `Retry-After` value (RFC 9110 §10.2.3): whole seconds, never too few."""
    return str(max(1, ceil(wait.total_seconds())))


def _key(tenant_id: TenantId, guarded: Guarded, kind: str, who: str) -> str:
    # The braces keep the counts of a tenant on one node of a cluster; nobody's name or address is readable.
    digest = sha256(who.encode(errors="surrogatepass")).hexdigest()
    return f"sekisho:guesses:{{{tenant_id}}}:{guarded}:{kind}:{digest}"
