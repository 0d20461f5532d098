"""The connectors' mail port over the guarded mailer. Nothing is sent while a transaction is open."""

from typing import TYPE_CHECKING

from sekisho.db.database import UnitOfWork
from sekisho.kernel.clock import Clock
from sekisho.outbound.on_demand import OutboundOnDemand

if TYPE_CHECKING:
    from sekisho.connectors.kit.mail import Mail, MailServer


class ProviderMail:
    """Implements the kit's `Mailer`."""

    def __init__(self, *, outbound: OutboundOnDemand, uow: UnitOfWork, clock: Clock) -> None:
        self._outbound = outbound
        self._uow = uow
        self._clock = clock

    async def send(self, mail: "Mail", *, server: "MailServer") -> None:
        await self._uow.release()
        await self._outbound.mailer(clock=self._clock).send(mail, server=server)
