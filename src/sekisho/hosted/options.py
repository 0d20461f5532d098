"""Which ways in and out a tenant offers, as pages show them."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from sekisho.captcha.models import CaptchaMode, CaptchaType
from sekisho.connectors.kit.manifest import Platform
from sekisho.connectors.models import ConnectorId
from sekisho.hosted.pages import Captcha, SocialButton, Widget
from sekisho.hosted.visit import Visit
from sekisho.sign_in.models import ForgotPasswordMethod, SignIn, SignInMethod, SignUp
from sekisho.ui.branding import image_address
from sekisho.users.models import IdentifierType

_CLOUDFLARE = "https://challenges.cloudflare.com"
# Attack: a host of somebody else's for the robot check, which would run its scripts in the page.
_RECAPTCHA_HOSTS = frozenset({"www.google.com", "www.recaptcha.net", "recaptcha.net"})
_RECAPTCHA_FILES = ("https://www.gstatic.com/recaptcha/", "https://www.gstatic.cn/recaptcha/")
_RESET = {
    IdentifierType.EMAIL: ForgotPasswordMethod.EMAIL_VERIFICATION_CODE,
    IdentifierType.PHONE: ForgotPasswordMethod.PHONE_VERIFICATION_CODE,
}


def sign_in_methods(sign_in: SignIn) -> tuple[SignInMethod, ...]:
    """Return the methods that let anybody in."""
    return tuple(each for each in sign_in.methods if each.password or each.verification_code)


def kinds_of(methods: Iterable[SignInMethod]) -> tuple[IdentifierType, ...]:
    return tuple(dict.fromkeys(method.identifier for method in methods))


def sign_up_kinds(sign_up: SignUp) -> tuple[IdentifierType, ...]:
    """Return the kinds people register with."""
    return tuple(dict.fromkeys(sign_up.identifiers))


async def forgot_password_kinds(visit: Visit) -> tuple[IdentifierType, ...]:
    """Return where a code can go that lets one choose another password (experience.md §21.1)."""
    methods = visit.look.settings.resets_passwords_by(await visit.ctx.services.connectors.types())
    return tuple(kind for kind, method in _RESET.items() if method in methods)


async def social_buttons(visit: Visit, path: str) -> tuple[SocialButton, ...]:
    """Return the providers to come in through from a page, in the tenant's order; native ones are for applications."""
    targets = visit.look.settings.social_sign_in_connector_targets
    connectors = await visit.ctx.services.connectors.of_targets(targets)
    return tuple(
        SocialButton(
            name=provider_name(connector.name, language=visit.look.say.language),
            action=visit.url(f"{path}/social/{connector.id}"),
            logo_url=image_address(connector.logo),
            dark_logo_url=image_address(connector.logo_dark),
        )
        for connector in connectors
        if connector.platform is not Platform.NATIVE
    )


def provider_name(names: Mapping[str, str], *, language: str) -> str:
    """Return what a provider is called in a language; English is always there."""
    wishes = (language, language.partition("-")[0], "en")
    return next((names[wish] for wish in wishes if wish in names), next(iter(names.values()), ""))


async def provider_of(visit: Visit, connector_id: str) -> str:
    """Return what a connector's provider is called; one that is gone has no name."""
    connector = await visit.ctx.services.connectors.find(ConnectorId(connector_id))
    return "" if connector is None else provider_name(connector.name, language=visit.look.say.language)


async def captcha(visit: Visit) -> Captcha | None:
    """Return the robot check, where the tenant asks for one (experience.md §13.3)."""
    if not visit.look.settings.captcha_policy.is_on:
        return None
    provider = await visit.ctx.services.captcha.find()
    if provider is None:
        return None
    config = provider.config
    if config.type is CaptchaType.TURNSTILE:
        return Captcha(
            widget=Widget.TURNSTILE,
            site_key=config.site_key,
            script_url=f"{_CLOUDFLARE}/turnstile/v0/api.js",
            sources=(_CLOUDFLARE,),
        )
    host = config.domain if config.domain in _RECAPTCHA_HOSTS else "www.google.com"
    is_seen = config.mode is CaptchaMode.CHECKBOX
    return Captcha(
        widget=Widget.RECAPTCHA if is_seen else Widget.RECAPTCHA_INVISIBLE,
        site_key=config.site_key,
        script_url=f"https://{host}/recaptcha/enterprise.js" + ("" if is_seen else f"?render={quote(config.site_key)}"),
        sources=(f"https://{host}/recaptcha/", *_RECAPTCHA_FILES),
    )
