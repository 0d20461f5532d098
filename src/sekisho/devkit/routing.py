"""Everything that exists only on a development server."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route

from sekisho.devkit import device_demo
from sekisho.devkit.demo_app import PATH, demo_sign_in, demo_sign_out, demo_sign_up, show_demo

routes: Sequence[BaseRoute] = (
    Route(PATH, show_demo, methods=["GET"]),
    Route(f"{PATH}/sign-in", demo_sign_in, methods=["GET"]),
    Route(f"{PATH}/sign-up", demo_sign_up, methods=["GET"]),
    Route(f"{PATH}/sign-out", demo_sign_out, methods=["POST"]),
    Route(device_demo.PATH, device_demo.show_device_demo, methods=["GET"]),
    Route(f"{device_demo.PATH}/start", device_demo.start_device_demo, methods=["GET"]),
    Route(f"{device_demo.PATH}/check", device_demo.check_device_demo, methods=["GET"]),
    Route(f"{device_demo.PATH}/sign-out", device_demo.device_demo_sign_out, methods=["POST"]),
)
