"""The language of messages to somebody who is signing in (connectors.md §4.11).

Pages speak what we translate; a message speaks whatever the tenant has a template for.
"""

from sekisho.http.context import RequestContext
from sekisho.i18n.languages import BUILT_IN_LANGUAGES, negotiate
from sekisho.oidc.models import Interaction

_KNOWN = sorted(BUILT_IN_LANGUAGES)


async def message_language(ctx: RequestContext, interaction: Interaction) -> str:
    """Return the tag of the language this reader wants to be written to in."""
    languages = (await ctx.services.sign_in.get()).language_info
    return negotiate(
        explicit=interaction.params.get("ui_locales"),
        auto_detect=languages.auto_detect,
        locale=ctx.query.get("locale"),
        accept_language=ctx.headers.get("accept-language"),
        fallback=languages.fallback_language,
        custom=await ctx.services.phrases.languages(),
        built_in=_KNOWN,
    )
