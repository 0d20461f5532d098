"""The way in: runs one script of one tenant, and answers in bounded time whatever the script does.

One child process, started by the first script. It is replaced after many runs, when a run does not come back, and when
it dies. Who was in it then tries once more, alone in a child of his own: the innocent get their claims, and the script
that kills its child is refused for a while.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from sekisho.claim_scripts.engine.fetching import MOST_CALLS, Fetching
from sekisho.claim_scripts.engine.places import Places
from sekisho.claim_scripts.engine.worker import Worker, WorkerDied, WorkerNotStarted
from sekisho.claim_scripts.models import Claims, Denied, Failed, Outcome
from sekisho.kernel.ids import TenantId
from sekisho.kernel.json import UnacceptableJson, check_json
from sekisho.outbound.on_demand import OutboundOnDemand

log = structlog.get_logger(__name__)

_MOST_INPUT = 4 * 1024 * 1024
_REST_SECONDS = 10.0

_TOO_MANY = Failed(message="too many scripts are running", name="TooManyRuns")
_TOO_LONG = Failed(message="the script took too long", name="TimeoutError")
_TOO_LARGE = Failed(message="the context is too large for a script", name="RangeError")
_NOT_STARTED = Failed(message="the script engine cannot be started", name="EngineError")
_DIED = Failed(message="the script brought its engine down", name="EngineError")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`most_runs` and `most_of_tenant` are runs at once; `most_waiting` are runs of a tenant that wait for a place."""

    patience: timedelta = timedelta(seconds=5)
    #: How much longer a run may take to say that it took too long.
    grace: timedelta = timedelta(milliseconds=500)
    most_runs: int = 8
    most_of_tenant: int = 4
    most_waiting: int = 64
    runs_of_worker: int = 10_000
    #: How long a script is refused that brought a child down by itself.
    banishment: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One call of a script. What `is_kept` may find the script's global state as the run before it left that."""

    tenant_id: TenantId
    script: str
    input: Mapping[str, Any]
    is_kept: bool = True

    @property
    def key(self) -> str:
        """Return what tells this script from every other one, of any tenant."""
        return hashlib.sha256(json.dumps([self.tenant_id, self.script]).encode()).hexdigest()


