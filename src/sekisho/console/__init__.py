"""Pages for administrators."""

from sekisho.console.routing import routes

__all__ = ["routes"]
