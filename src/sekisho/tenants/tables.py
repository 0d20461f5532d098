"""Tables of tenants and of the installation itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, false, text

from sekisho.db.types import TENANT_ID, Document, Instant, Mapped, Table, mapped_column


class TenantTable(Table):
    """`config_version` counts the changes of everything that caches hold of the tenant."""

    __tablename__ = "tenants"

    id: Mapped[str] = mapped_column(TENANT_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    tag: Mapped[str] = mapped_column(String(64))
    is_suspended: Mapped[bool] = mapped_column(server_default=false())
    config_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(Instant)


class ConfigTable(Table):
    """A tenant's configuration values: in `value`, or whole in `sealed` when they carry a credential."""

    __tablename__ = "configs"

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(256), primary_key=True)
    value: Mapped[Any | None] = mapped_column(Document)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class SystemTable(Table):
    """Facts about the whole installation, such as the check value of the key that seals its secrets."""

    __tablename__ = "systems"

    key: Mapped[str] = mapped_column(String(256), primary_key=True)
    value: Mapped[Any] = mapped_column(Document)
