"""The table of first-admin tokens: one row at most, gone as soon as it was used."""

from datetime import datetime

from sqlalchemy import ForeignKey

from sekisho.db.types import DIGEST, TENANT_ID, Instant, Mapped, Table, mapped_column


class FirstAdminTokenTable(Table):
    __tablename__ = "first_admin_tokens"

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(DIGEST, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Instant)
