"""What a tenant puts beside the form of a page (`customContent`): its own words and pictures, and nothing that acts.

A pure function. The sanitizer is loaded with the first such text.
"""

import re
from functools import lru_cache
from typing import Final

from markupsafe import Markup

NO_CONTENT: Final = Markup()

# No `style`, which the policy of our pages blocks, and no `id`, by which words could pass for a part of the form.
_EVERYWHERE: Final = frozenset({"class", "dir", "lang", "title", "role", "aria-hidden", "aria-label"})
_ATTRIBUTES: Final = {
    "a": {"href", "hreflang", "target"},
    "img": {"alt", "height", "loading", "sizes", "src", "srcset", "width"},
    "source": {"media", "sizes", "srcset", "type"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
_MORE_TAGS: Final = frozenset({"main", "picture", "section", "source"})
_IGNORED: Final = re.compile(r"[\x00-\x20]+")
_SCHEMES: Final = frozenset({"http", "https", "mailto", "tel", "data"})


@lru_cache(maxsize=64)
def custom_content(html: str) -> Markup:
    """Return the text without scripts, forms, frames and handlers (stops XSS, and forms that pass for ours)."""
    import nh3  # noqa: PLC0415 — see above

    return Markup(  # noqa: S704 — cleaned here
        nh3.clean(
            html,
            tags=set(nh3.ALLOWED_TAGS | _MORE_TAGS),
            attributes={**_ATTRIBUTES, "*": set(_EVERYWHERE)},
            attribute_filter=_only_pictures_carry_data,
            url_schemes=set(_SCHEMES),
        )
    )


def _only_pictures_carry_data(tag: str, name: str, value: str) -> str | None:
    """Attack: a link to a document written in its own address."""
    # Browsers read an address without the spaces and line breaks that are in it.
    is_data = _IGNORED.sub("", value).lower().startswith("data:")
    return None if is_data and not (tag == "img" and name == "src") else value
