"""The table of one-time tokens: values are sealed, and found by a keyed hash (`store.py`)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String

from sekisho.db.types import DIGEST, ID, TENANT_ID, Document, Instant, Mapped, Table, mapped_column


class OneTimeTokenTable(Table):
    __tablename__ = "one_time_tokens"
    __table_args__ = (
        Index(None, "fingerprint", "tenant_id", unique=True),
        Index(None, "email", "tenant_id", "status"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "expires_at"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    email: Mapped[str] = mapped_column(String(128))
    value: Mapped[bytes] = mapped_column(LargeBinary)
    fingerprint: Mapped[bytes] = mapped_column(DIGEST)
    context: Mapped[Any] = mapped_column(Document)
    status: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
