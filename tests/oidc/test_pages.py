"""Which page a person is sent to, and what it is told (oidc.md §9.2)."""

from typing import Any

import pytest

from sekisho.oidc.authorize.pages import page_location
from sekisho.oidc.models import Prompt

LOGIN = Prompt(name="login", reasons=["no_session"])


@pytest.mark.parametrize(
    ("extras", "location"),
    [
        ({}, "/sign-in?app_id=c"),
        ({"first_screen": "sign_in"}, "/sign-in?app_id=c"),
        ({"first_screen": "signIn"}, "/sign-in?app_id=c"),
        ({"first_screen": "register"}, "/register?app_id=c"),
        ({"interaction_mode": "signUp"}, "/register?app_id=c"),
        ({"interaction_mode": "signIn"}, "/sign-in?app_id=c"),
        ({"interaction_mode": "signUp", "first_screen": "sign_in"}, "/sign-in?app_id=c"),
        ({"first_screen": "reset_password"}, "/reset-password?app_id=c"),
        ({"first_screen": "identifier:sign_in"}, "/identifier-sign-in?app_id=c"),
        ({"first_screen": "identifier:register"}, "/identifier-register?app_id=c"),
        ({"first_screen": "single_sign_on"}, "/single-sign-on?app_id=c"),
        ({"direct_sign_in": "social:google"}, "/direct/social/google?app_id=c&fallback=sign-in"),
        ({"direct_sign_in": "sso"}, "/direct/sso?app_id=c&fallback=sign-in"),
        ({"direct_sign_in": "social:../x?y"}, "/direct/social/..%2Fx%3Fy?app_id=c&fallback=sign-in"),
        ({"google_one_tap_credential": "ey"}, "/direct/social/google?app_id=c&fallback=sign-in"),
        (
            {"direct_sign_in": "sso:abc", "google_one_tap_credential": "ey", "first_screen": "register"},
            "/direct/sso/abc?app_id=c&fallback=register",
        ),
        (
            {
                "identifier": "email phone",
                "login_hint": "a@b.io",
                "one_time_token": "t",
                "ui_locales": "ja en",
                "organization_id": "o",
            },
            (
                "/sign-in?app_id=c&organization_id=o&ui_locales=ja+en&one_time_token=t&login_hint=a%40b.io"
                "&identifier=email+phone"
            ),
        ),
        ({"first_screen": "elsewhere", "login_hint": "x"}, "/sign-in?app_id=c"),
        ({"interaction_mode": "dance", "login_hint": "x"}, "/sign-in?app_id=c"),
        ({"identifier": "email shoe", "login_hint": "x"}, "/sign-in?app_id=c"),
        ({"scope": "openid", "state": "s"}, "/sign-in?app_id=c"),
    ],
)
def test_a_sign_in_begins_at(extras: dict[str, Any], location: str) -> None:
    assert page_location(LOGIN, {"client_id": "c", **extras}) == location


def test_consent_has_one_page() -> None:
    prompt = Prompt(name="consent", reasons=["op_scopes_missing"])

    assert page_location(prompt, {"client_id": "c", "first_screen": "register"}) == "/consent?app_id=c"
