"""Every page an end user can be sent to."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route

from sekisho.hosted.consent import consent, show_consent
from sekisho.hosted.continue_profile import (
    continue_password,
    continue_username,
    show_continue_password,
    show_continue_username,
)
from sekisho.hosted.device import show_device, show_device_connected
from sekisho.hosted.notices import show_account_suspended, show_unknown_session
from sekisho.hosted.register import register, show_register
from sekisho.hosted.root import show_root
from sekisho.hosted.sign_in import show_sign_in, sign_in

routes: Sequence[BaseRoute] = (
    Route("/", show_root, methods=["GET"]),
    Route("/sign-in", show_sign_in, methods=["GET"]),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/register", show_register, methods=["GET"]),
    Route("/register", register, methods=["POST"]),
    Route("/continue/username", show_continue_username, methods=["GET"]),
    Route("/continue/username", continue_username, methods=["POST"]),
    Route("/continue/password", show_continue_password, methods=["GET"]),
    Route("/continue/password", continue_password, methods=["POST"]),
    Route("/consent", show_consent, methods=["GET"]),
    Route("/consent", consent, methods=["POST"]),
    Route("/device", show_device, methods=["GET"]),
    Route("/device/success", show_device_connected, methods=["GET"]),
    Route("/unknown-session", show_unknown_session, methods=["GET"]),
    Route("/account-suspended", show_account_suspended, methods=["GET"]),
)
