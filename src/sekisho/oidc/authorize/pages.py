"""Which page a prompt is shown on, and what the page is told in its address (oidc.md §9.2)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sekisho.oidc.models import Prompt
from sekisho.oidc.redirect_uris import form_encode

_FIRST_SCREENS = {
    "sign_in": "sign-in",
    "signIn": "sign-in",
    "register": "register",
    "reset_password": "reset-password",
    "identifier:sign_in": "identifier-sign-in",
    "identifier:register": "identifier-register",
    "single_sign_on": "single-sign-on",
}
_INTERACTION_MODES = {"signIn": "sign-in", "signUp": "register"}
_IDENTIFIERS = {"username", "email", "phone"}
#: Parameters the sign-in page takes over, in the order of the query.
_FORWARDED = ("organization_id", "ui_locales", "one_time_token", "login_hint", "identifier")


def page_location(prompt: Prompt, params: Mapping[str, Any]) -> str:
    """Return the path and query of the page, without the tenant's prefix."""
    app = ("app_id", str(params.get("client_id", "")))
    if prompt.name == "consent":
        return f"/consent?{form_encode([app])}"
    if not _are_extras_valid(params):
        # One wrong value makes all of them suspect: they come from the same address, written by the same hand.
        return f"/sign-in?{form_encode([app])}"
    page = _first_page(params)
    query = [app, *((name, params[name]) for name in _FORWARDED if name in params)]
    if direct := _direct_page(params):
        return f"/{direct}?{form_encode([*query, ('fallback', page)])}"
    return f"/{page}?{form_encode(query)}"


def _first_page(params: Mapping[str, Any]) -> str:
    if first_screen := params.get("first_screen"):
        return _FIRST_SCREENS[first_screen]
    return _INTERACTION_MODES.get(params.get("interaction_mode", ""), "sign-in")


def _direct_page(params: Mapping[str, Any]) -> str | None:
    if direct := params.get("direct_sign_in"):
        # Quoted, so that a value cannot walk to another page.
        method, colon, target = (quote(part, safe=":") for part in direct.partition(":"))
        return f"direct/{method}/{target}" if colon else f"direct/{method}"
    return "direct/social/google" if params.get("google_one_tap_credential") else None


def _are_extras_valid(params: Mapping[str, Any]) -> bool:
    return (
        params.get("first_screen", "sign_in") in _FIRST_SCREENS
        and params.get("interaction_mode", "signIn") in _INTERACTION_MODES
        and set(params.get("identifier", "").split()) <= _IDENTIFIERS
    )
