"""The table of connectors: what a tenant made of an installed factory. Configurations are sealed (`store.py`)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, false

from sekisho.db.types import TENANT_ID, Document, Instant, Mapped, Table, mapped_column


class ConnectorTable(Table):
    __tablename__ = "connectors"

    tenant_id: Mapped[str] = mapped_column(TENANT_ID, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    factory_id: Mapped[str] = mapped_column(String(128))
    config: Mapped[bytes] = mapped_column(LargeBinary)
    #: What the tenant says in place of the factory's manifest.
    overrides: Mapped[Any] = mapped_column(Document)
    sync_profile: Mapped[bool] = mapped_column(server_default=false())
    enable_token_storage: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime] = mapped_column(Instant)
