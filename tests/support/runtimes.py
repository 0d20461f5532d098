"""A runtime without the surfaces, until `sekisho.app` can be imported."""

from sekisho.db.database import Database
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids
from sekisho.migrations.prepare import prepare
from sekisho.migrations.seed import seed
from sekisho.passwords.breach import BreachCheck
from sekisho.passwords.hasher import PasswordHasher
from sekisho.services import Runtime
from sekisho.settings import Settings
from sekisho.tenants.cache import ConfigCache
from sekisho.tenants.urls import PublicUrls


async def open_bare(settings: Settings, *, clock: Clock, ids: Ids) -> Runtime:
    database = Database(settings.db_url, pool_size=settings.database_pool_size)
    sealer = await prepare(database, settings, clock=clock)
    runtime = Runtime(
        settings=settings,
        public_urls=PublicUrls(custom_domains={}),
        database=database,
        clock=clock,
        ids=ids,
        sealer=sealer,
        hasher=PasswordHasher(),
        breaches=BreachCheck(clock=clock),
        cache=ConfigCache(database),
    )
    await seed(runtime)
    return runtime
