"""Pages for end users: sign-in, registration, consent, sign-out. HTML only; the flow decides elsewhere."""

from sekisho.hosted.routing import routes

__all__ = ["routes"]
