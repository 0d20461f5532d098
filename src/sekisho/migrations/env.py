"""What Alembic runs: over the connection it is handed, each migration in a transaction of its own."""

from alembic import context

from sekisho.db.types import Table
from sekisho.migrations.declared import import_tables

import_tables()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transaction_per_migration=True,
    transactional_ddl=True,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
