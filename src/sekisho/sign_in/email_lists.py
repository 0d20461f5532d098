"""What may stand in a list of e-mail addresses that are let in or kept out (experience.md §10).

An address, or `@` and a domain for everybody in it; `*` stands for any characters.
"""

import re

# No item is longer than an address may be (RFC 5321 §4.5.3.1.3), nor does anybody need more stars.
_LONGEST = 256
_ITEM = re.compile(r"([^\s@]*)@([^\s@]+)")
_ONLY_WILD = re.compile(r"[*.]+")


def is_list_item(text: str) -> bool:
    """Tell whether a text may stand in a list."""
    found = _ITEM.fullmatch(text)
    if found is None or len(text) > _LONGEST:
        return False
    labels = found[2].split(".")
    return len(labels) > 1 and all(labels) and not _ONLY_WILD.fullmatch(found[2])