class ScriptEngine:
    """One per process. Nothing is started or loaded before the first run."""

    def __init__(self, *, outbound: OutboundOnDemand, limits: Limits | None = None) -> None:
        self._fetching = Fetching(outbound)
        self._limits = limits or Limits()
        most, of_tenant = self._limits.most_runs, self._limits.most_of_tenant
        waiting, patience = self._limits.most_waiting, self._limits.patience
        self._places = Places(most=most, most_of_tenant=of_tenant, most_waiting=waiting, patience=patience)
        self._alone = Places(most=1, most_of_tenant=1, most_waiting=most, patience=patience)
        self._starting = asyncio.Lock()
        self._worker: Worker | None = None
        self._retiring: set[Worker] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._banished: dict[str, float] = {}
        self._not_before = 0.0
        self._is_closed = False

    @property
    def worker(self) -> Worker | None:
        """The child process that takes runs, if there is one."""
        return None if self._worker is None or self._worker.is_dead else self._worker

    async def run(self, run: Run) -> Outcome:
        """Run a script; never raises on its account."""
        async with self._places.take(run.tenant_id) as is_free:
            if not is_free:
                return _TOO_MANY
            return await self._attempt(run)

    async def close(self) -> None:
        """End every child, and whatever runs in it."""
        self._is_closed = True
        workers = [*self._retiring, *([] if self._worker is None else [self._worker])]
        self._worker, self._retiring = None, set()
        for worker in workers:
            await worker.close()
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def _attempt(self, run: Run) -> Outcome:
        if self._banished.get(run.key, 0.0) > time.monotonic():
            return _DIED
        try:
            try:
                return await self._run_in(await self._ready(), run)
            except WorkerDied:
                return await self._attempt_alone(run)
        except WorkerNotStarted:
            return _NOT_STARTED

    async def _attempt_alone(self, run: Run) -> Outcome:
        """Run once more where nobody else can be hurt, and nobody else can do the hurting."""
        async with self._alone.take(run.tenant_id) as is_free:
            if not is_free:
                return _TOO_MANY
            worker = await self._start()
            self._retiring.add(worker)
            try:
                return await self._run_in(worker, run)
            except WorkerDied:
                self._banish(run.key)
                return _DIED
            finally:
                self._retiring.discard(worker)
                await worker.close()

    def _banish(self, key: str) -> None:
        now = time.monotonic()
        self._banished = {each: until for each, until in self._banished.items() if until > now}
        self._banished[key] = now + self._limits.banishment.total_seconds()

    async def _ready(self) -> Worker:
        async with self._starting:
            worker = self.worker
            if worker is not None and worker.runs >= self._limits.runs_of_worker:
                self._retire(worker)
                worker = None
            if worker is None:
                worker = self._worker = await self._start()
            return worker

    async def _start(self) -> Worker:
        if self._is_closed or time.monotonic() < self._not_before:
            raise WorkerNotStarted
        try:
            return await Worker.start()
        except WorkerNotStarted:
            log.exception("script engine cannot be started")
            # Where no child comes to life, tokens are not made to wait for one each time.
            self._not_before = time.monotonic() + _REST_SECONDS
            raise

    async def _run_in(self, worker: Worker, run: Run) -> Outcome:
        limits = self._limits
        given = json.dumps(run.input)
        if len(given) > _MOST_INPUT:
            return _TOO_LARGE
        message = {
            "key": run.key if run.is_kept else "",
            "script": run.script,
            "input": given,
            "patience": limits.patience.total_seconds(),
        }
        caller = _Caller(worker, self._fetching, tenant_id=run.tenant_id, patience=limits.patience)
        try:
            async with asyncio.timeout((limits.patience + limits.grace).total_seconds()):
                return _read(await worker.run(message, caller=caller))
        except TimeoutError:
            # The script holds its isolate and cannot be told to stop; only the end of the process stops it.
            self._retire(worker)
            return _TOO_LONG
        finally:
            caller.stop()

    def _retire(self, worker: Worker) -> None:
        """Give a child nothing more, and end it when the runs in it have ended."""
        if worker is self._worker:
            self._worker = None
        if worker in self._retiring:
            return
        self._retiring.add(worker)
        task = asyncio.create_task(self._outlive(worker))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _outlive(self, worker: Worker) -> None:
        await worker.settle(patience=self._limits.patience + self._limits.grace)
        await worker.close()
        self._retiring.discard(worker)


class _Caller:
    """Makes the calls of one run, and keeps what it logs."""

    def __init__(self, worker: Worker, fetching: Fetching, *, tenant_id: TenantId, patience: timedelta) -> None:
        self._worker = worker
        self._fetching = fetching
        self._tenant_id = tenant_id
        self._deadline = time.monotonic() + patience.total_seconds()
        self._calls: set[asyncio.Task[None]] = set()
        self._made = 0

    def fetch(self, call: int, request: Mapping[str, Any]) -> None:
        self._made += 1
        if self._made > MOST_CALLS:
            self._worker.answer(self, call, json.dumps({"error": f"a run may call {MOST_CALLS} times"}))
            return
        task = asyncio.create_task(self._fetch(call, request))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    def log(self, text: str) -> None:
        log.debug("script says", tenant=self._tenant_id, text=text)

    def stop(self) -> None:
        for task in self._calls:
            task.cancel()

    async def _fetch(self, call: int, request: Mapping[str, Any]) -> None:
        left = timedelta(seconds=max(0.0, self._deadline - time.monotonic()))
        self._worker.answer(self, call, await self._fetching.fetch(request, patience=left))


def _read(message: Mapping[str, Any]) -> Outcome:
    text, name = (str(message.get(each, "")).encode(errors="replace").decode() for each in ("text", "name"))
    match message.get("kind"):
        case "claims":
            return _claims(text)
        case "denied":
            return Denied(message=text)
    return Failed(message=text, name=name)


def _claims(text: str) -> Outcome:
    try:
        values = json.loads(text)
        check_json(values)
    except (UnacceptableJson, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        return Failed(message=f"a claim is not acceptable: {reason}", name="TypeError")
    except ValueError:
        return Failed(message="the claims are no JSON", name="TypeError")
    if not isinstance(values, dict):
        return Failed(message="getCustomJwtClaims must return an object", name="TypeError")
    return Claims(values=values)
