"""What a development server is besides a server: demos, fake providers, an inbox, and a mail server of its own."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from sekisho.devkit.inbox.carriers import carriers
from sekisho.devkit.inbox.letters import Inbox
from sekisho.devkit.inbox.mail_server import DevelopmentMailServer
from sekisho.devkit.inbox.routing import inbox_routes
from sekisho.devkit.providers.routing import provider_origins, provider_routes
from sekisho.devkit.routing import routes
from sekisho.kernel.clock import Clock
from sekisho.services import Runtime


class Development:
    """Made with the application and started with it. `mail_port` is None where no mail server is wanted."""

    def __init__(self, *, clock: Clock, mail_port: int | None) -> None:
        self._clock = clock
        self.inbox = Inbox(clock=clock)
        self.mail_server = None if mail_port is None else DevelopmentMailServer(inbox=self.inbox, port=mail_port)

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return (*routes, *provider_routes(clock=self._clock), *inbox_routes(self.inbox, self.mail_server))

    async def start(self, runtime: Runtime) -> None:
        runtime.stand_in_carriers.update(carriers(self.inbox))
        runtime.stand_ins.update(provider_origins(runtime.settings.origin))
        if self.mail_server is not None:
            await self.mail_server.start()

    async def stop(self) -> None:
        if self.mail_server is not None:
            await self.mail_server.stop()
