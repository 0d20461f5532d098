"""Tours of `screenshots.py` through a house that offers every way in.

Codes, numbers, providers, links, and what is asked of who comes for the first time.
"""

import re
from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    from tests.e2e.screenshots import Place, Tour

ADDRESS, NUMBER = "hokusai@example.com", "090-1234-5678"
_CODE = re.compile(r"\b\d{6}\b")
_KINDS = ("email", "phone", "username")


def offer_every_way(place: "Place") -> None:
    """Let people in by everything there is, and ask them for everything there is."""
    smtp = {
        "host": "127.0.0.1",
        "port": place.mail_port,
        "auth": {"user": "anybody", "pass": "anything"},
        "fromEmail": "Bookstore <no-reply@bookstore.example>",
        "templates": [
            {"usageType": usage, "contentType": "text/plain", "subject": "{{code}}", "content": "{{code}}"}
            for usage in ("SignIn", "Register", "ForgotPassword", "Generic")
        ],
    }
    place.ask("POST", "/connectors", {"connectorId": "simple-mail-transfer-protocol", "config": smtp})
    for key in ("x", "kakao", "discord", "linkedin"):
        secret = {"clientId": f"{key}-client", "clientSecret": f"{key}-secret-to-try-out"}
        place.ask("POST", "/connectors", {"id": key, "connectorId": f"{key}-universal", "config": secret})
    place.ask("POST", "/custom-profile-fields/batch", list(_profile_fields()))
    for username, more in (("hokusai", {"primaryEmail": ADDRESS, "primaryPhone": "819012345678"}),):
        (user,) = place.ask("GET", f"/users?search.username={username}&mode.username=exact")
        place.ask("PATCH", f"/users/{user['id']}", more)
    place.ask(
        "PATCH",
        "/sign-in-exp",
        {
            "signUp": {"identifiers": ["email"], "password": True, "verify": True},
            "signIn": {"methods": [_method(kind) for kind in _KINDS]},
            "socialSignInConnectorTargets": ["x", "kakao", "discord", "linkedin"],
            "forgotPasswordMethods": ["EmailVerificationCode"],
            "termsOfUseUrl": "https://bookstore.example/terms",
            "privacyPolicyUrl": "https://bookstore.example/privacy",
            "agreeToTermsPolicy": "ManualRegistrationOnly",
        },
    )


def _method(kind: str) -> dict[str, Any]:
    return {
        "identifier": kind,
        "password": kind != "phone",
        "verificationCode": kind != "username",
        "isPasswordPrimary": True,
    }


def _profile_fields() -> Any:
    parts = [{"name": name, "type": "Text", "enabled": True, "required": True} for name in ("familyName", "givenName")]
    yield {"name": "fullname", "type": "Fullname", "required": True, "config": {"parts": parts}}
    yield {"name": "birthdate", "type": "Date", "required": False, "config": {"format": "yyyy-MM-dd"}}
    options = [{"value": value} for value in ("female", "male", "prefer_not_to_say")]
    yield {"name": "gender", "type": "Select", "required": False, "config": {"options": options}}
    lines = ("streetAddress", "locality", "postalCode")
    places = [{"name": name, "type": "Text", "enabled": True, "required": False} for name in lines]
    yield {"name": "address", "type": "Address", "required": False, "config": {"parts": places}}


def code_of(tour: "Tour") -> str:
    """Return the code of the newest message."""
    page = httpx2.get(tour.place.url("/dev/inbox")).raise_for_status().text
    found = _CODE.search(page[page.index("<main") :])
    if found is None:
        raise LookupError("no code in the inbox")
    return found[0]


def _forgive(tour: "Tour") -> None:
    """Forget how many messages the person got: one person makes every tour, in every look."""
    tour.place.ask("POST", "/sentinel-activities/delete", {"targetType": "User", "targets": [ADDRESS]})


def by_address(tour: "Tour") -> None:
    """An address, a password, a code."""
    _forgive(tour)
    tour.tab.goto(tour.place.authorization(tour.place.bookstore))
    tour.take("every-way-sign-in", at="/sign-in", showing=".social")
    tour.fill(identifier="")
    tour.take("every-way-sign-in-empty", at="/sign-in", showing="#identifier-error")
    tour.fill(identifier=ADDRESS)
    tour.take("sign-in-password", at="/sign-in/password")
    tour.fill(password="a guess")
    tour.take("sign-in-password-wrong", at="/sign-in/password", showing="[role=alert]")
    tour.tab.click("button[formaction*=verification-code]")
    tour.take("sign-in-code", at="/sign-in/verification-code")
    tour.fill(code="000000")
    tour.take("sign-in-code-wrong", at="/sign-in/verification-code", showing="#code-error")


