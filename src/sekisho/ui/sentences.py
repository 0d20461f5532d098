"""Sentences with markup inside: an escaped text, with elements the template made put where the text says.

The only way a template may mix a translated (perhaps tenant-written) text with HTML. What a reader typed goes in as
an element, never into the text beforehand: it could pose as a placeholder.
"""

import re
from collections.abc import Callable

from markupsafe import Markup, escape

# `<link>…</link>` after escaping, or `{{name}}`.
_SLOT = re.compile(r"&lt;(\w+)&gt;(.*?)&lt;/\1&gt;|\{\{\s*(\w+)\s*(?:,[^{}]*)?\}\}", re.DOTALL)


def with_elements(text: str, /, **elements: str | Callable[[Markup], str]) -> Markup:
    """``text`` with elements for ``{{name}}`` and ``<name>…</name>``; an unknown tag leaves only what it holds.

    An element may be a macro: it is given what its tag holds.
    """

    def fill(slot: re.Match[str]) -> str:
        tag, inner, name = slot.groups()
        element = elements.get(tag or name)
        if callable(element):
            return escape(element(Markup(inner or "")))  # noqa: S704 - a part of the escaped text
        if element is not None:
            return escape(element)
        return slot[0] if tag is None else _SLOT.sub(fill, inner)

    return Markup(_SLOT.sub(fill, escape(text)))  # noqa: S704 - the text was escaped and every element is escaped or Markup
