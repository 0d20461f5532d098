"""Language tags: which exist, which direction they are written in, and which one a reader gets.

Pure functions over strings; the caller brings the header, the query and the tenant's settings.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import StrEnum

DEFAULT_LANGUAGE = "en"

#: Tags a tenant may name in its settings without bringing phrases of its own.
BUILT_IN_LANGUAGES: frozenset[str] = frozenset(
    {
        *(
            "ar",
            "cs",
            "de",
            "en",
            "es",
            "fa-IR",
            "fr",
            "it",
            "ja",
            "ko",
            "pl-PL",
            "pt-BR",
            "pt-PT",
            "ru",
            "th",
            "tr-TR",
        ),
        *("uk-UA", "zh-CN", "zh-HK", "zh-TW"),
    }
)

_KNOWN = """
af-ZA am-ET ar ar-AR as-IN az-AZ be-BY bg-BG bn-IN br-FR bs-BA ca-ES cb-IQ co-FR cs cs-CZ cx-PH
cy-GB da-DK de de-DE el-GR en en-GB en-US eo-EO es es-ES es-419 et-EE eu-ES fa-IR ff-NG fi fi-FI
fo-FO fr fr-CA fr-FR fy-NL ga-IE gl-ES gn-PY gu-IN ha-NG he-IL hi-IN hr-HR ht-HT hu-HU hy-AM id-ID
ik-US is-IS it it-IT iu-CA ja ja-JP ja-KS jv-ID ka-GE kk-KZ km-KH kn-IN ko ko-KR ku-TR ky-KG lo-LA
lt-LT lv-LV mg-MG mk-MK ml-IN mn-MN mr-IN ms-MY mt-MT my-MM nb-NO ne-NP nl nl-BE nl-NL nn-NO or-IN
pa-IN pl-PL ps-AF pt pt-BR pt-PT ro-RO ru ru-RU rw-RW sc-IT si-LK sk-SK sl-SI sn-ZW sq-AL sr-RS sv
sv-SE sw-KE sy-SY sz-PL ta-IN te-IN tg-TJ th th-TH tl-PH tr tr-TR tt-RU tz-MA uk-UA ur-PK uz-UZ
vi-VN zh zh-CN zh-HK zh-MO zh-TW zz-TR
"""
#: Every tag the wire knows: what a tenant may translate, and name in its settings.
KNOWN_LANGUAGES: tuple[str, ...] = tuple(_KNOWN.split())

#: Tags that have catalogs today. Others are not negotiated: a page must not claim a language it does not speak.
TRANSLATED_LANGUAGES: tuple[str, ...] = ("en", "ja")

# ISO 15924 scripts written from right to left, by the languages that use them.
_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "ug", "ur", "yi"})

# A header longer than this names no reader; parsing it would only cost time (an unauthenticated caller chooses it).
_MAX_HEADER = 1024
_MAX_CANDIDATES = 32


class Direction(StrEnum):
    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"


def direction(tag: str) -> Direction:
    """The value of ``dir`` for a language tag."""
    return Direction.RIGHT_TO_LEFT if base_language(tag) in _RIGHT_TO_LEFT else Direction.LEFT_TO_RIGHT


def base_language(tag: str) -> str:
    """``pt`` of ``pt-BR``."""
    return tag.replace("_", "-").partition("-")[0].lower()


def negotiate(
    *,
    explicit: str | None = None,
    auto_detect: bool = True,
    locale: str | None = None,
    accept_language: str | None = None,
    fallback: str = DEFAULT_LANGUAGE,
    custom: Collection[str] = (),
    built_in: Sequence[str] = TRANSLATED_LANGUAGES,
) -> str:
    """The language of a page or of an API answer.

    ``explicit`` (``ui_locales``, ``lng``) may list several tags. ``locale`` and ``accept_language`` count only when
    the tenant detects languages; ``fallback`` is the tenant's default. ``custom`` are tags the tenant translated.
    """
    detected = (*_listed(locale), *accepted(accept_language)) if auto_detect else ()
    for candidate in (*_listed(explicit), *detected, fallback):
        if (tag := _match(candidate, custom=custom, built_in=built_in)) is not None:
            return tag
    return DEFAULT_LANGUAGE


def accepted(header: str | None) -> tuple[str, ...]:
    """The tags of an ``Accept-Language`` header, most wanted first; refused ones (``q=0``) and ``*`` are left out."""
    # RFC 9110 §12.5.4: a weight defaults to 1 and equal weights keep the order in which they were sent.
    weighted = sorted(_weighted(header or ""), key=lambda pair: -pair[1])
    return tuple(tag for tag, _ in weighted)


def _listed(tags: str | None) -> Iterable[str]:
    return (tags or "")[:_MAX_HEADER].split()[:_MAX_CANDIDATES]


def _weighted(header: str) -> Iterator[tuple[str, float]]:
    for item in header[:_MAX_HEADER].split(",")[:_MAX_CANDIDATES]:
        tag, _, parameters = item.strip().partition(";")
        tag = tag.strip()
        weight = _weight(parameters)
        if tag and tag != "*" and weight > 0:
            yield tag, weight


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    # A weight outside 0…1 (``q=nan`` among them) is no weight.
    return weight if 0 <= weight <= 1 else 0.0


def _match(candidate: str, *, custom: Collection[str], built_in: Sequence[str]) -> str | None:
    """Exact custom, exact built-in, built-in of the base language, custom of the base language."""
    wanted, base = candidate.replace("_", "-").lower(), base_language(candidate)
    for tag in (*custom, *built_in):
        if tag.lower() == wanted:
            return tag
    for tag in (*built_in, *custom):
        if base_language(tag) == base:
            return tag
    return None
