"""How a hosted page looks and which language it speaks, from the tenant's settings and the reader's wishes."""

from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from sekisho.hosted.pages import Support, Terms
from sekisho.http.context import RequestContext
from sekisho.i18n.languages import negotiate
from sekisho.i18n.translator import Translator, translator
from sekisho.oidc.models import Interaction
from sekisho.sign_in.models import AgreeToTermsPolicy, SignInExperience
from sekisho.ui.branding import Branding, theme
from sekisho.ui.page import Chrome


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Everything around the content of a page."""

    settings: SignInExperience
    chrome: Chrome

    @property
    def say(self) -> Translator:
        return self.chrome.translator

    @property
    def support(self) -> Support:
        return Support(email=self.settings.support_email or None, website_url=self.settings.support_website_url or None)

    def terms(self, *, is_registration: bool) -> Terms:
        """Return what has to be agreed to, and whether by a tick (experience.md §25.4)."""
        policy = self.settings.agree_to_terms_policy
        by_tick = {AgreeToTermsPolicy.MANUAL}
        if is_registration:
            by_tick.add(AgreeToTermsPolicy.MANUAL_REGISTRATION_ONLY)
        return Terms(
            terms_of_use_url=self.settings.terms_of_use_url or None,
            privacy_policy_url=self.settings.privacy_policy_url or None,
            must_tick=policy in by_tick,
        )


async def look_of(ctx: RequestContext, interaction: Interaction | None = None) -> Look:
    """Return the look of a page of this request, in the sign-in it belongs to."""
    settings = await ctx.services.sign_in.get()
    languages, phrases = settings.language_info, ctx.services.phrases
    asked_for = ctx.query.get("ui_locales")
    if asked_for is None and interaction is not None:
        asked_for = interaction.params.get("ui_locales")
    tag = negotiate(
        explicit=asked_for,
        auto_detect=languages.auto_detect,
        locale=ctx.query.get("locale"),
        accept_language=ctx.headers.get("accept-language"),
        fallback=languages.fallback_language,
        custom=await phrases.languages(),
    )
    branding = Branding(
        primary_color=settings.color.primary_color,
        dark_primary_color=settings.color.dark_primary_color,
        is_dark_mode_enabled=settings.color.is_dark_mode_enabled,
        logo_url=_set(settings.branding.logo_url),
        dark_logo_url=_set(settings.branding.dark_logo_url),
        favicon=_set(settings.branding.favicon),
        dark_favicon=_set(settings.branding.dark_favicon),
        custom_css=settings.custom_css,
    )
    say = translator(tag, custom=await phrases.texts(tag))
    chrome = Chrome(translator=say, nonce=ctx.nonce, theme=theme(branding), url=ctx.urls.url)
    return Look(settings=settings, chrome=chrome)


def _set(value: str | UnsetType) -> str | None:
    return None if value is UNSET else value
