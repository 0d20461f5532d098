"""The outbox. A row is due from `run_at` on; claiming it moves `run_at` to where its lease ends."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text

from sekisho.db.types import ID, TENANT_ID, Document, Instant, Mapped, Table, mapped_column


class JobTable(Table):
    __tablename__ = "jobs"
    __table_args__ = (Index(None, "died_at", "run_at"),)

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    payload: Mapped[Any] = mapped_column(Document)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    run_at: Mapped[datetime] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(Text)
    died_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
