"""Every page of the Console."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route

from sekisho.console.home import show_home
from sekisho.console.sign_in import finish_sign_in, sign_out
from sekisho.console.welcome import welcome

routes: Sequence[BaseRoute] = (
    Route("/console", show_home, methods=["GET"]),
    Route("/console/callback", finish_sign_in, methods=["GET"]),
    Route("/console/welcome", welcome, methods=["GET"]),
    Route("/console/sign-out", sign_out, methods=["POST"]),
)
