"""Telephone numbers as people write them, and the countries they leave out: pure functions."""

from functools import lru_cache
from unicodedata import normalize

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.core import get_global

from sekisho.hosted.pages import Country, CountryChoice
from sekisho.i18n.languages import DEFAULT_LANGUAGE

#: What people put between the digits of a number, and how other scripts and keyboards write them.
_IGNORED = str.maketrans("", "", " \u00a0\u3000-‐‑–—.()（）・")
_WIDE = str.maketrans("０１２３４５６７８９＋ー−", "0123456789+--")
_FEWEST_DIGITS = 3


def is_like_number(text: str) -> bool:
    """Tell whether a text can only be meant as a telephone number."""
    plain = _plain(text).removeprefix("+")
    return plain.isascii() and plain.isdigit() and len(plain) >= _FEWEST_DIGITS


def read_number(text: str, *, region: str | None) -> str | None:
    """Return a number as it is kept, country code first; None when nobody can be called by it.

    Without a plus sign it belongs to the region, unless it only makes sense with the country code in front.
    """
    plain = _plain(text)
    if not is_like_number(plain):
        return None
    for asked, where in ((plain, region), (f"+{plain.removeprefix('+')}", None)):
        try:
            number = phonenumbers.parse(asked, where)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return f"{number.country_code}{phonenumbers.national_significant_number(number)}"
    return None


def written(number: str) -> str:
    """Return a number that is kept as people write it: `+81 90-1234-5678`."""
    try:
        parsed = phonenumbers.parse(f"+{number}", None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def country_choice(*, language: str, accept_language: str | None, chosen: str | None) -> CountryChoice:
    """Return the countries in a language, with the one the reader chose or most likely lives in."""
    countries = _countries(language)
    known = {country.code for country in countries}
    wishes = (chosen, _region_of(accept_language), _likely_region(language))
    return CountryChoice(
        countries=countries, chosen=next((wish for wish in wishes if wish in known), countries[0].code)
    )


def _plain(text: str) -> str:
    return text.translate(_WIDE).translate(_IGNORED)


@lru_cache(maxsize=32)
def _countries(language: str) -> tuple[Country, ...]:
    """Return every region with a calling code, in the order of their names."""
    names = _locale(language).territories
    calling = {
        region: str(code)
        for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
        for region in regions
        if region in names and region.isalpha()
    }
    countries = (Country(code=region, name=names[region], calling_code=code) for region, code in calling.items())
    return tuple(sorted(countries, key=lambda country: normalize("NFKD", country.name)))


def _region_of(accept_language: str | None) -> str | None:
    """Return the region of the first language a browser names: `en-GB` is from Great Britain."""
    first = (accept_language or "").split(",")[0].split(";")[0].strip()
    region = first.rpartition("-")[2]
    return region.upper() if "-" in first and len(region) == len("GB") else None


def _likely_region(language: str) -> str | None:
    """Return where most people live who speak a language (Unicode's likely subtags): `ja` is spoken in Japan."""
    likely = get_global("likely_subtags").get(language.replace("-", "_"), "")
    return likely.rpartition("_")[2] or None


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT_LANGUAGE)
