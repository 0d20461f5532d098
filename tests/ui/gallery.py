"""Every page in every state worth looking at, as files: `python tests/ui/gallery.py <folder>`.

The same list feeds the tests; a page that is not here is not tested. Open `index.html`, or take pictures with
`chromium --headless=new --screenshot=… file://<folder>/<name>.html`.
"""

import dataclasses
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sekisho.console import pages as console
from sekisho.devkit import pages as devkit
from sekisho.devkit.inbox import pages as inbox
from sekisho.devkit.inbox.letters import Kind, Way
from sekisho.endpoints import pages as endpoints
from sekisho.hosted import pages as hosted
from sekisho.i18n.translator import Translator, translator
from sekisho.ui.assets import asset_url, find_asset
from sekisho.ui.branding import DEFAULT_THEME, Branding, Scheme, Theme, theme
from sekisho.ui.page import Chrome, Page
from sekisho.ui.render import render

TERMS = hosted.Terms(terms_of_use_url="https://books.example/terms", privacy_policy_url="https://books.example/privacy")
SUPPORT = hosted.Support(email="help@books.example", website_url="https://books.example/help")
DOT = "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0%200%2040%2040'%3E%3Crect%20width='40'%20height='40'%20rx='10'%20fill='%235865f2'/%3E%3C/svg%3E"
BRAND = theme(Branding(primary_color="#d9480f", dark_primary_color="#ff922b"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A page in one state."""

    name: str
    page: Page
    theme: Theme = DEFAULT_THEME


def specimens(t: Translator) -> Iterator[Specimen]:
    """Every page, with the errors a surface would pass in the language of the page."""
    yield from sign_in_pages(t)
    yield from code_pages(t)
    yield from register_pages(t)
    yield from continue_pages(t)
    yield from consent_pages(t)
    yield from device_pages(t)
    yield from message_pages(t)
    yield from self_sending_pages()
    yield from console_pages(t)
    yield from demo_pages(t)
    yield from inbox_pages()


def sign_in_pages(t: Translator) -> Iterator[Specimen]:
    plain = hosted.SignIn(action="sign-in", csrf_token="token")
    full = hosted.SignIn(
        action="sign-in",
        csrf_token="token",
        identifiers=(hosted.Identifier.USERNAME, hosted.Identifier.EMAIL),
        application_name="Bookstore",
        register_url="register",
        forgot_password_url="forgot-password",
        terms=TERMS,
    )
    yield Specimen(name="sign-in", page=full)
    yield Specimen(name="sign-in-plain", page=plain)
    yield Specimen(name="sign-in-brand", page=full, theme=BRAND)
    wrong = hosted.SignIn(
        action="sign-in",
        csrf_token="token",
        identifier="mio",
        application_name="Bookstore",
        register_url="register",
        problem=t.error("session.invalid_credentials"),
    )
    yield Specimen(name="sign-in-wrong-password", page=wrong)
    empty = hosted.SignIn(
        action="sign-in",
        csrf_token="token",
        identifiers=tuple(hosted.Identifier),
        application_name="Bookstore",
        forgot_password_url="forgot-password",
        errors={"identifier": t.error("user.username_required"), "password": t("error.password_required")},
    )
    yield Specimen(name="sign-in-empty", page=empty)
    first = dataclasses.replace(full, asks_password=False, identifiers=tuple(hosted.Identifier), country=japan())
    yield Specimen(name="sign-in-identifier", page=dataclasses.replace(first, socials=socials()))
    yield Specimen(
        name="sign-in-number",
        page=dataclasses.replace(first, identifier="090-1234-5678", captcha=captcha(hosted.Widget.TURNSTILE)),
    )
    phone = dataclasses.replace(
        first,
        identifiers=(hosted.Identifier.PHONE,),
        identifier="12",
        errors={"identifier": t("error.invalid_phone")},
        captcha=captcha(hosted.Widget.RECAPTCHA_INVISIBLE),
        all_options_url="sign-in",
        register_url=None,
    )
    yield Specimen(name="sign-in-phone", page=phone)
    alone = hosted.SignIn(
        action="sign-in",
        csrf_token="token",
        identifiers=(),
        application_name="Bookstore",
        socials=socials(),
        notice=t("description.password_changed"),
        terms=dataclasses.replace(TERMS, must_tick=True),
    )
    yield Specimen(name="sign-in-providers", page=alone)
    password = hosted.SignInPassword(
        action="password",
        csrf_token="token",
        kind=hosted.Identifier.EMAIL,
        identifier="mio@books.example",
        change_url="sign-in",
        forgot_password_url="forgot-password",
        code_action="verification-code",
    )
    yield Specimen(name="sign-in-password", page=password)
    yield Specimen(
        name="sign-in-password-wrong",
        page=dataclasses.replace(
            password, code_action=None, forgot_password_url=None, problem=t.error("session.invalid_credentials")
        ),
    )
    sent = hosted.OneTimeToken(
        action="about:blank", csrf_token="token", email="mio@books.example", fields=(("token", "abc"),)
    )
    yield Specimen(name="one-time-token", page=sent)
    other = hosted.SwitchAccount(
        account="mio", email="ken@books.example", switch_url="one-time-token", back_url="https://books.example"
    )
    yield Specimen(name="switch-account", page=other)
    exists = hosted.ConfirmSignIn(
        action="confirm", csrf_token="token", identifier="mio@books.example", back_url="register"
    )
    yield Specimen(name="confirm-sign-in", page=exists)


def japan() -> hosted.CountryChoice:
    return hosted.CountryChoice(
        countries=(
            hosted.Country(code="JP", name="Japan", calling_code="81"),
            hosted.Country(code="GB", name="United Kingdom", calling_code="44"),
        ),
        chosen="JP",
    )


def socials() -> tuple[hosted.SocialButton, ...]:
    return (
        hosted.SocialButton(name="Discord", action="discord", logo_url=DOT, dark_logo_url=DOT),
        hosted.SocialButton(name="LinkedIn", action="linkedin", logo_url=DOT),
        hosted.SocialButton(name="Sumida Books", action="sumida"),
    )


def captcha(widget: hosted.Widget) -> hosted.Captcha:
    return hosted.Captcha(widget=widget, site_key="site-key", script_url="about:blank")


def code_pages(t: Translator) -> Iterator[Specimen]:
    fresh = hosted.EnterCode(
        action="verification-code",
        csrf_token="token",
        kind=hosted.Identifier.EMAIL,
        address="mio@books.example",
        wait=59,
        change_url="sign-in",
        password_url="password",
    )
    yield Specimen(name="enter-code", page=fresh)
    wrong = dataclasses.replace(
        fresh,
        kind=hosted.Identifier.PHONE,
        address="+81 90-1234-5678",
        is_sent=False,
        wait=0,
        lifetime=180,
        password_url=None,
        errors={"code": t.error("verification_code.code_mismatch")},
    )
    yield Specimen(name="enter-code-wrong", page=wrong)
    again = dataclasses.replace(fresh, notice=t("description.passcode_sent"))
    yield Specimen(name="enter-code-again", page=again)
    forgotten = hosted.ForgotPassword(action="forgot-password", csrf_token="token", back_url="sign-in")
    yield Specimen(name="forgot-password", page=forgotten)
    either = dataclasses.replace(
        forgotten,
        identifiers=(hosted.Identifier.EMAIL, hosted.Identifier.PHONE),
        country=japan(),
        back_url=None,
        captcha=captcha(hosted.Widget.RECAPTCHA),
        problem=t("error.send_verification_code_failed"),
    )
    yield Specimen(name="forgot-password-either", page=either)
    reset = hosted.ResetPassword(action="reset", csrf_token="token", identifier="mio@books.example")
    yield Specimen(name="reset-password", page=reset)
    unknown = dataclasses.replace(
        reset, identifier=None, confirm_password=True, errors={"newPassword": t.error("user.same_password")}
    )
    yield Specimen(name="reset-password-same", page=unknown)


def register_pages(t: Translator) -> Iterator[Specimen]:
    fresh = hosted.Register(action="register", csrf_token="token", application_name="Bookstore", sign_in_url="sign-in")
    yield Specimen(name="register", page=fresh)
    admin = hosted.Register(
        action="register", csrf_token="token", application_name=t("sekisho.console.name"), is_first_admin=True
    )
    yield Specimen(name="register-first-admin", page=admin)
    refused = hosted.Register(
        action="register",
        csrf_token="token",
        identifier="mio",
        password_hint=hosted.PasswordHint(min_length=10, min_character_types=3),
        terms=hosted.Terms(terms_of_use_url="https://books.example/terms", must_tick=True),
        errors={
            "identifier": t.error("user.username_already_in_use"),
            "newPassword": t("error.password_rejected.pwned"),
            "termsAgreement": t("error.terms_acceptance_required_description"),
        },
    )
    yield Specimen(name="register-refused", page=refused)
    single = hosted.Register(
        action="register",
        csrf_token="token",
        identifiers=(hosted.Identifier.EMAIL,),
        asks_password=False,
        problem=t.error("auth.forbidden"),
        socials=socials(),
        terms=TERMS,
    )
    yield Specimen(name="register-email", page=single)
    phone = dataclasses.replace(
        single, identifiers=(hosted.Identifier.PHONE,), country=japan(), problem=None, all_options_url="register"
    )
    yield Specimen(name="register-phone", page=phone)
    yield Specimen(name="register-providers", page=dataclasses.replace(single, identifiers=(), problem=None))
    agreed = hosted.Terms(terms_of_use_url="https://books.example/terms", must_tick=True)
    nobody = hosted.ConfirmRegistration(
        action="confirm", csrf_token="token", identifier="mio@books.example", back_url="sign-in", terms=agreed
    )
    yield Specimen(name="confirm-registration", page=nobody)
    link = hosted.SocialLink(
        action="link",
        csrf_token="token",
        provider="Discord",
        account="m***@books.example",
        may_create=True,
        back_url="sign-in",
    )
    yield Specimen(name="social-link", page=link)
    yield Specimen(name="social-link-only", page=dataclasses.replace(link, may_create=False))
    first = hosted.SocialRegister(
        action="register", csrf_token="token", provider="Discord", back_url="sign-in", terms=agreed
    )
    yield Specimen(name="social-register", page=first)


def continue_pages(t: Translator) -> Iterator[Specimen]:
    yield Specimen(name="continue-username", page=hosted.ContinueUsername(action="username", csrf_token="token"))
    password = hosted.ContinuePassword(action="password", csrf_token="token", identifier="mio")
    yield Specimen(name="continue-password", page=password)
    email = hosted.ContinueAddress(action="email", csrf_token="token", identifiers=(hosted.Identifier.EMAIL,))
    yield Specimen(name="continue-email", page=dataclasses.replace(email, linked_with="Discord"))
    phone = dataclasses.replace(email, identifiers=(hosted.Identifier.PHONE,), country=japan())
    yield Specimen(name="continue-phone", page=phone)
    either = dataclasses.replace(email, identifiers=(hosted.Identifier.EMAIL, hosted.Identifier.PHONE), country=japan())
    yield Specimen(name="continue-either", page=either)
    extra = hosted.ContinueExtraProfile(
        action="extra-profile", csrf_token="token", profile_fields=tuple(profile_fields(t))
    )
    yield Specimen(name="continue-extra-profile", page=extra)
    wrong = dataclasses.replace(extra, profile_fields=extra.profile_fields[1:2], problem=t("error.unknown"))
    yield Specimen(name="continue-extra-profile-wrong", page=wrong)


def profile_fields(t: Translator) -> Iterator[hosted.ProfileField]:
    def part(name: str, autocomplete: str) -> hosted.ProfileInput:
        return hosted.ProfileInput(
            name=name, label=t(f"profile.{name}"), is_required=True, autocomplete=autocomplete, value="X"
        )

    yield hosted.ProfileGroup(
        label=t("profile.fullname"), inputs=(part("familyName", "family-name"), part("givenName", "given-name"))
    )
    yield hosted.ProfileInput(
        name="birthdate", label=t("profile.birthdate"), control=hosted.Control.DATE, autocomplete="bday"
    )
    choices = tuple(
        hosted.ProfileChoice(value=value, label=t(f"profile.gender_options.{value}"))
        for value in ("female", "male", "prefer_not_to_say")
    )
    yield hosted.ProfileInput(
        name="gender", label=t("profile.gender"), control=hosted.Control.CHOICE, choices=choices, value="male"
    )
    yield hosted.ProfileInput(
        name="shelf",
        label="Shelf",
        control=hosted.Control.NUMBER,
        description="The number on your card.",
        placeholder="12",
    )
    yield hosted.ProfileInput(name="website", label=t("profile.website"), control=hosted.Control.URL)
    yield hosted.ProfileInput(name="card", label="Card", pattern="[A-Z]{2}\\d+", is_required=True)
    yield hosted.ProfileInput(name="letters", label="Send me letters", control=hosted.Control.TICK, value="true")
    yield hosted.ProfileGroup(
        label="Address",
        description="Where we send books.",
        inputs=(
            hosted.ProfileInput(
                name="address.formatted", label=t("profile.address.formatted"), control=hosted.Control.LINES
            ),
            hosted.ProfileInput(name="address.locality", label=t("profile.address.locality"), is_required=True),
        ),
    )


def consent_pages(t: Translator) -> Iterator[Specimen]:
    user = hosted.ConsentUser(name="Mio Tanaka", detail="mio@books.example")
    orders = hosted.ConsentResource(
        name="Orders API",
        scopes=(
            hosted.ConsentScope(name="read:orders", description="See your orders"),
            hosted.ConsentScope(name="write:orders"),
        ),
    )
    full = hosted.Consent(
        action="consent",
        csrf_token="token",
        application_name="Reading Circle",
        user=user,
        user_scopes=("profile", "email", "urn:logto:scope:organizations", "offline_access", "something_new"),
        resources=(orders,),
        redirect_origin="circle.example",
        use_another_account_url="sign-in",
        terms=TERMS,
    )
    yield Specimen(name="consent", page=full)
    books = hosted.ConsentOrganization(id="o1", name="Sumida Books", resources=(orders,))
    press = hosted.ConsentOrganization(id="o2", name="Asakusa Press")
    yield Specimen(name="consent-organizations", page=dataclasses.replace(full, organizations=(books, press)))
    known = dataclasses.replace(full, user_scopes=(), resources=(), is_known=True, terms=None, house_terms=TERMS)
    yield Specimen(name="consent-known", page=known)
    bare = hosted.Consent(
        action="consent",
        csrf_token="token",
        application_name="Reading Circle",
        application_logo_url=DOT,
        user=hosted.ConsentUser(name="mio", avatar_url=DOT),
        problem=t.error("session.not_found"),
    )
    yield Specimen(name="consent-bare", page=bare)


def device_pages(t: Translator) -> Iterator[Specimen]:
    code = hosted.DeviceCodeInput(action="device", xsrf="token")
    yield Specimen(name="device", page=code)
    wrong = dataclasses.replace(code, user_code="BCDFGHJK", errors={"user_code": t("error.invalid_device_code")})
    yield Specimen(name="device-wrong", page=wrong)
    yield Specimen(name="device-aborted", page=dataclasses.replace(code, problem=t("error.device_flow_aborted")))
    confirmation = hosted.DeviceConfirmation(
        action="device", xsrf="token", user_code="MQWL-FXNR", application_name="Ukiyo TV"
    )
    yield Specimen(name="device-confirmation", page=confirmation)
    yield Specimen(name="device-connected", page=hosted.DeviceConnected())


def message_pages(t: Translator) -> Iterator[Specimen]:
    yield Specimen(name="unknown-session", page=hosted.UnknownSession(support=SUPPORT))
    yield Specimen(name="not-found", page=hosted.NotFound())
    yield Specimen(name="account-suspended", page=hosted.AccountSuspended(sign_in_url="sign-in", support=SUPPORT))
    yield Specimen(name="error-plain", page=hosted.ErrorPage(message=t.error("oidc.server_error")))
    error = hosted.ErrorPage(
        message=t.error("oidc.invalid_redirect_uri"),
        code="oidc.invalid_redirect_uri",
        request_id="k3v9x0q2m7p1w8zt",
        back_url="sign-in",
        support=SUPPORT,
    )
    yield Specimen(name="error", page=error)
    yield Specimen(name="misdirected", page=hosted.Misdirected(origin="https://auth.books.example"))
    yield Specimen(name="unavailable", page=hosted.Unavailable(retry_url="sign-in"))
    yield Specimen(name="signed-out", page=endpoints.SignedOut())


def self_sending_pages() -> Iterator[Specimen]:
    yield Specimen(name="sign-out", page=endpoints.SignOut(action="about:blank", xsrf="xsrf-token"))
    yield Specimen(
        name="sending-user-code",
        page=endpoints.SendingUserCode(action="about:blank", xsrf="xsrf-token", user_code="MQWL-FXNR"),
    )
    yield Specimen(
        name="submitting-callback", page=endpoints.SubmittingCallback(action="about:blank", xsrf="xsrf-token")
    )
    fields = (("code", "abc"), ("state", 'a"b'), ("iss", "https://auth.example/oidc"))
    yield Specimen(name="form-post", page=endpoints.FormPost(action="about:blank", fields=fields))
    named = endpoints.FormPost(action="about:blank", fields=fields, application_name="Bookstore")
    yield Specimen(name="form-post-named", page=named)


def console_pages(t: Translator) -> Iterator[Specimen]:
    admin = console.SignedInAdmin(name="mio", user_id="8xk2m0q4v7zc", sign_out_action="sign-out", csrf_token="token")
    home = console.Home(
        admin=admin,
        tenant_id="default",
        issuer="http://localhost:3001/oidc",
        discovery_url="http://localhost:3001/oidc/.well-known/openid-configuration",
        management_api_resource="https://default.logto.app/api",
        management_api_url="http://localhost:3001/api",
        next_steps=(
            console.NextStep(step=console.Step.TRY_SIGN_IN, url="demo-app"),
            console.NextStep(
                step=console.Step.ADD_APPLICATION,
                command="sekisho app create --type Traditional --name Bookstore --redirect-uri http://localhost:3000/callback",
            ),
            console.NextStep(step=console.Step.ADD_USER, command="sekisho user create --username mio"),
            console.NextStep(
                step=console.Step.ADD_MACHINE_APPLICATION,
                command="sekisho app create --type MachineToMachine --name Nightly",
            ),
        ),
        version="0.1.0",
    )
    yield Specimen(name="console-home", page=home)
    yield Specimen(name="console-welcome", page=console.Welcome(register_url="register"))
    yield Specimen(name="console-welcome-link", page=console.Welcome(register_url=None))
    yield Specimen(name="console-link-refused", page=console.LinkRefused(sign_in_url=None))
    yield Specimen(name="console-link-used", page=console.LinkRefused(sign_in_url="console"))
    error = console.ErrorPage(message=t.error("auth.forbidden"), code="auth.forbidden", back_url="console")
    yield Specimen(name="console-error", page=error)


def demo_pages(t: Translator) -> Iterator[Specimen]:
    yield Specimen(name="demo", page=devkit.DemoApp(sign_in_url="in", sign_up_url="up"))
    refused = devkit.DemoApp(sign_in_url="in", sign_up_url="up", problem=t.error("oidc.access_denied"))
    yield Specimen(name="demo-problem", page=refused)
    signed_in = devkit.DemoSignedIn(
        user_id="8xk2m0q4v7zc",
        username="mio",
        claims=(
            ("sub", '"8xk2m0q4v7zc"'),
            ("iss", '"http://localhost:3001/oidc"'),
            ("username", '"mio"'),
            ("exp", "1765432100"),
            ("roles", '["reader", "writer"]'),
        ),
        sign_out_action="sign-out",
        csrf_token="token",
    )
    yield Specimen(name="demo-signed-in", page=devkit.DemoApp(sign_in_url="in", sign_up_url="up", signed_in=signed_in))
    addresses = devkit.DeviceDemo(start_url="start", check_url="check")
    yield Specimen(name="device-demo", page=addresses)
    code = devkit.DeviceDemoCode(
        user_code="MQWL-FXNR",
        address="http://localhost:3001/device",
        complete_address="http://localhost:3001/device?user_code=MQWL-FXNR",
    )
    yield Specimen(name="device-demo-code", page=dataclasses.replace(addresses, code=code, is_pending=True))
    yield Specimen(name="device-demo-connected", page=dataclasses.replace(addresses, signed_in=signed_in))


def inbox_pages() -> Iterator[Specimen]:
    listening = inbox.Listening(host="127.0.0.1", port="3025", is_listening=True)
    empty = inbox.InboxPage(url="inbox", letters=(), most_kept="100", listening=listening)
    yield Specimen(name="inbox-empty", page=empty)
    blocked = dataclasses.replace(empty, listening=dataclasses.replace(listening, is_listening=False))
    yield Specimen(name="inbox-without-server", page=blocked)
    mail = inbox.ListedLetter(
        url="inbox/2",
        kind=Kind.EMAIL,
        to="mio@books.example",
        subject="Your sign-in code",
        words="Your code is 482913. Use it to sign in; it works for 10 minutes. If you did not ask for it, ignore it.",
        code="482913",
        at="2026-03-01 09:30:00 UTC",
        at_exactly="2026-03-01T09:30:00+00:00",
    )
    sms = dataclasses.replace(mail, url="inbox/1", kind=Kind.SMS, to="+81312345678", subject=None, code=None)
    yield Specimen(name="inbox", page=dataclasses.replace(empty, letters=(mail, sms)))
    letter = inbox.LetterPage(
        inbox_url="inbox",
        kind=Kind.EMAIL,
        way=Way.MAIL_SERVER,
        to=mail.to,
        sender="Bookstore <no-reply@books.example>",
        subject=mail.subject,
        at=mail.at,
        code=mail.code,
        links=("https://books.example/sign-in?one_time_token=abc",),
        text=mail.words,
        html_url="data:text/html,",
    )
    yield Specimen(name="inbox-letter", page=letter)
    short = dataclasses.replace(
        letter, kind=Kind.SMS, way=Way.NO_CONNECTOR, sender=None, subject=None, links=(), html_url=None
    )
    yield Specimen(name="inbox-sms", page=short)


def in_scheme(look: Theme, scheme: Scheme) -> Theme:
    return Theme(scheme=scheme, css=look.css, custom_css=look.custom_css, logo=look.logo, favicon=look.favicon)


def write(folder: Path) -> None:
    """Every specimen in two languages and two themes, with the assets beside, and an index of them all."""
    links = []
    for language in ("en", "ja"):
        t = translator(language)
        for scheme in (Scheme.LIGHT, Scheme.DARK):
            for specimen in specimens(t):
                chrome = Chrome(
                    translator=t,
                    nonce="gallery",
                    theme=in_scheme(specimen.theme, scheme),
                    asset=lambda name: asset_url(name).partition("/")[2],
                )
                name = f"{specimen.name}.{language}.{scheme}.html"
                (folder / name).write_text(render(specimen.page, chrome=chrome), encoding="utf-8")
                links.append(f'<li><a href="{name}">{name}</a></li>')
    for asset in ("hosted.css", "hosted.js", "console.css", "console.js", "devkit.css", "devkit.js", "favicon.svg"):
        path = asset_url(asset).partition("/")[2]
        if (found := find_asset(path)) is not None:
            (folder / path).write_bytes(found.body)
    (folder / "index.html").write_text(
        f"<!doctype html><title>Pages</title><ul>{''.join(links)}</ul>", encoding="utf-8"
    )


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    write(target)
