"""Tables of applications, their secrets and their looks; secrets are sealed (`store.py`)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, Text, false

from sekisho.db.types import ID, Document, Instant, Mapped, Table, mapped_column


class ApplicationTable(Table):
    """`secret` is a sealed secret of the application itself, NULL unless it came from an older installation."""

    __tablename__ = "applications"
    __table_args__ = (Index(None, "tenant_id", "is_third_party"), Index(None, "tenant_id", "type"))

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(256))
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    description: Mapped[str | None] = mapped_column(Text)
    type: Mapped[str] = mapped_column(String(16))
    oidc_client_metadata: Mapped[Any] = mapped_column(Document)
    custom_client_metadata: Mapped[Any] = mapped_column(Document)
    protected_app_metadata: Mapped[Any | None] = mapped_column(Document)
    custom_data: Mapped[Any] = mapped_column(Document)
    is_third_party: Mapped[bool] = mapped_column(server_default=false())
    app_level_access_control_enabled: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime] = mapped_column(Instant)


Index("ix_applications_newest", ApplicationTable.tenant_id, ApplicationTable.created_at.desc(), ApplicationTable.id)


class ApplicationSecretTable(Table):
    __tablename__ = "application_secrets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "application_id"], ["applications.tenant_id", "applications.id"], ondelete="CASCADE"
        ),
    )

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    application_id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(256), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)


class ApplicationSignInTable(Table):
    """How the pages of an application's sign-in differ from the tenant's; NULL and absent members do not differ."""

    __tablename__ = "application_sign_in_experiences"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "application_id"], ["applications.tenant_id", "applications.id"], ondelete="CASCADE"
        ),
    )

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    application_id: Mapped[str] = mapped_column(ID, primary_key=True)
    color: Mapped[Any] = mapped_column(Document)
    branding: Mapped[Any] = mapped_column(Document)
    custom_css: Mapped[str | None] = mapped_column(Text)
    terms_of_use_url: Mapped[str | None] = mapped_column(String(2048))
    privacy_policy_url: Mapped[str | None] = mapped_column(String(2048))
    display_name: Mapped[str | None] = mapped_column(String(256))
