"""The table of codes that wait to come back: a used code has no row."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger, String

from sekisho.db.types import DIGEST, ID, TENANT_ID, Instant, Mapped, Table, mapped_column


class VerificationCodeTable(Table):
    __tablename__ = "verification_codes"
    __table_args__ = (
        Index(None, "record_id", "tenant_id", "purpose"),
        Index(None, "recipient", "tenant_id", "purpose"),
        Index(None, "created_at"),
    )

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    record_id: Mapped[str | None] = mapped_column(ID)
    purpose: Mapped[str] = mapped_column(String(32))
    recipient_type: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(128))
    fingerprint: Mapped[bytes] = mapped_column(DIGEST)
    try_count: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
