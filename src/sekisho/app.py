"""The application: every surface behind one gate, and what lives as long as the process does.

`create_app(settings)` for whoever brings settings; `create_from_environment` is what a server process imports.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import structlog
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from sekisho.administrators import jobs as administrators
from sekisho.audit import jobs as audit
from sekisho.claim_scripts.engine.supervisor import ScriptEngine
from sekisho.consents import jobs as consents
from sekisho.db.database import Database, UnitOfWork
from sekisho.db.group_commit import GroupCommit
from sekisho.endpoints.oidc import OidcEndpoints
from sekisho.endpoints.routes import routes as endpoint_routes
from sekisho.endpoints.well_known import metadata_route
from sekisho.grants import jobs as grants
from sekisho.http.gate import Gate
from sekisho.http.logs import configure_logs
from sekisho.http.rate_limits import CountsInProcess, RateLimits
from sekisho.http.shared_counts import SharedCounts
from sekisho.jobs import jobs as outbox
from sekisho.jobs.housekeeping import Housekeeper, Sweep
from sekisho.jobs.models import Handler, Job
from sekisho.jobs.runner import JobRunner
from sekisho.kernel.clock import Clock, SystemClock
from sekisho.kernel.ids import Ids, RandomIds
from sekisho.migrations.prepare import prepare
from sekisho.migrations.seed import seed
from sekisho.oidc_adapters import backchannel
from sekisho.oidc_adapters.key_sets import KeySetCache
from sekisho.one_time_tokens import jobs as one_time_tokens
from sekisho.outbound.objects import ObjectStore
from sekisho.outbound.on_demand import OutboundOnDemand
from sekisho.passwords.breach import BreachCheck
from sekisho.passwords.hasher import PasswordHasher
from sekisho.passwords.pwned import PwnedPasswords
from sekisho.security import jobs as security
from sekisho.services import Runtime, Services
from sekisho.sessions import jobs as sessions
from sekisho.settings import Settings, load_settings
from sekisho.sign_in import jobs as sign_in
from sekisho.signing_keys import jobs as signing_keys
from sekisho.subject_tokens import jobs as subject_tokens
from sekisho.surfaces import apis, misdirected, pages, show_not_found, unavailable
from sekisho.tenants.cache import ConfigCache
from sekisho.tenants.urls import PublicUrls, urls_of
from sekisho.verification_codes import jobs as verification_codes
from sekisho.webhooks import jobs as webhooks

if TYPE_CHECKING:
    from sekisho.devkit.development import Development

log = structlog.get_logger(__name__)

# All work in the background: expired rows, and the jobs that slices write to the outbox (by name).
SWEEPS = (
    *sessions.SWEEPS,
    *grants.SWEEPS,
    *security.SWEEPS,
    *subject_tokens.SWEEPS,
    *one_time_tokens.SWEEPS,
    *verification_codes.SWEEPS,
    *administrators.SWEEPS,
    *outbox.SWEEPS,
)

Work: TypeAlias = Callable[[Services, Job], Awaitable[None]]
"""Does a job with the services of its tenant; they commit with the job's end."""

WORK: Mapping[str, Work] = {
    backchannel.NOTIFY: lambda services, job: backchannel.deliver(
        job.payload, ports=services.provider.ports, uow=services.uow, outbound=services.runtime.outbound
    ),
    consents.LIMIT_GRANTS: lambda services, job: consents.limit_grants(
        job.payload,
        access=services.access,
        applications=services.applications,
        audit=services.audit,
        announce=services.announce,
    ),
    sign_in.RENEW_USERNAME_KEYS: lambda services, _job: services.sign_in_settings.renew_username_keys(),
    signing_keys.ACTIVATE: lambda services, _job: services.key_rotation.activate(),
    webhooks.DELIVER: lambda services, job: webhooks.deliver(
        job,
        hooks=services.webhooks,
        audit=services.audit,
        uow=services.uow,
        outbound=services.runtime.outbound,
    ),
}


