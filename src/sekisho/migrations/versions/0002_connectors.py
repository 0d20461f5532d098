"""Connectors, and the token sets that providers gave through them."""

import sqlalchemy as sa
from alembic import op

from sekisho.db.types import Document, Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connectors",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("factory_id", sa.String(length=128), nullable=False),
        sa.Column("config", sa.LargeBinary(), nullable=False),
        sa.Column("overrides", Document, nullable=False),
        sa.Column("sync_profile", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("enable_token_storage", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_connectors_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_connectors")),
    )
    op.create_table(
        "secrets",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.Column("type", sa.String(length=256), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_secrets_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_secrets_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_secrets")),
    )
    op.create_index(op.f("ix_secrets_tenant_id_user_id"), "secrets", ["tenant_id", "user_id"], unique=False)
    op.create_table(
        "social_secrets",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("secret_id", sa.String(length=21), nullable=False),
        sa.Column("connector_id", sa.String(length=128), nullable=False),
        sa.Column("target", sa.String(length=256), nullable=False),
        sa.Column("identity_id", sa.String(length=256), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connector_id"],
            ["connectors.tenant_id", "connectors.id"],
            name=op.f("fk_social_secrets_tenant_id_connector_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "secret_id"],
            ["secrets.tenant_id", "secrets.id"],
            name=op.f("fk_social_secrets_tenant_id_secret_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_social_secrets_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "secret_id", name=op.f("pk_social_secrets")),
        sa.UniqueConstraint(
            "tenant_id",
            "target",
            "identity_id",
            name=op.f("uq_social_secrets_tenant_id_target_identity_id"),
        ),
    )
    op.create_index(
        op.f("ix_social_secrets_tenant_id_connector_id"),
        "social_secrets",
        ["tenant_id", "connector_id"],
        unique=False,
    )
