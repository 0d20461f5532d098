"""Checks of a form that need no flow: what was left empty, what was not ticked, passwords that differ."""

from collections.abc import Iterable

from sekisho.hosted.identifiers import can_be_reached
from sekisho.hosted.look import Look
from sekisho.hosted.pages import FieldErrors, Terms
from sekisho.http.forms import Form
from sekisho.users.models import Identifier, IdentifierType

_NAMES = {
    IdentifierType.USERNAME: "description.username",
    IdentifierType.EMAIL: "description.email",
    IdentifierType.PHONE: "description.phone_number",
}


def check_identifier(form: Form, look: Look, *, kinds: Iterable[IdentifierType]) -> FieldErrors:
    if form.text("identifier").strip():
        return {}
    types = look.say.listed([look.say(_NAMES[kind]) for kind in kinds], style="or")
    return {"identifier": look.say("error.general_required", types=types)}


def check_address(identifier: Identifier, look: Look) -> FieldErrors:
    """Say what is wrong with an address or a number that something is to be sent to."""
    if identifier.type is IdentifierType.USERNAME or can_be_reached(identifier):
        return {}
    phrase = "error.invalid_phone" if identifier.type is IdentifierType.PHONE else "error.invalid_email"
    return {"identifier": look.say(phrase)}


def captcha_token(form: Form) -> str | None:
    """Return the robot check's answer, under the name that its script gives it."""
    return form.text("captchaToken") or form.text("g-recaptcha-response") or None


def check_password(form: Form, look: Look) -> FieldErrors:
    return {} if form.text("password") else {"password": look.say("error.password_required")}


def check_new_password(form: Form, look: Look, *, is_asked_twice: bool) -> FieldErrors:
    new = form.text("newPassword")
    if not new:
        return {"newPassword": look.say("error.password_required")}
    if is_asked_twice and form.text("confirmPassword") != new:
        return {"confirmPassword": look.say("error.passwords_do_not_match")}
    return {}


def check_terms(form: Form, look: Look, terms: Terms) -> FieldErrors:
    """Our pages work without scripts, so the tick that others check in the browser is checked here (§25.4)."""
    if not (terms.must_tick and terms.any) or form.text("termsAgreement"):
        return {}
    return {"termsAgreement": look.say("error.terms_acceptance_required")}
