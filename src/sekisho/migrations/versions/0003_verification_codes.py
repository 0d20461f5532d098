"""Verification codes."""

import sqlalchemy as sa
from alembic import op

from sekisho.db.types import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verification_codes",
        sa.Column("tenant_id", sa.String(length=21), nullable=False),
        sa.Column("id", sa.String(length=21), nullable=False),
        sa.Column("record_id", sa.String(length=21), nullable=True),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("recipient_type", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.String(length=128), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("try_count", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_verification_codes_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_verification_codes")),
    )
    op.create_index(
        "ix_verification_codes_tenant_id_record_id_purpose",
        "verification_codes",
        ["tenant_id", "record_id", "purpose"],
    )
    op.create_index(
        "ix_verification_codes_tenant_id_recipient_purpose",
        "verification_codes",
        ["tenant_id", "recipient", "purpose"],
    )
    op.create_index("ix_verification_codes_created_at", "verification_codes", ["created_at"])
