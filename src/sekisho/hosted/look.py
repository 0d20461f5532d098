"""How a hosted page looks and which language it speaks, from the tenant's settings and the reader's wishes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from sekisho.hosted.pages import Support, Terms
from sekisho.http.context import RequestContext
from sekisho.i18n.languages import negotiate
from sekisho.i18n.translator import Translator, translator
from sekisho.oidc.models import Interaction
from sekisho.sign_in.looks import looks_for
from sekisho.sign_in.models import AgreeToTermsPolicy, SignInExperience
from sekisho.sign_in.models import Look as Dress
from sekisho.ui.branding import Branding, theme
from sekisho.ui.custom_content import NO_CONTENT, custom_content
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
    whose = ctx.query.get("app_id") if interaction is None else interaction.client_id
    looks = await looks_for(
        whose, applications=ctx.services.applications, application_sign_in=ctx.services.application_sign_in
    )
    branding = _branding(settings, looks)
    say = translator(tag, custom=await phrases.texts(tag))
    # By path of the page (experience.md §23.1), which is the same whatever prefix the tenant lives below.
    beside = settings.custom_content.get(ctx.path.removeprefix(ctx.urls.prefix), "")
    chrome = Chrome(
        translator=say,
        nonce=ctx.nonce,
        theme=theme(branding),
        url=ctx.urls.url,
        custom_content=custom_content(beside) if beside else NO_CONTENT,
    )
    return Look(settings=settings, chrome=chrome)


def _branding(settings: SignInExperience, looks: Sequence[Dress]) -> Branding:
    """Return the tenant's branding with the looks laid over it."""
    color: dict[str, Any] = msgspec.to_builtins(settings.color)
    images: dict[str, Any] = msgspec.to_builtins(settings.branding)
    custom_css = settings.custom_css
    for look in looks:
        color |= look.color or {}
        images |= look.branding or {}
        custom_css = look.custom_css or custom_css
    return Branding(
        primary_color=color["primaryColor"],
        dark_primary_color=color["darkPrimaryColor"],
        is_dark_mode_enabled=color["isDarkModeEnabled"],
        logo_url=images.get("logoUrl"),
        dark_logo_url=images.get("darkLogoUrl"),
        favicon=images.get("favicon"),
        dark_favicon=images.get("darkFavicon"),
        custom_css=custom_css,
    )
