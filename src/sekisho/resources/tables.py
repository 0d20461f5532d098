"""Tables of API resources and their scopes."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, false, true

from sekisho.db.types import ID, Instant, Mapped, Seconds, Table, mapped_column


class ResourceTable(Table):
    """`access_token_ttl` in seconds."""

    __tablename__ = "resources"
    __table_args__ = (UniqueConstraint("tenant_id", "indicator"),)

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    indicator: Mapped[str] = mapped_column(Text)
    is_default: Mapped[bool] = mapped_column(server_default=false())
    access_token_ttl: Mapped[timedelta] = mapped_column(Seconds)


# At most one default resource per tenant.
Index(
    "uq_resources_default",
    ResourceTable.tenant_id,
    unique=True,
    postgresql_where=ResourceTable.is_default == true(),
    sqlite_where=ResourceTable.is_default == true(),
)


class ScopeTable(Table):
    __tablename__ = "scopes"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "resource_id"], ["resources.tenant_id", "resources.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "resource_id", "name"),
    )

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    resource_id: Mapped[str] = mapped_column(ID)
    name: Mapped[str] = mapped_column(String(256))
    description: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
