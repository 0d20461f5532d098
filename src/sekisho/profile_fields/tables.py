"""The table of profile fields."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, SmallInteger, String, UniqueConstraint, false

from sekisho.db.types import ID, TENANT_ID, Document, Instant, Mapped, Table, mapped_column


class ProfileFieldTable(Table):
    __tablename__ = "custom_profile_fields"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    type: Mapped[str] = mapped_column(String(128))
    label: Mapped[str] = mapped_column(String(128))
    description: Mapped[str | None] = mapped_column(String(256))
    required: Mapped[bool] = mapped_column(server_default=false())
    config: Mapped[Any] = mapped_column(Document)
    created_at: Mapped[datetime] = mapped_column(Instant)
    sie_order: Mapped[int] = mapped_column(SmallInteger)
