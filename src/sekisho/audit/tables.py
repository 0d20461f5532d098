"""The table of the audit log: rows are only added, and refer to nothing, so that they outlive what they tell of."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String

from sekisho.db.types import ID, TENANT_ID, Document, Instant, Mapped, Table, mapped_column


class LogTable(Table):
    """`user_id`, `application_id` and `hook_id` repeat members of the payload, to be found by."""

    __tablename__ = "logs"

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    key: Mapped[str] = mapped_column(String(128))
    payload: Mapped[Any] = mapped_column(Document)
    user_id: Mapped[str | None] = mapped_column(ID)
    application_id: Mapped[str | None] = mapped_column(ID)
    hook_id: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(Instant)


Index("ix_logs_newest", LogTable.tenant_id, LogTable.created_at, LogTable.id)
Index("ix_logs_key", LogTable.tenant_id, LogTable.key, LogTable.created_at)
Index("ix_logs_created_at", LogTable.created_at)
for _column in (LogTable.user_id, LogTable.application_id, LogTable.hook_id):
    Index(
        f"ix_logs_{_column.key}",
        LogTable.tenant_id,
        _column,
        LogTable.created_at,
        sqlite_where=_column.is_not(None),
        postgresql_where=_column.is_not(None),
    )