def by_number(tour: "Tour") -> None:
    """A number, which shows the countries once it is typed."""
    tour.tab.goto(tour.place.authorization(tour.place.bookstore))
    tour.tab.fill("#identifier", NUMBER)
    tour.take("sign-in-number", at="/sign-in", showing="select")
    tour.tab.goto(tour.place.authorization(tour.place.bookstore, first_screen="identifier:sign_in", identifier="phone"))
    tour.take("sign-in-number-alone", at="/identifier-sign-in", showing="select")
    tour.fill(identifier="12")
    tour.take("sign-in-number-wrong", at="/identifier-sign-in", showing="#identifier-error")


def forgetting(tour: "Tour") -> None:
    """Another password."""
    _forgive(tour)
    tour.tab.goto(tour.place.authorization(tour.place.bookstore, first_screen="reset_password"))
    tour.take("forgot-password", at="/reset-password")
    tour.fill(identifier=ADDRESS)
    tour.take("forgot-password-code", at="/forgot-password/verification-code")
    tour.fill(code=code_of(tour))
    tour.take("reset-password", at="/forgot-password/reset")
    tour.fill(newPassword="aaa")
    tour.take("reset-password-short", at="/forgot-password/reset", showing="#newPassword-error")


def coming_for_the_first_time(tour: "Tour") -> None:
    """Registering, and all that is asked."""
    tour.tab.goto(tour.place.authorization(tour.place.bookstore, first_screen="register"))
    tour.take("every-way-register", at="/register", showing=".social")
    tour.fill(identifier="nobody")
    tour.take("every-way-register-refused", at="/register", showing="#identifier-error")
    tour.tab.check("#termsAgreement")
    tour.fill(identifier=f"{tour.look.name}@example.com")
    tour.take("register-code", at="/register/verification-code")
    tour.fill(code=code_of(tour))
    tour.take("continue-password", at="/continue/password")
    tour.fill(newPassword="Kanagawa-1831")
    tour.take("continue-extra-profile", at="/continue/extra-profile")
    tour.tab.fill("#familyName", "")
    tour.tab.click("button[name=submit]")
    tour.take("continue-extra-profile-refused", at="/continue/extra-profile", showing="#familyName-error")
    tour.tab.goto(tour.place.authorization(tour.place.bookstore, first_screen="register"))
    tour.tab.check("#termsAgreement")
    tour.fill(identifier=ADDRESS)
    tour.fill(code=code_of(tour))
    tour.take("confirm-sign-in", at="/sign-in/confirm")
    tour.tab.goto(tour.place.authorization(tour.place.bookstore))
    tour.fill(identifier=f"new-{tour.look.name}@example.com")
    tour.tab.click("button[formaction*=verification-code]")
    tour.fill(code=code_of(tour))
    tour.take("confirm-registration", at="/register/confirm")


def by_provider(tour: "Tour") -> None:
    """There and back, and what goes wrong."""
    tour.tab.goto(tour.place.authorization(tour.place.bookstore))
    tour.tab.click(".social:has-text('Discord')")
    tour.tab.click("button[value=deny]")
    tour.take("provider-denied", at="/callback/discord")
    tour.tab.goto(tour.place.url("/callback/discord?state=forged&code=stolen"))
    tour.take("provider-forged", at="/callback/discord")
    tour.tab.goto(tour.place.authorization(tour.place.bookstore))
    tour.tab.click(".social:has-text('LinkedIn')")
    tour.tab.goto(tour.tab.url + "&account=hokusai&decision=allow&fault=profile-error")
    tour.take("provider-down", at="/callback/linkedin")
    tour.tab.goto(tour.place.authorization(tour.place.bookstore))
    tour.tab.click(".social:has-text('Kakao')")
    tour.tab.goto(tour.tab.url + "&account=hokusai&decision=allow")
    tour.take("social-link", at="/social/link/kakao")
    tour.tab.click("button[value=create]")
    tour.take("social-register", at="/social/register/kakao")


def by_link(tour: "Tour") -> None:
    """A link from a message that is no good."""
    tour.tab.goto(tour.place.authorization(tour.place.bookstore, one_time_token="used", login_hint=ADDRESS))
    tour.take("one-time-token-refused", at="/one-time-token", showing="a.button")


def every_way_without_scripts(tour: "Tour") -> None:
    tour.tab.goto(tour.place.authorization(tour.place.bookstore))
    tour.tab.fill("#identifier", NUMBER)
    tour.take("every-way-without-scripts", at="/sign-in", showing="select")
    tour.fill(identifier=ADDRESS)
    tour.tab.click("button[formaction*=verification-code]")
    tour.take("sign-in-code-without-scripts", at="/sign-in/verification-code")
    tour.tab.goto(tour.place.authorization(tour.place.bookstore, one_time_token="any", login_hint=ADDRESS))
    tour.take("one-time-token-without-scripts", at="/one-time-token", showing="button")