class Application:
    """The ASGI application of one process."""

    def __init__(self, settings: Settings, *, clock: Clock, ids: Ids) -> None:
        self.settings = settings
        self._clock = clock
        self._ids = ids
        self._pages, self._apis = pages(), apis()
        self._development = _development(settings, clock=clock)
        self._router = Router(
            routes=_routes(self._development, api=self._apis), redirect_slashes=False, default=self._pages
        )
        self._gate: Gate | None = None
        self._runtime: Runtime | None = None
        self._jobs: JobRunner
        self._housekeeper: Housekeeper
        self._rate_limits: RateLimits

    @property
    def runtime(self) -> Runtime:
        """What the requests share, once the application has started."""
        if self._runtime is None:
            raise RuntimeError("the application has not started")
        return self._runtime

    def load(self) -> None:
        """Load what would otherwise be loaded when it is first asked for. It takes a while: not in the event loop."""
        self._pages.load()
        self._apis.load()

    async def start(self) -> None:
        """Make the database ready and open the gate."""
        runtime = await open_runtime(self.settings, clock=self._clock, ids=self._ids)
        await runtime.cache.start()
        database, clock = runtime.database, runtime.clock
        self._jobs = JobRunner(database=database, clock=clock, handlers=_handlers(runtime), is_wanted=runtime.has_jobs)
        self._housekeeper = Housekeeper(database=database, clock=clock, sweeps=self._sweeps())
        self._jobs.start()
        self._housekeeper.start()
        if self._development is not None:
            await self._development.start(runtime)
        self._runtime = runtime
        self._rate_limits = rate_limits_of(self.settings, clock=clock)
        self._gate = Gate(
            self._router,
            runtime=runtime,
            rate_limits=self._rate_limits,
            render_misdirected=misdirected,
            render_unavailable=unavailable,
        )

    def _sweeps(self) -> Sequence[Sweep]:
        return (*SWEEPS, *audit.sweeps(retention=self.settings.log_retention))

    async def stop(self) -> None:
        """Close what was opened; requests under way have ended by now."""
        runtime, self._runtime, self._gate = self._runtime, None, None
        if runtime is None:
            return
        if self._development is not None:
            await self._development.stop()
        await self._jobs.stop()
        await self._housekeeper.stop()
        await self._rate_limits.counts.close()
        await runtime.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._gate is not None:
            await self._gate(scope, receive, send)
        else:
            await Response(status_code=503, headers={"retry-after": "1"})(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start and stop with the server (ASGI's lifespan protocol)."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.start()
                except Exception as error:
                    log.exception("start failed")
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


def create_app(settings: Settings, *, clock: Clock | None = None, ids: Ids | None = None) -> Application:
    """Return the application; time and ids may be given, as tests and development do."""
    return Application(settings, clock=clock or SystemClock(), ids=ids or RandomIds())


def create_from_environment() -> Application:
    """Return the application of a server process, whichever server that is."""
    settings = load_settings()
    configure_logs(settings)
    return create_app(settings)


def rate_limits_of(settings: Settings, *, clock: Clock) -> RateLimits:
    """Return the limits on guessing: of this process, or shared where there is a Redis."""
    alone = CountsInProcess(clock=clock)
    return RateLimits(
        counts=alone if settings.redis_url is None else SharedCounts(settings.redis_url, or_else=alone),
        per_address=settings.rate_limit_per_address,
        per_account=settings.rate_limit_per_account,
    )


async def open_runtime(settings: Settings, *, clock: Clock, ids: Ids) -> Runtime:
    """Open the database (migrated and seeded) and everything else that requests share. The CLI does the same."""
    database = Database(settings.db_url, pool_size=settings.database_pool_size)
    sealer = await prepare(database, settings, clock=clock)
    outbound = OutboundOnDemand(endpoint=settings.endpoint, allowed=settings.outbound_allow)
    breach_list = PwnedPasswords(outbound) if settings.breach_check else None
    runtime = Runtime(
        settings=settings,
        public_urls=PublicUrls(
            endpoint=settings.endpoint,
            admin_endpoint=settings.admin_endpoint,
            admin_port=settings.admin_port,
            custom_domains={},
        ),
        database=database,
        clock=clock,
        ids=ids,
        sealer=sealer,
        hasher=PasswordHasher(),
        breaches=BreachCheck(clock=clock, source=breach_list),
        outbound=outbound,
        scripts=ScriptEngine(outbound=outbound),
        key_sets=KeySetCache(outbound=outbound, clock=clock),
        objects=None if settings.asset_folder_or_bucket is None else ObjectStore(settings.asset_folder_or_bucket),
        cache=ConfigCache(database),
        groups=GroupCommit(database),
    )
    await seed(runtime)
    return runtime


def _handlers(runtime: Runtime) -> Mapping[str, Handler]:
    """Return the jobs' handlers: each job is done as a request of its tenant would be, without an origin."""

    def bound(work: Work) -> Handler:
        async def handle(job: Job, uow: UnitOfWork) -> None:
            await runtime.cache.revalidate()
            urls = urls_of(job.tenant_id, origin="", public=runtime.public_urls)
            await work(runtime.services(urls=urls, uow=uow), job)

        return handle

    return {name: bound(work) for name, work in WORK.items()}


def _development(settings: Settings, *, clock: Clock) -> "Development | None":
    if not settings.development:
        return None
    from sekisho.devkit.development import Development  # noqa: PLC0415 — production never loads it

    return Development(clock=clock, mail_port=settings.development_mail_port)


def _routes(development: "Development | None", *, api: ASGIApp) -> Sequence[BaseRoute]:
    # Routes are tried in turn: what is asked most stands first.
    routes = [OidcEndpoints(), Mount("/api", app=api), *endpoint_routes, metadata_route(or_else=show_not_found)]
    return routes if development is None else [*routes, *development.routes]
