"""The table of attempts."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String

from sekisho.db.types import ID, TENANT_ID, Document, Instant, Mapped, Table, mapped_column


class SentinelActivityTable(Table):
    __tablename__ = "sentinel_activities"
    __table_args__ = (
        Index("ix_sentinel_activities_target", "target_hash", "target_type", "tenant_id", "created_at"),
        Index("ix_sentinel_activities_decision_expires_at", "decision_expires_at"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    target_type: Mapped[str] = mapped_column(String(32))
    target_hash: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    action_result: Mapped[str] = mapped_column(String(16))
    payload: Mapped[Any] = mapped_column(Document)
    decision: Mapped[str] = mapped_column(String(16))
    decision_expires_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
