"""The connectors' HTTP port over the guarded client. Nothing is asked while a transaction is open."""

from collections.abc import Mapping
from datetime import timedelta

from sekisho.connectors.kit.tools import PATIENCE, HttpAnswer, HttpFailed
from sekisho.db.database import UnitOfWork
from sekisho.outbound.guard import OutboundRefused
from sekisho.outbound.on_demand import OutboundOnDemand


class ProviderHttp:
    """Implements the kit's `Http`; `stand_ins` says where origins of providers are really asked."""

    def __init__(self, *, outbound: OutboundOnDemand, uow: UnitOfWork, stand_ins: Mapping[str, str]) -> None:
        self._outbound = outbound
        self._uow = uow
        self._stand_ins = stand_ins

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        patience: timedelta = PATIENCE,
    ) -> HttpAnswer:
        from sekisho.outbound.client import OutboundFailed  # noqa: PLC0415 — loads the HTTP client

        await self._uow.release()
        try:
            answer = await self._outbound.client().request(
                method,
                redirected(url, self._stand_ins),
                headers=headers,
                form=form,
                json=json,
                content=content,
                patience=patience,
            )
        except (OutboundFailed, OutboundRefused) as error:
            raise HttpFailed(str(error)) from error
        return HttpAnswer(status=answer.status, headers=answer.headers, body=answer.body)


def redirected(url: str, stand_ins: Mapping[str, str]) -> str:
    """Return where a provider's address really is. In production nothing stands in, and addresses stay as they are."""
    for origin, stand_in in stand_ins.items():
        if url == origin or url.startswith((f"{origin}/", f"{origin}?")):
            return stand_in + url.removeprefix(origin)
    return url
