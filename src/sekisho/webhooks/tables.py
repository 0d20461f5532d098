"""The table of webhooks. Signing keys and headers are sealed (`store.py`); `config` holds address and retries."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, true

from sekisho.db.types import ID, TENANT_ID, Document, Instant, Mapped, Table, mapped_column


class HookTable(Table):
    __tablename__ = "hooks"
    __table_args__ = (Index(None, "tenant_id", "created_at"),)

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(256))
    event: Mapped[str | None] = mapped_column(String(128))
    events: Mapped[Any] = mapped_column(Document)
    config: Mapped[Any] = mapped_column(Document)
    headers: Mapped[bytes | None] = mapped_column(LargeBinary)
    signing_key: Mapped[bytes] = mapped_column(LargeBinary)
    is_enabled: Mapped[bool] = mapped_column(server_default=true())
    created_at: Mapped[datetime] = mapped_column(Instant)
