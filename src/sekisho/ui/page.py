"""What a page is, and what every page has around it.

A page object holds what its template says, in words of the page; the chrome holds what is the same for all pages of a
request: language, look, nonce, addresses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, TypeAlias

from markupsafe import Markup

from sekisho.i18n.languages import Direction
from sekisho.i18n.translator import Translator
from sekisho.ui.assets import asset_path
from sekisho.ui.branding import DEFAULT_THEME, Theme
from sekisho.ui.custom_content import NO_CONTENT

#: The hidden field that carries the token against cross-site request forgery in every form of ours.
CSRF_FIELD = "_csrf"

UrlBuilder: TypeAlias = Callable[[str], str]


class Page(Protocol):
    """A frozen dataclass that names its template, ``<package>/<file>.html`` below ``sekisho/<package>/templates``."""

    template: ClassVar[str]


class Platform(StrEnum):
    """The body class tenants' style sheets tell devices apart by (§23.1); our own style sheet needs no telling."""

    DESKTOP = "desktop"
    MOBILE = "mobile"


def as_it_is(path: str) -> str:
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Chrome:
    """What every page has around it."""

    translator: Translator
    #: Allows our inline style and script under the page's Content-Security-Policy.
    nonce: str
    theme: Theme = DEFAULT_THEME
    #: The tenant's own words beside the form, where there is room for them.
    custom_content: Markup = NO_CONTENT
    platform: Platform = Platform.DESKTOP
    #: Address of a page of this tenant; the HTTP layer gives ``ctx.url``.
    url: UrlBuilder = as_it_is
    #: Address of a bundled file (``hosted.css``); they are served at the root of the origin.
    asset: UrlBuilder = asset_path

    @property
    def language(self) -> str:
        return self.translator.language

    @property
    def direction(self) -> Direction:
        return self.translator.direction
