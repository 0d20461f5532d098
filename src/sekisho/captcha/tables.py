"""The table of captcha providers: one per tenant, its whole configuration sealed (`store.py`)."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint

from sekisho.db.types import TENANT_ID, Instant, Mapped, Table, mapped_column


class CaptchaProviderTable(Table):
    __tablename__ = "captcha_providers"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    config: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
