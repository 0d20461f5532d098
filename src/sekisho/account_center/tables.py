"""The table of account center settings: one row per tenant."""

from typing import Any

from sqlalchemy import ForeignKey, String, Text, true

from sekisho.db.types import ID, TENANT_ID, Document, Mapped, Table, mapped_column


class AccountCenterTable(Table):
    __tablename__ = "account_centers"

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    enabled: Mapped[bool] = mapped_column(server_default=true())
    fields: Mapped[Any] = mapped_column(Document)
    webauthn_related_origins: Mapped[Any] = mapped_column(Document)
    delete_account_url: Mapped[str | None] = mapped_column(String(2048))
    custom_css: Mapped[str | None] = mapped_column(Text)
    profile_fields: Mapped[Any | None] = mapped_column(Document)
