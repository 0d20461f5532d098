"""Colours and the contrast between them (WCAG 2.2), as pure maths.

A `Color` can only be made from a strict hex notation and only writes itself as one: text of a tenant never reaches CSS.
"""

import re
from dataclasses import dataclass
from typing import Self

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")

#: WCAG 2.2 success criterion 1.4.3: text of normal size against its background.
TEXT_CONTRAST = 4.5


@dataclass(frozen=True, slots=True)
class Color:
    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads ``#rgb`` or ``#rrggbb``; anything else is a ValueError."""
        if not _HEX.fullmatch(text):
            raise ValueError("not a hex colour")
        digits = text[1:] if len(text) == len("#rrggbb") else "".join(digit * 2 for digit in text[1:])
        return cls(int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16))

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    def mixed(self, other: "Color", *, share: float) -> "Color":
        """This colour with a share (0…1) of another."""
        return Color(
            round(self.red + (other.red - self.red) * share),
            round(self.green + (other.green - self.green) * share),
            round(self.blue + (other.blue - self.blue) * share),
        )

    @property
    def luminance(self) -> float:
        """WCAG 2.2, relative luminance."""
        return 0.2126 * _linear(self.red) + 0.7152 * _linear(self.green) + 0.0722 * _linear(self.blue)


WHITE = Color(255, 255, 255)
BLACK = Color(0, 0, 0)


def contrast(one: Color, other: Color) -> float:
    """WCAG 2.2, contrast ratio: 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((one.luminance, other.luminance))
    return (lighter + 0.05) / (darker + 0.05)


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - WCAG's constants
