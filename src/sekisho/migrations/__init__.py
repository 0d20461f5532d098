"""The one linear history of the schema, the seed, and what makes a database ready to serve."""

from pathlib import Path

from sekisho.db.migrate import History

HISTORY = History(location=Path(__file__).parent, head="0004")
