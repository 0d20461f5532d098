"""What a tenant's branding does to a page: colours derived with their contrast kept, logos, custom CSS.

Pure functions from settings to a `Theme`. Whatever the settings hold, the page stays readable and no text of a
tenant leaves the style element it is put in.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from markupsafe import Markup

from sekisho.ui.color import BLACK, TEXT_CONTRAST, WHITE, Color, contrast

NO_CSS = Markup()

_IMAGE_ADDRESS = re.compile(r"(?:https?://|data:image/)[^\s\x00-\x1f]+", re.IGNORECASE)


class Scheme(StrEnum):
    """The value of ``data-theme``: fixed, or the reader's own choice."""

    LIGHT = "light"
    DARK = "dark"
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """The settings a theme is made from, already merged (tenant, application, organization)."""

    primary_color: str | None = None
    dark_primary_color: str | None = None
    is_dark_mode_enabled: bool = True
    logo_url: str | None = None
    dark_logo_url: str | None = None
    favicon: str | None = None
    dark_favicon: str | None = None
    custom_css: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image and its variant for the dark theme."""

    light: str
    dark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Branding made ready for a page."""

    scheme: Scheme = Scheme.AUTO
    css: Markup = NO_CSS
    custom_css: Markup = NO_CSS
    logo: Image | None = None
    favicon: Image | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The fixed surfaces of one theme (`static/tokens.css`) that text in the tenant's colour stands on."""

    surfaces: tuple[Color, ...]
    soft_share: float
    away: Color


@dataclass(frozen=True, slots=True, kw_only=True)
class Accent:
    """The tokens derived from one primary colour."""

    ai: Color
    ai_text: Color
    ai_hover: Color
    ai_soft: Color
    ai_edge: Color
    on_ai: Color


#: ``surfaces`` are surface, paper and sunken; ``away`` is the direction in which text gains contrast.
LIGHT = Ground(surfaces=tuple(map(Color.parse, ("#ffffff", "#f8f7f2", "#f1efe8"))), soft_share=0.1, away=BLACK)
DARK = Ground(surfaces=tuple(map(Color.parse, ("#191c23", "#111318", "#14161c"))), soft_share=0.16, away=WHITE)

DEFAULT_PRIMARY = Color.parse("#27478a")
DEFAULT_DARK_PRIMARY = Color.parse("#9db8ff")
DEFAULT_THEME = Theme()

_DARK_LABELS = (Color.parse("#0d1530"), BLACK)
_NEARLY_ENOUGH = 3.6
_SEEN = 1.2
_STEPS = 50


def accent(primary: Color, *, ground: Ground) -> Accent:
    """The colours of action, link and selection for a primary colour; every text pair keeps 4.5 : 1."""
    ai, on_ai = _labelled(primary)
    ai_soft = ground.surfaces[0].mixed(primary, share=ground.soft_share)
    ai_text = _readable(primary, on=(*ground.surfaces, ai_soft), away=ground.away)
    return Accent(
        ai=ai,
        ai_text=ai_text,
        ai_hover=_hover(ai, on_ai=on_ai),
        ai_soft=ai_soft,
        # A button as white as its card gets an outline.
        ai_edge=ai if contrast(ai, ground.surfaces[0]) >= _SEEN else ai_text,
        on_ai=on_ai,
    )


@lru_cache(maxsize=256)
def theme(branding: Branding) -> Theme:
    """The theme of a page with this branding."""
    return Theme(
        scheme=Scheme.AUTO if branding.is_dark_mode_enabled else Scheme.LIGHT,
        css=_accent_css(branding),
        custom_css=contained_css(branding.custom_css or ""),
        logo=_image(branding.logo_url, branding.dark_logo_url),
        favicon=_image(branding.favicon, branding.dark_favicon),
    )


def contained_css(css: str) -> Markup:
    """Tenant CSS that cannot close its ``<style>``: ``</`` means the same in CSS with a backslash between."""
    # HTML §13.2.5.12: raw text ends only at `</style`, so nothing else can start markup (stops stored XSS).
    return Markup(css.replace("\0", "").replace("</", "<\\/"))  # noqa: S704 - see above


def _accent_css(branding: Branding) -> Markup:
    light = _color(branding.primary_color) or DEFAULT_PRIMARY
    dark = _color(branding.dark_primary_color) or (DEFAULT_DARK_PRIMARY if light == DEFAULT_PRIMARY else light)
    if (light, dark) == (DEFAULT_PRIMARY, DEFAULT_DARK_PRIMARY):
        return NO_CSS
    by_day, by_night = _properties(accent(light, ground=LIGHT)), _properties(accent(dark, ground=DARK))
    day = ";".join(f"{name}:{color}" for name, color in by_day.items())
    night = ";".join(f"{name}:{color}" for name, color in by_night.items())
    both = ";".join(f"{name}:light-dark({color},{by_night[name]})" for name, color in by_day.items())
    # The three layers of tokens.css: plain light values, the reader's dark theme, light-dark() where it is known.
    return Markup(  # noqa: S704 - made of colours only, and a colour can only write itself as #rrggbb
        f":root{{{day}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{night}}}}}"
        f"@supports (color:light-dark(#000,#fff)){{:root:root{{{both}}}}}",
    )


def _properties(colors: Accent) -> dict[str, Color]:
    return {
        "--ai": colors.ai,
        "--ai-text": colors.ai_text,
        "--ai-hover": colors.ai_hover,
        "--ai-soft": colors.ai_soft,
        "--ai-edge": colors.ai_edge,
        "--on-ai": colors.on_ai,
    }


def _labelled(color: Color) -> tuple[Color, Color]:
    """The colour of a button and of its label: white as long as the colour needs only a touch more depth for it."""
    if contrast(WHITE, color) >= _NEARLY_ENOUGH:
        return _readable(color, on=(WHITE,), away=BLACK), WHITE
    return color, next(label for label in _DARK_LABELS if contrast(label, color) >= TEXT_CONTRAST)


def _readable(color: Color, *, on: tuple[Color, ...], away: Color) -> Color:
    """The colour, moved as little as needed to be read as text on every given surface."""
    steps = (color.mixed(away, share=step / _STEPS) for step in range(_STEPS + 1))
    return next(step for step in steps if min(contrast(step, surface) for surface in on) >= TEXT_CONTRAST)


def _hover(color: Color, *, on_ai: Color) -> Color:
    """A visibly different shade that keeps the label readable: away from the label's colour, if there is room."""
    away = BLACK if on_ai == WHITE else WHITE
    shades = (*(color.mixed(away, share=share) for share in (0.2, 0.35, 0.5)), color.mixed(on_ai, share=0.15))
    return next(
        (shade for shade in shades if contrast(shade, color) >= _SEEN and contrast(shade, on_ai) >= TEXT_CONTRAST),
        shades[0],
    )


def _color(text: str | None) -> Color | None:
    try:
        return Color.parse(text) if text else None
    except ValueError:
        return None


def image_address(url: str | None) -> str | None:
    """The address of an http(s) or inline image; anything else (``javascript:``) is treated as absent."""
    return url if url and _IMAGE_ADDRESS.fullmatch(url) else None


def _image(light: str | None, dark: str | None) -> Image | None:
    shown, shown_dark = image_address(light), image_address(dark)
    if shown is None:
        return None if shown_dark is None else Image(light=shown_dark)
    return Image(light=shown, dark=shown_dark)
