"""Every page an end user can be sent to."""

from collections.abc import Sequence
from itertools import chain

from starlette.routing import BaseRoute, Route

from sekisho.experience.dispatch import CodePlace
from sekisho.hosted.codes import shows_code, takes_code
from sekisho.hosted.confirm import (
    confirm_registration,
    confirm_sign_in,
    show_confirm_registration,
    show_confirm_sign_in,
)
from sekisho.hosted.consent import consent, show_consent
from sekisho.hosted.continue_address import KINDS, shows_address, takes_address
from sekisho.hosted.continue_profile import (
    continue_extra_profile,
    continue_password,
    continue_username,
    show_continue_extra_profile,
    show_continue_password,
    show_continue_username,
)
from sekisho.hosted.device import show_device, show_device_connected
from sekisho.hosted.forgot_password import (
    forgot_password,
    new_password,
    show_forgot_password,
    show_new_password,
    show_reset_password,
)
from sekisho.hosted.notices import show_account_suspended, show_unknown_session
from sekisho.hosted.one_time_token import one_time_token, show_one_time_token, show_switch_account
from sekisho.hosted.register import identifier_register, register, show_identifier_register, show_register
from sekisho.hosted.root import show_root
from sekisho.hosted.sign_in import (
    identifier_sign_in,
    show_identifier_sign_in,
    show_sign_in,
    show_sign_in_password,
    sign_in,
    sign_in_password,
)
from sekisho.hosted.social import (
    come_back_from_provider,
    go_directly,
    register_with_provider,
    show_social_link,
    show_social_register,
    sign_in_with_provider,
    social_link,
    social_register,
    take_answer,
)
from sekisho.hosted.visit import Handler


def _form(path: str, show: Handler, take: Handler) -> Sequence[BaseRoute]:
    """Return the routes of a page with a form."""
    return (Route(path, show, methods=["GET"]), Route(path, take, methods=["POST"]))


# They are tried in turn: first where nearly everybody comes by.
routes: Sequence[BaseRoute] = (
    *_form("/sign-in", show_sign_in, sign_in),
    *_form("/sign-in/password", show_sign_in_password, sign_in_password),
    *_form("/consent", show_consent, consent),
    Route("/", show_root, methods=["GET"]),
    *_form("/sign-in/confirm", show_confirm_sign_in, confirm_sign_in),
    *_form("/identifier-sign-in", show_identifier_sign_in, identifier_sign_in),
    *_form("/register", show_register, register),
    *_form("/register/confirm", show_confirm_registration, confirm_registration),
    *_form("/identifier-register", show_identifier_register, identifier_register),
    *_form("/forgot-password", show_forgot_password, forgot_password),
    *_form("/forgot-password/reset", show_new_password, new_password),
    *_form("/reset-password", show_reset_password, forgot_password),
    *chain.from_iterable(
        _form(f"/{place}/verification-code", shows_code(place), takes_code(place)) for place in CodePlace
    ),
    *_form("/continue/username", show_continue_username, continue_username),
    *_form("/continue/password", show_continue_password, continue_password),
    *_form("/continue/extra-profile", show_continue_extra_profile, continue_extra_profile),
    *chain.from_iterable(
        _form(f"/continue/{missing}", shows_address(missing), takes_address(missing)) for missing in KINDS
    ),
    Route("/sign-in/social/{connector_id}", sign_in_with_provider, methods=["POST"]),
    Route("/register/social/{connector_id}", register_with_provider, methods=["POST"]),
    *_form("/callback/{connector_id}", come_back_from_provider, take_answer),
    *_form("/social/link/{connector_id}", show_social_link, social_link),
    *_form("/social/register/{connector_id}", show_social_register, social_register),
    Route("/direct/{method}", go_directly, methods=["GET"]),
    Route("/direct/{method}/{target}", go_directly, methods=["GET"]),
    *_form("/one-time-token", show_one_time_token, one_time_token),
    Route("/switch-account", show_switch_account, methods=["GET"]),
    Route("/device", show_device, methods=["GET"]),
    Route("/device/success", show_device_connected, methods=["GET"]),
    Route("/unknown-session", show_unknown_session, methods=["GET"]),
    Route("/account-suspended", show_account_suspended, methods=["GET"]),
)
