"""Drafts the next migration: what an empty database lacks after all migrations, compared with the declared tables.

`python tools/draft_migration.py "add organizations"` writes `migrations/versions/NNNN_add_organizations.py`. A draft:
read it, see that it means the same on both databases, add what moves data, and set `HISTORY.head` to its number.
"""

import re
import subprocess
import sys
import tempfile
from typing import Any, Literal

from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.operations.ops import UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, DefaultClause, create_engine
from sqlalchemy.sql.elements import False_, True_

from sekisho.db.types import Instant, Seconds, Table
from sekisho.migrations import HISTORY
from sekisho.migrations.declared import import_tables

_TEMPLATE = '''"""{title}."""

import sqlalchemy as sa
from alembic import op

from sekisho.db.types import Document, Instant, Seconds

revision = "{revision}"
down_revision = {down_revision}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {body}
'''


def main(title: str) -> None:
    versions = HISTORY.location / "versions"
    revisions = sorted(path.name[:4] for path in versions.glob("[0-9]*.py"))
    revision = f"{int(revisions[-1] if revisions else 0) + 1:04}"
    name = re.sub(r"\W+", "_", title.lower()).strip("_")
    target = versions / f"{revision}_{name}.py"
    text = _TEMPLATE.format(
        title=title[0].upper() + title[1:],
        revision=revision,
        down_revision=f'"{revisions[-1]}"' if revisions else "None",
        body=_operations(),
    )
    target.write_text(text, encoding="utf-8")
    for arguments in (["check", "--fix-only"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, "--quiet", str(target)], check=True)  # noqa: S603
    print(f"{target}: read it, then set HISTORY.head to {revision!r}")


def _operations() -> str:
    import_tables()
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/empty.db")
        with engine.connect() as connection:
            configuration = Config()
            configuration.set_main_option("script_location", str(HISTORY.location))
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
            options = {"compare_type": True, "render_item": _render, "sqlalchemy_module_prefix": "sa."}
            context = MigrationContext.configure(connection, opts=options | {"render_as_batch": True})
            script = produce_migrations(context, Table.metadata)
            differences = script.upgrade_ops or UpgradeOps()
            operations = render_python_code(differences, migration_context=context, render_item=_render)
            return re.sub(r" *# ###.*\n?", "", operations).strip()


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types by their names; everything else as Alembic does."""
    if kind == "server_default" and isinstance(item, DefaultClause) and isinstance(item.arg, False_ | True_):
        return f"sa.{item.arg}()"  # booleans have no spelling that both databases understand
    if kind != "type":
        return False
    match item:
        case Instant():
            return "Instant()"
        case Seconds():
            return "Seconds()"
        case JSON():
            return "Document"
        case _:
            return False


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or "change the schema")
